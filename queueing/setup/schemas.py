"""Requests and responses of the hall's set-up; ``base`` is the fingerprint of what a draft was made on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from kernel.ids import QueueId
from kernel.web.schemas import In, Out
from queueing.rules.contact import LONGEST_ADDRESS, LONGEST_PHONE
from queueing.setup.contact import plain_contact
from queueing.setup.lines import plain_queue, plain_window
from queueing.setup.people import plain_clerk
from queueing.setup.rules import OwnDay, fingerprint
from queueing.setup.service import HallSetup, SignInLink, plain_hours

if TYPE_CHECKING:
    from kernel.catalogue import Hall, HallQueue
    from queueing.setup.store import Clerk
    from queueing.store.windows import Window

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
FreeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
PlanWeight = Annotated[int, Field(ge=1, le=5)]  # a minute of this queue's wait counts so many times
Base = Annotated[str, StringConstraints(min_length=16, max_length=16)]


class SpanIn(In):
    """An opening in the hall's local time."""

    opens: time
    closes: time


class HoursIn(In):
    """The week; ``days`` maps 0 (Monday) to 6 to its spans, a missing day is closed."""

    days: dict[Annotated[int, Field(ge=0, le=6)], Annotated[list[SpanIn], Field(max_length=8)]]
    base: Base
    accept_affected: bool = False

    def spans(self) -> dict[int, list[tuple[time, time]]]:
        return {day: [(each.opens, each.closes) for each in spans] for day, spans in self.days.items()}


class DayIn(In):
    """A day closed by the hall, or worked with the hours of the weekday ``works_as`` (0 = Monday)."""

    works_as: Annotated[int, Field(ge=0, le=6)] | None = None
    reason_zh: FreeText = ""
    reason_en: FreeText = ""
    accept_affected: bool = False

    def own_day(self, day: date) -> OwnDay:
        return OwnDay(day, self.works_as, self.reason_zh, self.reason_en)


class ContactIn(In):
    """Where the hall is and how it is called; empty is shown nowhere."""

    address_zh: Annotated[str, StringConstraints(max_length=LONGEST_ADDRESS)] = ""
    address_en: Annotated[str, StringConstraints(max_length=LONGEST_ADDRESS)] = ""
    phone: Annotated[str, StringConstraints(max_length=LONGEST_PHONE)] = ""
    base: Base


class QueueSetupIn(In):
    """A queue's line; ``plan_weight``: urgency in window plans, left as it is if not given."""

    name_zh: Name
    name_en: FreeText = ""
    mean_minutes: Annotated[float, Field(ge=0.5, le=240)]
    plan_weight: PlanWeight | None = None
    base: Base

    def values(self) -> dict[str, Any]:
        return self.model_dump(exclude={"base"}, exclude_none=True)


class NewQueueIn(In):
    prefix: Annotated[str, StringConstraints(pattern="^[A-Z]$")]
    name_zh: Name
    name_en: FreeText = ""
    mean_minutes: Annotated[float, Field(ge=0.5, le=240)] = 10.0
    plan_weight: PlanWeight = 1

    def values(self) -> dict[str, Any]:
        return self.model_dump(exclude={"prefix"})


class ServiceQueueIn(In):
    queue_id: UUID


class WindowSetupIn(In):
    name_zh: FreeText = ""
    name_en: FreeText = ""
    list_limit: Annotated[int, Field(ge=1, le=12)] = 3
    queues: Annotated[list[UUID], Field(max_length=40)]
    base: Base | None = None

    @property
    def queue_ids(self) -> set[QueueId]:
        return {QueueId(each) for each in self.queues}

    def values(self) -> dict[str, Any]:
        return self.model_dump(include={"name_zh", "name_en", "list_limit"})

    def plain(self) -> dict[str, Any]:
        return self.values() | {"queues": sorted(str(each) for each in self.queues)}


class NewWindowIn(WindowSetupIn):
    label: Annotated[str, StringConstraints(pattern="^[0-9A-Z]{1,4}$")]


class ClerkSetupIn(In):
    name: Name
    skills: Annotated[list[UUID], Field(max_length=40)] = Field(default_factory=list)
    disabled: bool = False
    base: Base

    @property
    def queue_ids(self) -> list[QueueId]:
        return [QueueId(each) for each in dict.fromkeys(self.skills)]

    def plain(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"base"})


