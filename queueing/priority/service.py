"""The manager names a hall's priority classes; whoever takes or gives a ticket chooses one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall
from kernel.reach import hall_to_look_into
from queueing.priority import store
from queueing.priority.errors import (
    PriorityClassChangedMeanwhile,
    PriorityClassInvalid,
    TooManyPriorityClasses,
)
from queueing.rules.notices import plain_text
from queueing.rules.priority import MOST_CLASSES, MOST_MINUTES, PriorityClass, class_fits
from queueing.store import policy

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any
    from uuid import UUID

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a manager writes of a class; the head start in minutes."""

    name_zh: str
    name_en: str
    minutes: int


@dataclass(frozen=True, slots=True)
class HallClasses:
    """A hall's classes, and the head start of priority without a class."""

    hall: Hall
    classes: tuple[PriorityClass, ...]
    plain_minutes: int


def classes_of(session: Session, code: str) -> HallClasses:
    """Return a hall's priority classes; raises ``HallNotFound``."""
    return _classes_of(session, catalogue.hall_by_code(session, code))


def classes_for_staff(session: Session, code: str, *, by: Staff) -> HallClasses:
    """Return the same for its manager and the supervisor; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    return _classes_of(session, hall)


def _classes_of(session: Session, hall: Hall) -> HallClasses:
    plain = policy(session, hall.id).call.priority_credit
    return HallClasses(hall, tuple(store.classes_in(session, hall.id)), round(plain.total_seconds() / 60))


def add_class(session: Session, code: str, wanted: Wanted, *, by: Staff, clock: Clock) -> HallClasses:
    """Name a class, from the next ticket on.

    Raises ``HallNotFound``, ``WrongHall``, ``PriorityClassInvalid``, ``TooManyPriorityClasses``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    # Two managers who both count seven would otherwise name a ninth.
    now = lock_hall(session, hall.id).tick(clock)
    checked = _checked(wanted)
    there = store.classes_in(session, hall.id)
    if len(there) >= MOST_CLASSES:
        raise TooManyPriorityClasses(most=MOST_CLASSES)
    rank = max((own.rank for own in there), default=-1) + 1
    own = store.new_class(hall.id, rank, checked.name_zh, checked.name_en, checked.minutes)
    store.add(session, own, by=by.id, at=now)
    _note(session, "set", own, by, now, after=checked)
    return _classes_of(session, hall)


def change_class(
    session: Session, class_id: UUID, wanted: Wanted, *, before: int, by: Staff, clock: Clock
) -> HallClasses:
    """Set a class's names and head start for tickets from now on; ``before``: the minutes that were shown.

    Raises ``PriorityClassNotFound``, ``PriorityClassInvalid``, ``PriorityClassChangedMeanwhile``,
    ``WrongHall``.
    """
    own, hall, now = _under_lock(session, class_id, by, clock)
    checked = _checked(wanted)
    if own.credit_minutes != before:
        raise PriorityClassChangedMeanwhile(minutes=own.credit_minutes)
    credit = timedelta(minutes=checked.minutes)
    new = replace(own, name_zh=checked.name_zh, name_en=checked.name_en, credit=credit)
    store.change(session, new, by=by.id, at=now)
    _note(session, "set", own, by, now, before=_plain(own), after=checked)
    return _classes_of(session, hall)


def retire_class(session: Session, class_id: UUID, *, by: Staff, clock: Clock) -> HallClasses:
    """Let nobody choose a class any more; tickets that have it keep it and their place."""
    own, hall, now = _under_lock(session, class_id, by, clock)
    store.retire(session, class_id, at=now)
    _note(session, "removed", own, by, now, before=_plain(own))
    return _classes_of(session, hall)


def _under_lock(
    session: Session, class_id: UUID, by: Staff, clock: Clock
) -> tuple[PriorityClass, Hall, datetime]:
    hall = catalogue.hall(session, store.hall_of(session, class_id))
    by.must_work_in(hall.id)
    now = lock_hall(session, hall.id).tick(clock)
    return store.class_of(session, hall.id, class_id), hall, now


def _checked(wanted: Wanted) -> Wanted:
    checked = Wanted(plain_text(wanted.name_zh), plain_text(wanted.name_en), wanted.minutes)
    if not class_fits(checked.name_zh, checked.name_en, checked.minutes):
        raise PriorityClassInvalid(most_minutes=MOST_MINUTES)
    return checked


def _plain(own: PriorityClass) -> Wanted:
    return Wanted(own.name_zh, own.name_en, own.credit_minutes)


def _note(session: Session, what: str, own: PriorityClass, by: Staff, now: datetime, **said: Wanted) -> None:
    detail: dict[str, Any] = {
        name: {"zh": each.name_zh, "en": each.name_en, "minutes": each.minutes} for name, each in said.items()
    }
    note(
        session, f"priority-class.{what}", by=by, hall_id=own.hall_id, at=now, subject=str(own.id),
        detail=detail,
    )  # fmt: skip
