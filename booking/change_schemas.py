"""What somebody asks for who changes an appointment."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from booking.rules.meeting import LONGEST_ADDRESS, AppointmentKind
from booking.schemas import Token
from booking.service import OtherKind
from kernel.days import Instant
from kernel.web.schemas import In


class ChangedIn(In):
    """When an appointment is to be, and how, if not as before.

    ``address``: where to come to, needed of a visit at home. ``phone``: whom to call, needed by telephone
    where no number is kept. ``language``: of messages to that number.
    """

    starts_at: Instant
    kind: AppointmentKind | None = None
    address: str = Field(default="", max_length=LONGEST_ADDRESS)
    phone: str = Field(default="", max_length=32)
    language: Literal["zh", "en"] = "zh"

    def otherwise(self) -> OtherKind | None:
        if self.kind is None:
            return None
        return OtherKind(self.kind, self.address, self.phone, self.language)


class RescheduleIn(ChangedIn):
    token: str = Token