class NewClerkIn(In):
    username: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$")]
    name: Name


class SpanOut(Out):
    opens: str
    closes: str


class HoursOut(Out):
    days: dict[int, list[SpanOut]]
    base: str


class OwnDayOut(Out):
    day: date
    works_as: int | None
    reason_zh: str
    reason_en: str


class SpecialDayOut(Out):
    """A day of the national calendar: off, or ``works``; ``announced`` is false while only estimated."""

    day: date
    works: bool
    name_zh: str
    name_en: str
    announced: bool


class QueueSetupOut(Out):
    id: UUID
    prefix: str
    name_zh: str
    name_en: str
    mean_minutes: float
    plan_weight: int
    base: str

    @classmethod
    def of(cls, queue: HallQueue) -> Self:
        return cls(
            id=queue.id,
            prefix=queue.prefix,
            name_zh=queue.name_zh,
            name_en=queue.name_en,
            mean_minutes=queue.mean_minutes,
            plan_weight=queue.plan_weight,
            base=fingerprint(plain_queue(queue)),
        )


class OfferedServiceOut(Out):
    code: str
    name_zh: str
    name_en: str
    queue_id: UUID


class WindowSetupOut(Out):
    id: UUID
    label: str
    name_zh: str
    name_en: str
    list_limit: int
    queues: list[UUID]
    base: str

    @classmethod
    def of(cls, window: Window, equipped: set[QueueId]) -> Self:
        return cls(
            id=window.id,
            label=window.label,
            name_zh=window.name_zh,
            name_en=window.name_en,
            list_limit=window.list_limit,
            queues=sorted(equipped),
            base=fingerprint(plain_window(window, equipped)),
        )


class ClerkSetupOut(Out):
    """``skills`` empty means every queue."""

    id: UUID
    username: str
    name: str
    disabled: bool
    skills: list[UUID]
    base: str

    @classmethod
    def of(cls, clerk: Clerk) -> Self:
        return cls(
            id=clerk.id,
            username=clerk.username,
            name=clerk.name,
            disabled=clerk.disabled,
            skills=list(clerk.skills),
            base=fingerprint(plain_clerk(clerk)),
        )


class AuditOut(Out):
    at: datetime
    who: str
    what: str
    subject: str
    detail: dict[str, Any]


class ContactOut(Out):
    address_zh: str
    address_en: str
    phone: str
    base: str

    @classmethod
    def of(cls, hall: Hall) -> Self:
        plain = plain_contact(hall)
        return cls.model_validate({**plain, "base": fingerprint(plain)})


class SetupOut(Out):
    """A hall's set-up, and its latest changes, newest first."""

    hall: str
    today: date
    contact: ContactOut
    hours: HoursOut
    special: list[SpecialDayOut]
    own_days: list[OwnDayOut]
    queues: list[QueueSetupOut]
    services: list[OfferedServiceOut]
    windows: list[WindowSetupOut]
    clerks: list[ClerkSetupOut]
    changes: list[AuditOut]

    @classmethod
    def of(cls, setup: HallSetup) -> Self:
        plain = plain_hours(setup.hours)
        spans = {
            int(day): [SpanOut(opens=each[:5], closes=each[6:]) for each in spans]
            for day, spans in plain.items()
        }
        return cls(
            hall=setup.hall.code,
            today=setup.today,
            contact=ContactOut.of(setup.hall),
            hours=HoursOut(days=spans, base=fingerprint(plain)),
            special=_shown(SpecialDayOut, setup.special),
            own_days=_shown(OwnDayOut, setup.own_days),
            queues=[QueueSetupOut.of(queue) for queue in setup.queues],
            services=_shown(OfferedServiceOut, setup.services),
            windows=[
                WindowSetupOut.of(window, setup.equipment.get(window.id, set())) for window in setup.windows
            ],
            clerks=[ClerkSetupOut.of(clerk) for clerk in setup.clerks],
            changes=_shown(AuditOut, setup.audit),
        )


def _shown(model: type[Any], values: Iterable[object]) -> list[Any]:
    return [model.model_validate(each, from_attributes=True) for each in values]


class SignInLinkOut(Out):
    """A link to hand over; it is told only now and signs its owner in until it ends."""

    path: str
    expires_at: datetime

    @classmethod
    def of(cls, link: SignInLink) -> Self:
        return cls(path=f"/staff/link/{link.token}", expires_at=link.expires_at)
