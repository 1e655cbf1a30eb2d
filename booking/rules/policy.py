"""What a hall may set about its appointments, and what holds for the whole city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kernel.policy import PolicyField

# City-wide, whatever the hall: two errands a day are ordinary, more on one number is trade in places.
APPOINTMENTS_PER_DAY = 2
# Live holds of one phone or computer: one being filled in, one in a forgotten tab, one more.
HOLDS_PER_CLIENT = 3
# Live holds behind one address: a whole office or a mobile operator's gateway books at the same time.
HOLDS_PER_ADDRESS = 60
# For a code: a gateway's retries are over after two minutes, and people look for their glasses.
CODE_WAITS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """``appointment_share``: part of the planned windows' time that appointments may take, 0 to 1.

    ``slot``: length of a slot. ``hold``: how long a place is kept while the citizen fills in the form.
    ``notice``: a slot is offered until this long before it starts. ``horizon_days``: how far ahead.
    ``check_in_early``: a check-in is taken from this long before the start. ``freed_slot_rest``: a
    cancelled place rests this long before it is offered again, which takes the profit out of trading.
    ``overbooking``: places offered beyond that, as a share, since some who book never come.
    ``walk_in_share``: part of the windows' time that no decision about places may take from walk-ins.
    ``retention_days``: whole days after a visit's day for which it can be traced to a person.
    ``offer``: how long a place that became free is kept for the first on the waiting list.
    ``asks_for_code``: a booking of whoever is not signed in is confirmed by a code. ``code_waits``: how long
    a place waits for its code, also where only the service wants one.
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
    overbooking: float = 0.0
    walk_in_share: float = 0.2
    retention_days: int = 30
    offer: timedelta = timedelta(minutes=30)
    asks_for_code: bool = False
    code_waits: timedelta = CODE_WAITS


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
        overbooking=stored.get("overbooking", default.overbooking),
        walk_in_share=stored.get("walk_in_share", default.walk_in_share),
        retention_days=stored.get("retention_days", default.retention_days),
        offer=minutes("offer_minutes", default.offer),
        asks_for_code=bool(stored.get("activation", default.asks_for_code)),
        code_waits=minutes("activation_minutes", default.code_waits),
    )


FIELDS = (
    PolicyField(
        *("appointment_share", "booking", "share", 0.3, 0, 1, "Share for appointments"),
        "The part of the planned windows' time that can be booked; the rest stays for people who just come.",
    ),
    PolicyField(
        *("overbooking", "booking", "share", 0.0, 0, 0.5, "Overbooking"),
        "Places offered beyond the share for appointments, since some who book never come.",
    ),
    PolicyField(
        *("walk_in_share", "booking", "share", 0.2, 0, 1, "Share kept for walk-ins"),
        "No decision about the places of a slot may leave people who just come less of the windows' time.",
    ),
    PolicyField(
        *("booking_horizon_days", "booking", "days", 14, 1, 60, "How far ahead one can book"),
        "Days from today; holidays that are not announced yet cannot be booked in any case.",
    ),
    PolicyField(
        *("booking_notice_minutes", "booking", "minutes", 30, 0, 1440, "Latest booking before a slot"),
        "A slot is offered until this long before it starts.",
    ),
    PolicyField(
        *("hold_minutes", "booking", "minutes", 5, 2, 30, "Time to fill in the form"),
        "A place is kept for one person this long; then it is offered to others again.",
    ),
    PolicyField(
        *("activation", "booking", "switch", 0, 0, 1, "Confirm by a code"),
        "Who books without signing in types a code sent to the number; needs messages to be set up.",
    ),
    PolicyField(
        *("activation_minutes", "booking", "minutes", 10, 3, 30, "Time to type the code"),
        "A place waits this long for the code; then it is offered to others again.",
    ),
    PolicyField(
        *("check_in_early_minutes", "booking", "minutes", 60, 0, 240, "Earliest check-in"),
        "An appointment can be checked in from this long before its slot.",
    ),
    PolicyField(
        *("freed_slot_rest_minutes", "booking", "minutes", 0, 0, 120, "Rest of a cancelled place"),
        "A cancelled place is offered again only after this time, so that places are not traded.",
    ),
    PolicyField(
        # Long enough to see a message between two errands; ten people can be asked in an afternoon.
        *("offer_minutes", "booking", "minutes", 30, 10, 120, "Offer to the waiting list"),
        "A place that becomes free is kept this long for the first on the waiting list, then for the next.",
    ),
    PolicyField(
        *("show_probability", "booking", "share", 0.9, 0.3, 1, "Share of booked people who come"),
        "Estimates and forecasts count each appointment with this weight.",
    ),
    PolicyField(
        # A week, so that a complaint about a visit finds it; half a year, which no complaint needs more.
        *("retention_days", "privacy", "days", 30, 7, 180, "Personal data kept after a visit"),
        "Then name, phone number, ID number's end and links are erased; statistics stay as they are.",
    ),
)
