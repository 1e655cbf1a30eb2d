"""The published values of a hall: its call order's and its booking's, read and set in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.rules.policy import FIELDS as BOOKING_FIELDS
from booking.rules.ratings import FIELDS as RATING_FIELDS
from kernel.policy import PolicyField, checked
from kernel.reach import hall_to_look_into
from queueing.rules.announcing import FIELDS as ANNOUNCING_FIELDS
from queueing.rules.policy import FIELDS as QUEUEING_FIELDS
from queueing.setup import store
from queueing.setup.rules import fingerprint
from queueing.setup.service import begin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId

ANNOUNCED = frozenset(field.name for field in ANNOUNCING_FIELDS)
FIELDS = (*QUEUEING_FIELDS, *BOOKING_FIELDS, *RATING_FIELDS)


@dataclass(frozen=True, slots=True)
class HallValues:
    """Each field with the value that holds; ``base`` names them for whoever makes a draft."""

    values: tuple[tuple[PolicyField, float], ...]
    base: str


def values_of(session: Session, code: str, *, by: Staff) -> HallValues:
    """Return a hall's published values; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    return _values(session, hall.id)


def set_values(
    session: Session, code: str, wanted: Mapping[str, float], *, base: str, by: Staff, clock: Clock
) -> HallValues:
    """Set some of a hall's values; people who wait already keep their places.

    Raises ``PolicyInvalid`` with the bounds, ``SetupChangedMeanwhile``.
    """
    change = begin(session, code, by=by, clock=clock)
    stored = store.policy_of(session, change.hall.id)
    change.compare(base, stored)
    fresh = checked(FIELDS, wanted)
    held = {field.name: value for field, value in _values(session, change.hall.id).values}
    store.write_policy(session, change.hall.id, stored | fresh)
    changed = {name: value for name, value in fresh.items() if value != held[name]}
    if changed.keys() & ANNOUNCED:
        change.tell_screens()
    change.note("policy", before={name: held[name] for name in changed}, after=changed)
    return _values(session, change.hall.id)


def _values(session: Session, hall_id: HallId) -> HallValues:
    stored = store.policy_of(session, hall_id)
    values = tuple((field, float(stored.get(field.name, field.default))) for field in FIELDS)
    return HallValues(values, fingerprint(stored))
