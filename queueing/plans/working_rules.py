"""What a hall has entered about work at its windows: clerks' shifts and breaks, integrated windows.

Whoever enters nothing is there all day, without a break; a hall that enters nothing has no integrated
windows. Plans made from then on keep what is entered; the plan that holds is not touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from kernel import catalogue
from kernel.identity import Role, WrongHall
from kernel.identity_tables import StaffRow
from queueing.plans.errors import BreakImpossible, ClerkNotOfHall
from queueing.plans.rules import Limits, Rest
from queueing.setup.rules import fingerprint
from queueing.setup.service import begin
from queueing.window_tables import ClerkHoursRow, IntegratedWindowsRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId, StaffId

_hours = ClerkHoursRow.__table__
_integrated = IntegratedWindowsRow.__table__
_staff = StaffRow.__table__


@dataclass(frozen=True, slots=True)
class ClerkHours:
    """One clerk's shift (None: all day) and break (None: none)."""

    staff_id: StaffId
    shift: tuple[int, int] | None = None
    rest: Rest | None = None


@dataclass(frozen=True, slots=True)
class WorkingRules:
    """A hall's rules; ``integrated_pace`` is the factor on service times at an integrated window."""

    integrated: int = 0
    integrated_pace: float = Limits().integrated_pace
    clerks: tuple[ClerkHours, ...] = ()


def working_rules(session: Session, hall_id: HallId) -> WorkingRules:
    """Return what a hall has entered."""
    found = session.execute(select(_integrated).where(_integrated.c.hall_id == hall_id)).one_or_none()
    rows = session.execute(
        select(_hours)
        .join(_staff, _staff.c.id == _hours.c.staff_id)
        .where(_staff.c.hall_id == hall_id)
        .order_by(_staff.c.username)
    )
    clerks = tuple(
        ClerkHours(
            row.staff_id,
            None if row.from_minute is None else (row.from_minute, row.to_minute),
            Rest(row.break_minutes, row.break_from, row.break_to) if row.break_minutes else None,
        )
        for row in rows
    )
    if found is None:
        return WorkingRules(clerks=clerks)
    return WorkingRules(found.at_once, found.pace, clerks)


def look_at_rules(session: Session, code: str, *, by: Staff) -> WorkingRules:
    """Return a hall's rules for its manager; raises ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    if not by.may_look_into(hall.id):
        raise WrongHall(hall=hall.id)
    return working_rules(session, hall.id)


def set_rules(
    session: Session, code: str, rules: WorkingRules, *, base: str, by: Staff, clock: Clock
) -> WorkingRules:
    """Replace a hall's rules as a whole, drafted on those whose fingerprint is ``base``.

    Raises ``SetupChangedMeanwhile``, ``ClerkNotOfHall``, and ``BreakImpossible`` for a break that its band
    or shift has no room for.
    """
    change = begin(session, code, by=by, clock=clock)
    hall = change.hall
    before = plain_rules(working_rules(session, hall.id))
    change.compare(base, before)
    own = _clerks_of(session, hall.id)
    entered = [hours.staff_id for hours in rules.clerks]
    for hours in rules.clerks:
        if hours.staff_id not in own or entered.count(hours.staff_id) > 1:
            raise ClerkNotOfHall(clerk=hours.staff_id)
        if not _fits(hours):
            raise BreakImpossible(clerk=hours.staff_id)
    session.execute(delete(_hours).where(_hours.c.staff_id.in_(own)))
    session.execute(delete(_integrated).where(_integrated.c.hall_id == hall.id))
    if rules.clerks:
        session.execute(insert(_hours), [_row(hours) for hours in rules.clerks])
    session.execute(
        insert(_integrated).values(hall_id=hall.id, at_once=rules.integrated, pace=rules.integrated_pace)
    )
    change.note("working_rules", before=_counts(before), after=_counts(plain_rules(rules)))
    return working_rules(session, hall.id)


def plain_rules(rules: WorkingRules) -> dict[str, object]:
    """Return the rules as plain values, for the trail and for comparing."""
    shifts = sum(hours.shift is not None for hours in rules.clerks)
    rests = sum(hours.rest is not None for hours in rules.clerks)
    hours = sorted(repr(_row(each)) for each in rules.clerks)
    return {
        "integrated": rules.integrated,
        "integrated_pace": rules.integrated_pace,
        "shifts": shifts,
        "breaks": rests,
        "hours": fingerprint(hours),
    }


def _counts(plain: dict[str, object]) -> dict[str, object]:
    """Return what people can read of it."""
    return {name: value for name, value in plain.items() if name != "hours"}


def _clerks_of(session: Session, hall_id: HallId) -> Sequence[StaffId]:
    clerks = select(_staff.c.id).where(_staff.c.hall_id == hall_id, _staff.c.role == Role.CLERK.value)
    return session.scalars(clerks).all()


def _fits(hours: ClerkHours) -> bool:
    """Return whether a break has room where its band and the shift meet; a shift must begin before it ends.

    Outside the shift the window is closed anyway: a break that lies there would be none.

    >>> from uuid import UUID
    >>> _fits(ClerkHours(UUID(int=1), (540, 780), Rest(60, 720, 800)))
    True
    >>> _fits(ClerkHours(UUID(int=1), None, Rest(60, 720, 760)))
    False
    >>> _fits(ClerkHours(UUID(int=1), (540, 780), Rest(60, 480, 570)))
    False
    """
    shift, rest = hours.shift, hours.rest
    if shift is not None and shift[0] >= shift[1]:
        return False
    if rest is None:
        return True
    begins, ends = shift or (rest.from_minute, rest.to_minute)
    return min(rest.to_minute, ends) - max(rest.from_minute, begins) >= rest.minutes


def _row(hours: ClerkHours) -> dict[str, object]:
    shift, rest = hours.shift or (None, None), hours.rest
    return {
        "staff_id": hours.staff_id,
        "from_minute": shift[0],
        "to_minute": shift[1],
        "break_minutes": rest.minutes if rest else 0,
        "break_from": rest.from_minute if rest else None,
        "break_to": rest.to_minute if rest else None,
    }
