"""The demo day so far: whoever came since opening waits, is at a window, or has left."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from kernel.ids import uuid7
from kernel.secrets import new_token
from queueing.rules.policy import HallPolicy
from queueing.rules.tickets import AT_WINDOW, TicketAction, TicketStatus, number_label
from queueing.rules.windows import WindowStatus
from queueing.service.issuing import TOKEN_FIELD
from queueing.store.ticket_writes import CENTRE
from queueing.tables import TicketCounterRow, TicketEventRow, TicketRow, VisitLegRow, VisitRow
from queueing.window_tables import WindowRow
from sim.live.demand import Errands, worked_weekday
from sim.live.tokens import VisitKey
from sim.seed.appointments import due_today
from sim.seed.floor import minute_of
from sim.seed.history import log_row
from sim.seed.rows import add_rows, table_of
from sim.seed.told import told_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.ids import TicketId
    from kernel.secrets import Vault
    from sim.catalogue import City
    from sim.seed.appointments import Booked
    from sim.seed.history import HallPast
    from sim.seed.ids import CityIds
    from sim.seed.rows import Values
    from sim.seed.stories import Line, Story
    from sim.seed.told import Told


@dataclass(frozen=True, slots=True)
class Visit:
    """A story as it stands now, with what hangs on it in the database."""

    story: Story
    lines: tuple[Line, ...]
    visit_id: UUID
    leg_id: UUID
    service_id: UUID
    token: str
    booked: Booked | None

    @property
    def status(self) -> TicketStatus:
        return self.lines[-1].becomes

    @property
    def last_call(self) -> Line | None:
        calls = (TicketAction.CALL, TicketAction.RECALL)
        return next((line for line in reversed(self.lines) if line.what in calls), None)

    @property
    def calls(self) -> int:
        return sum(line.what in (TicketAction.CALL, TicketAction.RECALL) for line in self.lines)


class Morning:
    """Plays one hall's demo day and keeps what has happened by ``now``."""

    def __init__(self, city: City, past: HallPast, ids: CityIds, booked: Sequence[Booked]) -> None:
        self._past, self._ids, self._booked = past, ids, booked
        self._errands = Errands(city, past.hall)
        self._chance = random.Random(f"{past.hall.seed}:morning")

    def visits(self, day: date, now: datetime, *, level: float) -> list[Visit]:
        """Return the visits that began by ``now``; marks their appointments as checked in.

        ``level``: how busy the day is, 1 for what its date has on average.
        """
        past = self._past
        due = due_today(self._booked, day, past)
        curve = past.curve(day)
        if not curve.people:
            return []
        places = {slot: len(people) for slot, people in due.items()}
        record = past.days.play(day, curve.scaled(level), places, day_cv=0.0)
        return [
            self._visit(story, now, due) for story in past.teller.tell(day, record) if story.arrived_at <= now
        ]

    def _visit(self, story: Story, now: datetime, due: dict[tuple[str, float], list[Booked]]) -> Visit:
        booked = None
        if story.due_at is not None:
            minute = self._past.promises.table.calendar.minute_of_day(story.due_at)
            booked = due[story.queue, minute].pop()
            booked.checked_in_at, booked.priority = story.arrived_at, story.priority
        item = booked.item if booked else self._errands.draw_in(story.queue, self._chance)
        return Visit(
            *(story, story.until(now), uuid7(), uuid7()),
            *(self._ids.services[item.code], new_token(), booked),
        )


def add_morning(
    session: Session, past: HallPast, visits: Sequence[Visit], *, day: date, now: datetime, vault: Vault
) -> list[VisitKey]:
    """Write the live state of a hall; return the tokens of those who still wait."""
    own = past.own
    if visits:
        add_rows(session, VisitRow, [_visit_row(visit, own.hall, vault) for visit in visits])
        add_rows(session, VisitLegRow, [_leg_row(visit) for visit in visits])
        told = past.told.tell(day, [visit.story for visit in visits])
        add_rows(session, TicketRow, [_ticket_row(visit, past, day, told) for visit in visits])
        happened = [(line.at, visit, line) for visit in visits for line in visit.lines]
        happened.sort(key=lambda entry: entry[0])
        add_rows(session, TicketEventRow, [log_row(visit.story, line, own) for _, visit, line in happened])
        add_rows(session, TicketCounterRow, _counters(past, visits, day))
    _open_windows(session, past, visits, day, now)
    return [
        VisitKey(past.hall.code, str(visit.story.id), visit.token)
        for visit in visits
        if visit.status is TicketStatus.WAITING
    ]


