"""What went out, what failed and what was held back: counts of a hall or the city, and the latest ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking.messages import store
from booking.messages.planning import PHONE_FIELD, terms_of
from booking.rules.messages import HeldBecause, MessageKind, MessageStatus
from booking.rules.people import masked_phone
from kernel import catalogue
from kernel.reach import hall_in_reach

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.identity import Staff
    from kernel.ids import HallId
    from kernel.secrets import Vault

CITY_ZONE = "Asia/Shanghai"  # of the days of the city's report; a hall's are counted in its own
LISTED = 60  # lines of a page


@dataclass(frozen=True, slots=True)
class MessageSums:
    """Counts of messages of a kind; ``held`` by reason. ``parts``: what operators bill of those sent."""

    sent: int = 0
    parts: int = 0
    waiting: int = 0
    failed: int = 0
    void: int = 0
    held: tuple[tuple[HeldBecause, int], ...] = ()

    @property
    def held_back(self) -> int:
        return sum(n for _, n in self.held)


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message in the list; the number is masked, None once it is erased."""

    hall_id: HallId
    kind: MessageKind
    status: MessageStatus
    reason: str
    planned_at: datetime
    ended_at: datetime | None
    phone_masked: str | None


@dataclass(frozen=True, slots=True)
class MessageReport:
    """``hall`` is None for the whole city; ``set_up`` says whether messages are sent at all."""

    hall: Hall | None
    set_up: bool
    sums: tuple[tuple[MessageKind, MessageSums], ...]
    whole: MessageSums
    lines: tuple[MessageLine, ...]
    halls: dict[HallId, Hall]


def message_report(
    session: Session, code: str | None, *, days: int, reader: Staff, now: datetime, vault: Vault
) -> MessageReport:
    """Return the messages that were due on the last ``days`` local dates.

    Raises ``HallNotFound``, ``WrongHall``.
    """
    hall = hall_in_reach(session, code, reader)
    zone = ZoneInfo(hall.timezone if hall else CITY_ZONE)
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    hall_id = hall.id if hall else None
    rows = [
        (MessageKind(row.kind), MessageStatus(row.status), row.reason, row.n, row.parts)
        for row in store.counts(session, datetime.combine(first, time(), zone), hall_id, until=now)
    ]
    listed = store.latest(session, now, hall_id, limit=LISTED)
    return MessageReport(
        hall=hall,
        set_up=terms_of(session) is not None,
        sums=tuple((kind, _sums([row for row in rows if row[0] is kind])) for kind in MessageKind),
        whole=_sums(rows),
        lines=tuple(
            MessageLine(
                hall_id=row.hall_id,
                kind=MessageKind(row.kind),
                status=MessageStatus(row.status),
                reason=row.reason,
                planned_at=row.planned_at,
                ended_at=row.ended_at,
                phone_masked=masked_phone(vault.open(row.phone_sealed, field=PHONE_FIELD))
                if row.phone_sealed
                else None,
            )
            for row in listed
        ),
        halls={own.id: own for own in catalogue.halls(session)},
    )


def _sums(rows: list[tuple[MessageKind, MessageStatus, str, int, int]]) -> MessageSums:
    by: Counter[MessageStatus] = Counter()
    held: Counter[HeldBecause] = Counter()
    parts = 0
    for _, status, reason, n, own_parts in rows:
        by[status] += n
        if status is MessageStatus.HELD:
            held[HeldBecause(reason)] += n
        if status is MessageStatus.SENT:
            parts += own_parts
    return MessageSums(
        sent=by[MessageStatus.SENT],
        parts=parts,
        waiting=by[MessageStatus.PLANNED] + by[MessageStatus.SENDING],
        failed=by[MessageStatus.FAILED],
        void=by[MessageStatus.VOID],
        held=tuple((reason, held[reason]) for reason in HeldBecause),
    )
