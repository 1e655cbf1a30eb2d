"""What a hall may set about its appointments, and what holds for the whole city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

# City-wide, whatever the hall: two errands a day are ordinary, more on one number is trade in places.
APPOINTMENTS_PER_DAY = 2
# Live holds of one phone or computer: one being filled in, one in a forgotten tab, one more.
HOLDS_PER_CLIENT = 3
# Live holds behind one address: a whole office or a mobile operator's gateway books at the same time.
HOLDS_PER_ADDRESS = 60


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """``appointment_share``: part of the planned windows' time that appointments may take, 0 to 1.

    ``slot``: length of a slot. ``hold``: how long a place is kept while the citizen fills in the form.
    ``notice``: a slot is offered until this long before it starts. ``horizon_days``: how far ahead.
    ``check_in_early``: a check-in is taken from this long before the start. ``freed_slot_rest``: a
    cancelled place rests this long before it is offered again, which takes the profit out of trading.
    """

    appointment_share: float = 0.3
    slot: timedelta = timedelta(minutes=30)
    hold: timedelta = timedelta(minutes=5)
    notice: timedelta = timedelta(minutes=30)
    horizon_days: int = 14
    check_in_early: timedelta = timedelta(minutes=60)
    freed_slot_rest: timedelta = timedelta(0)
    show_probability: float = 0.9
    appointment_credit: timedelta = timedelta(minutes=10)


def booking_policy(stored: Mapping[str, Any]) -> BookingPolicy:
    """Return the policy of a hall from its stored values; minutes are numbers.

    >>> booking_policy({"freed_slot_rest_minutes": 10}).freed_slot_rest
    datetime.timedelta(seconds=600)
    """
    default = BookingPolicy()

    def minutes(name: str, otherwise: timedelta) -> timedelta:
        return timedelta(minutes=stored[name]) if name in stored else otherwise

    return BookingPolicy(
        appointment_share=stored.get("appointment_share", default.appointment_share),
        slot=minutes("slot_minutes", default.slot),
        hold=minutes("hold_minutes", default.hold),
        notice=minutes("booking_notice_minutes", default.notice),
        horizon_days=stored.get("booking_horizon_days", default.horizon_days),
        check_in_early=minutes("check_in_early_minutes", default.check_in_early),
        freed_slot_rest=minutes("freed_slot_rest_minutes", default.freed_slot_rest),
        show_probability=stored.get("show_probability", default.show_probability),
        appointment_credit=minutes("appointment_credit_minutes", default.appointment_credit),
    )
