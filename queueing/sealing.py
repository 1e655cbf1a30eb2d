"""The ticket log of a day is sealed when the day is over: who changes a line of it later is found out.

Each action of a clerk is a line of the log, some thousand a day and hall. To chain them one by one would
cost the calls more than the audit trail does now; so a day's lines get one seal, a keyed hash over all of
them, and that stands in the hall's chain like any row of the trail (``kernel.audit_chain``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, true

from kernel import catalogue
from kernel.audit import note
from kernel.audit_chain import rows as audit
from kernel.events import lock_hall
from kernel.identity import SYSTEM
from kernel.ids import HallId
from queueing.store.ticket_writes import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.clock import Clock
    from kernel.secrets import Vault

SEALED = "log.sealed"
LIVE = "live"  # what was imported or simulated has no staff behind it
AT_ONCE = 31  # days after an outage; more are sealed with the next day
READ_AT_ONCE = 2_000
_COLUMNS = (
    *(log.c.id, log.c.ticket_id, log.c.queue_id, log.c.what, log.c.at, log.c.precision_s),
    *(log.c.role, log.c.actor_id, log.c.window_id),
)
# What came later is sealed on the lines that have it: those from before read as they were sealed.
_LATER = (
    (log.c.reason, log.c.asked_id, log.c.delivered_id, log.c.done_as_well),
    (log.c.session,),
    (log.c.told, log.c.began_at),
)


class LogFault(StrEnum):
    """What is wrong with the log of a day."""

    ALTERED = "altered"
    LINES_MISSING = "lines_missing"
    LINES_ADDED = "lines_added"


@dataclass(frozen=True, slots=True)
class BrokenDay:
    """A day whose log is not what was sealed."""

    hall_id: HallId
    day: date
    fault: LogFault


@dataclass(frozen=True, slots=True)
class LogChecked:
    """How many sealed days were looked at, and those that do not hold."""

    days: int
    broken: tuple[BrokenDay, ...]


def seal_log(session: Session, hall_id: HallId, *, clock: Clock, vault: Vault) -> list[date]:
    """Seal the log of the days that are over and not sealed yet, and return them.

    The hall's lock lets in one of two that come at once; the second finds the days sealed. A day without a
    line gets no seal: a line that is slipped into it later belongs to a ticket that no report counts.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    calendar = catalogue.calendar(session, hall_id)
    today = calendar.local_day(now)
    sealed = []
    for day in _days(session, hall_id, today):
        lines, mac = _sealed(session, hall_id, calendar, day, vault)
        if lines:
            detail = {"day": day.isoformat(), "lines": lines, "mac": mac.hex()}
            note(session, SEALED, by=SYSTEM, hall_id=hall_id, at=now, subject=f"log:{day}", detail=detail)
            sealed.append(day)
    return sealed


def _days(session: Session, hall_id: HallId, today: date) -> Iterator[date]:
    """Yield the days to seal, oldest first: from after the last sealed one, else yesterday alone.

    What was logged before there were seals stays without: nobody can say any more whether it was changed.
    """
    last = session.execute(
        select(func.max(audit.c.subject)).where(audit.c.hall_id == hall_id, audit.c.what == SEALED)
    ).scalar_one()
    first = today - timedelta(days=1)
    if last is not None:
        first = date.fromisoformat(last.removeprefix("log:")) + timedelta(days=1)
    for number in range(min((today - first).days, AT_ONCE)):
        yield first + timedelta(days=number)


def _sealed(
    session: Session, hall_id: HallId, calendar: OpeningCalendar, day: date, vault: Vault
) -> tuple[int, bytes]:
    """Return how many lines a day's log has, and the keyed hash over all of them in their order."""
    begins = datetime.combine(day, time(), calendar.zone)
    count, text = 0, hashlib.sha256()
    for row in session.execute(
        select(*_COLUMNS, *chain.from_iterable(_LATER))
        .where(
            log.c.hall_id == hall_id,
            log.c.at >= begins,
            log.c.at < datetime.combine(day + timedelta(days=1), time(), calendar.zone),
            log.c.source == LIVE,
        )
        .order_by(log.c.id),
        execution_options={"yield_per": READ_AT_ONCE},
    ):
        count += 1
        text.update(_plain(row).encode() + b"\n")
    return count, vault.digest(f"{hall_id.hex}|{day}|{count}|{text.hexdigest()}", field="log.seal")


def _plain(row: Row[Any]) -> str:
    end = said = len(_COLUMNS)
    for later in _LATER:
        begin, end = end, end + len(later)
        if any(each is not None for each in row[begin:end]):
            said = end
    return "|".join("" if each is None else _text(each) for each in row[:said])


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def verify_log(session: Session, *, vault: Vault, since: datetime | None = None) -> LogChecked:
    """Compare every sealed day's log with its seal; with ``since`` of those that were sealed from then on."""
    broken, days = [], 0
    seals = session.execute(
        select(audit.c.hall_id, audit.c.detail)
        .where(audit.c.what == SEALED, true() if since is None else audit.c.at >= since)
        .order_by(audit.c.id)
    ).all()
    calendars = catalogue.calendars(session, {row.hall_id for row in seals})
    for row in seals:
        days += 1
        hall_id, day = HallId(row.hall_id), date.fromisoformat(row.detail["day"])
        lines, mac = _sealed(session, hall_id, calendars[hall_id], day, vault)
        if mac.hex() != row.detail["mac"]:
            broken.append(BrokenDay(hall_id, day, _fault(lines, row.detail["lines"])))
    return LogChecked(days, tuple(broken))


def _fault(lines: int, sealed: int) -> LogFault:
    if lines == sealed:
        return LogFault.ALTERED
    return LogFault.LINES_MISSING if lines < sealed else LogFault.LINES_ADDED