def served_by_now(past: HallPast, visits: Sequence[Visit]) -> tuple[VisitKey, ...]:
    """Return the tokens of those who were served before the demo began."""
    return tuple(
        VisitKey(past.hall.code, str(visit.story.id), visit.token)
        for visit in visits
        if visit.status is TicketStatus.FINISHED
    )


def _visit_row(visit: Visit, hall_id: UUID, vault: Vault) -> Values:
    return {
        "id": visit.visit_id,
        "hall_id": hall_id,
        "token_hash": vault.digest(visit.token, field=TOKEN_FIELD),
        "reference": visit.booked.id if visit.booked else None,
        "created_at": visit.story.arrived_at,
    }


def _leg_row(visit: Visit) -> Values:
    return {
        "id": visit.leg_id,
        "visit_id": visit.visit_id,
        "position": 0,
        "service_id": visit.service_id,
    }


def _ticket_row(visit: Visit, past: HallPast, day: date, told: Mapping[TicketId, Told]) -> Values:
    story, call = visit.story, visit.last_call
    queue_id = past.own.queues[story.queue]
    return {
        "id": story.id,
        "hall_id": past.own.hall,
        "queue_id": queue_id,
        "issued_in": queue_id,
        "leg_id": visit.leg_id,
        "day": day,
        "number": story.number,
        "label": number_label(past.prefixes[story.queue], story.number),
        "status": visit.status,
        "priority": story.priority,
        "arrived_at": story.arrived_at,
        "due_at": story.due_at,
        "effective_at": story.effective_at,
        "window_id": call.window if call else None,
        "called_at": call.at if call else None,
        "calls": visit.calls,
        "changed_at": visit.lines[-1].at,
        "told_ahead": told[story.id][0],
        **told_columns(told, story.id),
        "band_withheld": False,
    }


def _counters(past: HallPast, visits: Sequence[Visit], day: date) -> list[Values]:
    highest: dict[str, int] = {}
    for visit in visits:
        highest[visit.story.queue] = max(highest.get(visit.story.queue, 0), visit.story.number)
    return [
        {
            "queue_id": past.own.queues[queue],
            "day": day,
            "holder": CENTRE,
            "next_number": number + 1,
            "last_number": HallPolicy().last_number,
        }
        for queue, number in highest.items()
    ]


def _open_windows(
    session: Session, past: HallPast, visits: Sequence[Visit], day: date, now: datetime
) -> None:
    """Open the windows that the plan staffs now and sit their clerks and citizens down at them."""
    calendar = past.promises.table.calendar
    minute = calendar.minute_of_day(now)
    weekday = worked_weekday(day)
    begins = {
        entry.window: minute_of(entry.starts)
        for entry in past.hall.plan
        if weekday in entry.weekdays and minute_of(entry.starts) <= minute < minute_of(entry.ends)
    }
    changed, present = _at_windows(visits)
    if not calendar.spans(day):
        begins = {}
    for label, since in begins.items():
        window_id = past.own.windows[label]
        opened_at: Any = calendar.at_minute(day, since)
        session.execute(
            update(table_of(WindowRow))
            .where(table_of(WindowRow).c.id == window_id)
            .values(
                status=WindowStatus.OPEN,
                clerk_id=past.own.seats[label],
                ticket_id=present.get(window_id),
                changed_at=changed.get(window_id, opened_at),
            )
        )


def _at_windows(visits: Sequence[Visit]) -> tuple[dict[UUID, datetime], dict[UUID, UUID]]:
    """Return when each window last changed, and the ticket at it."""
    changed: dict[UUID, datetime] = {}
    present: dict[UUID, UUID] = {}
    for visit in visits:
        for line in visit.lines:
            if line.window is not None:
                changed[line.window] = max(line.at, changed.get(line.window, line.at))
        call = visit.last_call
        if visit.status in AT_WINDOW and call is not None and call.window is not None:
            present[call.window] = visit.story.id
    return changed, present
