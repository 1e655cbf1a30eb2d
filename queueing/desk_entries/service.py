"""What a desk did without connection is taken over once, in its order, with the times that it told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.errors import Refusal
from kernel.events import lock_hall
from queueing import store as live
from queueing.desk_entries import store
from queueing.desk_entries.errors import DeskEntryNotFound
from queueing.desk_entries.paper import serve_on_paper
from queueing.desk_entries.taking import Case, not_taken, take_at_window
from queueing.rules.parking import NO_REASON
from queueing.rules.told import DeskAct, DeskReason
from queueing.store.windows import windows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Staff
    from kernel.ids import StaffId, TicketId, WindowId
    from queueing.rules.parking import Why


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """What a desk did and when, by the server's clock as it knew it; ``heard_at``: its last answer before.

    ``label`` is the number; ``began_at`` of a number on paper alone. ``pressed_by``: who sat at the page, as
    the page says.
    """

    id: UUID
    what: DeskAct
    label: str
    ticket_id: TicketId | None
    at: datetime
    heard_at: datetime
    pressed_by: StaffId
    began_at: datetime | None = None
    services: tuple[str, ...] = ()
    why: Why = NO_REASON


def hand_in(
    session: Session,
    window_id: WindowId,
    given: Sequence[DeskEntry],
    *,
    sent_at: datetime,
    by: Staff,
    clock: Clock,
) -> list[store.Kept]:
    """Take over what a desk did without connection, each entry once, in the order given.

    An entry that was handed in before is answered as it stands now; one that cannot be taken is kept with
    its reason, for the staff. ``sent_at`` is the desk's clock at sending: by how much it is wrong, so much
    less sure are its times. Under the hall's lock: without it two desks that wrote one number down would
    both be taken over. Raises ``WindowNotFound``, ``WrongHall``.
    """
    hall_id = live.window(session, window_id).hall_id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    calendar = catalogue.calendar(session, hall_id)
    window = live.window(session, window_id)
    case = Case(hall, window, calendar.local_day(now), sent_at - now, by.actor, by.role)
    found = []
    for own in given:
        before = store.entry(session, own.id)
        if before is not None and before.window_id != window_id:
            raise DeskEntryNotFound(entry=own.id)
        if before is None:
            pressed_by = own.pressed_by if store.works_in(session, own.pressed_by, hall_id) else by.id
            day = calendar.local_day(min(own.at, now))
            before = _new(session, case, replace(own, pressed_by=pressed_by), day, by)
        found.append(before)
    return found


def _new(session: Session, case: Case, own: DeskEntry, day: date, by: Staff) -> store.Kept:
    kept = store.Kept(
        id=own.id, window_id=case.window.id, day=day, what=own.what, label=own.label, ticket_id=None,
        services=list(own.services) or None, pressed_by=own.pressed_by, handed_in_by=by.id,
        handed_in_at=case.hall.ticked_at, told_at=own.at, told_began_at=own.began_at,
        off_s=case.off.total_seconds(),
    )  # fmt: skip
    done = store.add_entry(session, case.hall.hall_id, _taken(session, case, own, kept))
    detail = {"number": done.label, "window": case.window.label, "what": done.what, "state": done.state}
    if done.pressed_by != done.handed_in_by:
        detail["pressed_by"] = str(done.pressed_by)
    note(
        session, "desk.handed_in", by=case.by, hall_id=case.hall.hall_id, at=case.hall.ticked_at,
        subject=str(done.ticket_id or done.id), detail=detail,
    )  # fmt: skip
    return done


def _taken(session: Session, case: Case, own: DeskEntry, kept: store.Kept) -> store.Kept:
    """Return what becomes of an entry; one that fails leaves the others as they are."""
    if kept.day != case.today:
        return not_taken(kept, DeskReason.DAY_OVER)
    try:
        with session.begin_nested():
            if own.what is DeskAct.PAPER:
                return serve_on_paper(session, case, kept, heard_at=own.heard_at)
            return take_at_window(session, case, kept, own)
    except (catalogue.NotOfferedHere, catalogue.ServiceNotFound):
        return not_taken(kept, DeskReason.NOT_OFFERED)
    except Refusal:
        return not_taken(kept, DeskReason.MOVED)


def number_came(session: Session, hall: LockedHall, label: str) -> None:
    """Take over what desks wrote down of a number that its kiosk hands in now, in the same unit of work.

    So nobody is called who was served before the number was known here.
    """
    today = catalogue.calendar(session, hall.hall_id).local_day(hall.ticked_at)
    for kept in store.waiting_for(session, hall.hall_id, today, label):
        by = store.actor(session, kept.handed_in_by)
        window = live.window(session, kept.window_id)
        case = Case(hall, window, today, kept.off, by, by.role)
        store.settle(session, serve_on_paper(session, case, kept, heard_at=kept.told_at))


def put_away(session: Session, code: str, entry_id: UUID, *, by: Staff, clock: Clock) -> list[store.Kept]:
    """Note that somebody of the staff saw what was not taken over, and return what is left.

    Raises ``DeskEntryNotFound``, ``HallNotFound``, ``WrongHall``.
    """
    hall_id = catalogue.hall_by_code(session, code).id
    by.must_work_in(hall_id)
    now = clock.now()
    number = store.set_seen(session, hall_id, entry_id, by=by.id, at=now)
    if number is None:
        raise DeskEntryNotFound(entry=entry_id)
    detail = {"number": number}
    note(session, "desk.seen", by=by, hall_id=hall_id, at=now, subject=str(entry_id), detail=detail)
    return store.open_entries(session, hall_id)


def not_taken_over(session: Session, code: str, *, by: Staff) -> list[store.Kept]:
    """Return what desks of a hall did without connection, was not taken over, and nobody put away."""
    hall_id = catalogue.hall_by_code(session, code).id
    by.must_work_in(hall_id)
    return store.open_entries(session, hall_id)


def window_labels(session: Session, code: str) -> dict[WindowId, str]:
    """Return the labels of a hall's windows, for whoever reads entries."""
    hall_id = catalogue.hall_by_code(session, code).id
    return {window.id: window.label for window in windows_of(session, hall_id)}
