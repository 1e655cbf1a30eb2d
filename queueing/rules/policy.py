"""What a hall may set, read from its stored policy; every value has a default that is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kernel.policy import PolicyField
from queueing.rules.alerts import AlertPolicy
from queueing.rules.announcing import FIELDS as ANNOUNCING_FIELDS
from queueing.rules.announcing import Announcing, announcing_policy
from queueing.rules.call_order import CallPolicy


@dataclass(frozen=True, slots=True)
class HallPolicy:
    """``reinstate_places``: how many followers a missed ticket lets pass when it comes back, once, within
    ``reinstate_within`` of the missed call.

    ``miss_after``: how long after the last call a ticket is marked as missed by itself; zero is never.
    ``more_time_places``: the same for "I need more time". ``last_number``: the highest number of a
    queue's day; a kiosk without its server has numbers of its own (``rules.provisional``). ``alerts``: when
    its manager is told that it leaves the forecast. ``phone_tickets``: whether people who read the code on
    its screen may take a number with their own telephone. ``announcing``: how its screens speak and write.
    """

    call: CallPolicy = field(default_factory=CallPolicy)
    alerts: AlertPolicy = field(default_factory=AlertPolicy)
    reinstate_places: int = 3  # restored just after the third follower
    reinstate_within: timedelta = timedelta(minutes=30)
    more_time_places: int = 3
    miss_after: timedelta = timedelta(0)
    last_number: int = 899
    phone_tickets: bool = True
    announcing: Announcing = field(default_factory=Announcing)


def hall_policy(stored: Mapping[str, Any]) -> HallPolicy:
    """Return the policy of a hall from its stored values; minutes are numbers.

    >>> hall_policy({"help_limit_minutes": 5}).call.help_limit
    datetime.timedelta(seconds=300)
    """
    default = HallPolicy()

    def minutes(name: str, otherwise: timedelta) -> timedelta:
        return timedelta(minutes=stored[name]) if name in stored else otherwise

    return HallPolicy(
        call=CallPolicy(
            appointment_credit=minutes("appointment_credit_minutes", default.call.appointment_credit),
            priority_credit=minutes("priority_credit_minutes", default.call.priority_credit),
            return_credit=minutes("return_credit_minutes", default.call.return_credit),
            grace=minutes("grace_minutes", default.call.grace),
            help_limit=minutes("help_limit_minutes", default.call.help_limit),
        ),
        alerts=AlertPolicy(
            wait_target=minutes("wait_target_minutes", default.alerts.wait_target),
            arrivals_raise=stored.get("arrivals_raise", default.alerts.arrivals_raise),
            arrivals_clear=stored.get("arrivals_clear", default.alerts.arrivals_clear),
            fewest=stored.get("arrivals_fewest", default.alerts.fewest),
            window_late=minutes("window_late_minutes", default.alerts.window_late),
            settle=minutes("alert_settle_minutes", default.alerts.settle),
            busy_share=stored.get("busy_share", default.alerts.busy_share),
        ),
        reinstate_places=stored.get("reinstate_places", default.reinstate_places),
        reinstate_within=minutes("reinstate_minutes", default.reinstate_within),
        more_time_places=stored.get("more_time_places", default.more_time_places),
        miss_after=minutes("miss_after_minutes", default.miss_after),
        last_number=stored.get("last_number", default.last_number),
        phone_tickets=bool(stored.get("phone_tickets", default.phone_tickets)),
        announcing=announcing_policy(stored),
    )


FIELDS = (
    PolicyField(
        *("appointment_credit_minutes", "order", "minutes", 10, 0, 60, "Credit of an appointment"),
        "Whoever booked and comes in time counts as having come this much before the slot starts.",
    ),
    PolicyField(
        *("grace_minutes", "order", "minutes", 10, 0, 60, "Grace for late appointments"),
        "An appointment that checks in this much after its slot began still counts as in time.",
    ),
    PolicyField(
        *("priority_credit_minutes", "order", "minutes", 15, 0, 60, "Credit of the legal priority groups"),
        "Elderly and disabled people, pregnant women and servicemen count as having come this much earlier.",
    ),
    PolicyField(
        *("return_credit_minutes", "order", "minutes", 20, 0, 60, "Credit of coming back with papers"),
        "Whoever was sent for papers and comes back with the code counts as having come this much earlier.",
    ),
    PolicyField(
        *("help_limit_minutes", "order", "minutes", 20, 0, 120, "Help limit"),
        "After waiting this long, people are called at helping windows as if it were their own window.",
    ),
    PolicyField(
        *("reinstate_places", "order", "places", 3, 0, 20, "Places lost by a missed call"),
        "Whoever missed the call and comes back waits until this many followers have been called.",
    ),
    PolicyField(
        *("reinstate_minutes", "order", "minutes", 30, 5, 240, "A missed call can be put back for"),
        "Whoever missed the call and comes back within this time is put back, once for each ticket.",
    ),
    PolicyField(
        *("more_time_places", "order", "places", 3, 1, 20, "Places given up for more time"),
        "Whoever presses “I need more time” lets this many followers go first.",
    ),
    PolicyField(
        # Off: it takes a decision from the clerk, who sees whether somebody is on the way.
        *("miss_after_minutes", "order", "minutes", 0, 0, 10, "Missed by itself after the last call"),
        "Whoever was called four times and has not come by then is marked as not come; 0: the clerk does it.",
    ),
    PolicyField(
        *("wait_target_minutes", "alerts", "minutes", 20, 5, 180, "Longest wait people should have"),
        "The manager is told when somebody waits longer than this.",
    ),
    PolicyField(
        *("window_late_minutes", "alerts", "minutes", 10, 1, 60, "A planned window may be missing for"),
        "The manager is told when a window that the plan opens is still closed after this time.",
    ),
    PolicyField(
        *("arrivals_fewest", "alerts", "people", 8, 1, 200, "People beyond the forecast"),
        "So many more or fewer than expected must have come before the manager is told.",
    ),
    PolicyField(
        *("alert_settle_minutes", "alerts", "minutes", 10, 1, 60, "An alert keeps its state for"),
        "Alerts do not come and go within this time.",
    ),
    PolicyField(
        *("busy_share", "alerts", "share", 0.9, 0.5, 1, "How full windows may be planned"),
        "Beyond this share of their time queues grow; the day's gaps in windows are counted with it.",
    ),
    PolicyField(
        # On: whoever reads the screen may walk to the kiosk as well, and on the morning on which that
        # breaks nobody looks for a switch.
        *("phone_tickets", "tickets", "switch", 1, 0, 1, "Numbers by phone"),
        "The hall's screens show a code with which people in the hall take a number with their own phone.",
    ),
    *ANNOUNCING_FIELDS,
)
