"""A clerk asks for help, a colleague goes there, either ends it; all under the hall's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.events import LockedHall, lock_hall, record
from kernel.reach import hall_to_look_into
from kernel.sessions import signed_in_since
from queueing import store as queues
from queueing.errors import WindowTaken
from queueing.events import StaffNews
from queueing.help import store
from queueing.help.errors import HelpAskedAlready, HelpNotYours, HelpOver, HelpTaken
from queueing.rules.help import Asking, HelpAction, HelpStatus, plain_words, stands

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId, WindowId
    from queueing.help.store import HelpCall

_A = HelpAction


def help_wanted(session: Session, code: str, *, by: Staff, now: datetime) -> list[HelpCall]:
    """Return the calls for help that stand in a hall, the oldest first; ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    return _standing(session, hall.id, store.open_calls(session, hall.id), now)


def _standing(session: Session, hall_id: HallId, calls: Iterable[HelpCall], now: datetime) -> list[HelpCall]:
    kept = list(calls)
    today = catalogue.calendar(session, hall_id).local_day(now)
    since = signed_in_since(session, [own.asked_by for own in kept], now=now)
    return [
        own
        for own in kept
        if stands(
            Asking(own.asked_by, own.asked_at, own.day),
            sits_there=own.sits_there,
            signed_in_since=since.get(own.asked_by),
            today=today,
        )
    ]


def ask_help(session: Session, window_id: WindowId, words: str, *, by: Staff, clock: Clock) -> HelpCall:
    """Ask the colleagues of the hall to come; only whoever sits at the window asks there.

    Raises ``WindowNotFound``, ``WindowTaken``, ``HelpAskedAlready``.
    """
    hall_id = queues.window(session, window_id).hall_id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    window = queues.window(session, window_id)
    if window.clerk_id != by.id:
        raise WindowTaken(window=window.label)
    before = store.open_at(session, window_id)
    if before is not None:
        if _standing(session, hall_id, [before], now):
            raise HelpAskedAlready(window=window.label, since=before.asked_at)
        store.move(session, before, _A.END, ended_at=now, words="")  # it had ended by itself
    day = catalogue.calendar(session, hall_id).local_day(now)
    call_id = store.add(session, hall_id, window_id, plain_words(words), by=by.id, day=day, at=now)
    return _told(session, hall, call_id, "asked", by, now)


def take_help(session: Session, call_id: UUID, *, by: Staff, clock: Clock) -> HelpCall:
    """Say that one is going there; of two at once the second is told who goes.

    Raises ``HelpNotFound``, ``HelpTaken``, ``HelpOver``, ``HelpNotYours`` for the own call.
    """
    hall, own, now = _under_lock(session, call_id, by, clock)
    if own.asked_by == by.id:
        raise HelpNotYours(window=own.window)
    if own.status is HelpStatus.TAKEN:
        raise HelpTaken(by=own.taken_name, since=own.taken_at)
    store.move(session, own, _A.TAKE, taken_by=by.id, taken_at=now)
    return _told(session, hall, call_id, "taken", by, now)


def word_help(session: Session, call_id: UUID, words: str, *, by: Staff, clock: Clock) -> HelpCall:
    """Say in a few words what help is needed for; raises as ``end_help``."""
    hall, own, now = _under_lock(session, call_id, by, clock)
    if own.asked_by != by.id:
        raise HelpNotYours(window=own.window)
    store.move(session, own, _A.WORD, words=plain_words(words))
    return _told(session, hall, call_id, "worded", by, now)


def end_help(session: Session, call_id: UUID, *, by: Staff, clock: Clock) -> HelpCall:
    """End a call for help: whoever asked, whoever goes, or the manager.

    Raises ``HelpNotFound``, ``HelpOver``, ``HelpNotYours``, ``WrongHall``.
    """
    hall, own, now = _under_lock(session, call_id, by, clock)
    if by.id not in (own.asked_by, own.taken_by) and not by.may_manage(own.hall_id):
        raise HelpNotYours(window=own.window)
    store.move(session, own, _A.END, ended_by=by.id, ended_at=now, words="")
    return _told(session, hall, call_id, "ended", by, now)


def end_with_window(session: Session, hall: LockedHall, window_id: WindowId, *, at: datetime) -> None:
    """End the call of a window that closes; opened again, nobody there is waited for any more."""
    own = store.open_at(session, window_id)
    if own is not None:
        store.move(session, own, _A.END, ended_at=at, words="")
        record(session, hall, StaffNews(), at=at)


def _under_lock(
    session: Session, call_id: UUID, by: Staff, clock: Clock
) -> tuple[LockedHall, HelpCall, datetime]:
    hall_id = store.call(session, call_id).hall_id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    own = store.call(session, call_id)
    if own.status is HelpStatus.ENDED or not _standing(session, hall_id, [own], now):
        raise HelpOver(call=call_id)
    return hall, own, now


def _told(session: Session, hall: LockedHall, call_id: UUID, what: str, by: Staff, now: datetime) -> HelpCall:
    """Let the pages of staff look anew, and note it; screens of the public hear nothing of what it is."""
    own = store.call(session, call_id)
    record(session, hall, StaffNews(), at=now)
    detail = {"window": own.window}
    note(session, f"help.{what}", by=by, hall_id=own.hall_id, at=now, subject=str(call_id), detail=detail)
    return own
