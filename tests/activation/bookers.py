"""Those who book where the hall asks for a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from booking.activation import service as activation
from booking.activation.tables import ActivationRow
from booking.messages import planning
from booking.messages.tables import MessageRow
from booking.mine import owned
from tests.booking.booking_city import person
from tests.booking.desk import ELDER, TEN, Desk

if TYPE_CHECKING:
    from datetime import datetime

    from booking.activation.views import Activated
    from booking.service import AppointmentView


class Bookers(Desk):
    """The use cases with their parts filled in; the city's hall asks for a code."""

    def asked(self, at: datetime = TEN, *, number: int = 0, services: list[str] = ELDER) -> str:
        """Hold a place, fill in the form, and return the token of what waits for its code now."""
        token = self.hold(at, services, number=number).token
        self.fill_in(token, number)
        return token

    def fill_in(self, token: str, number: int = 0, owner: bytes | None = None) -> AppointmentView:
        return self.do(owned.confirm, token, person(number), owner=owner)

    def type(self, token: str, code: str) -> Activated:
        return self.do(owned.activate, token, code, owner=None)

    def again(self, token: str) -> AppointmentView:
        return self.do(activation.send_again, token)

    def codes(self) -> list[str]:
        """Return the codes that are planned to be sent, oldest first."""
        rows = sorted(
            self.rows(MessageRow, MessageRow.__table__.c.kind == "activation"), key=lambda row: row.id
        )
        texts = [
            self.vault.open(row.text_sealed, field=planning.TEXT_FIELD) for row in rows if row.text_sealed
        ]
        return [found[0] for text in texts if (found := re.search(r"\d{6}", text))]

    def waiting(self) -> list[Any]:
        return self.rows(ActivationRow)


def wrong_for(code: str) -> str:
    return "000000" if code != "000000" else "111111"
