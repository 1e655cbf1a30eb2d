"""All SQL of the live day; the hot statements are SQLAlchemy Core, the ORM costs several times their CPU.

Whoever changes a hall's queue holds its lock (``kernel.events.lock_hall``).
"""

from queueing.store.plans import Plan, add_plan, plan_of, plan_version, special_plans, weekday_of
from queueing.store.ticket_writes import (
    add_ticket,
    add_visit,
    append_log,
    move,
    next_leg,
    next_number,
    service_names,
    told,
)
from queueing.store.tickets import (
    Ticket,
    ahead_of,
    followers,
    in_status,
    policy,
    queue_heads,
    recent_calls,
    ticket,
    tickets_of_visit,
    waiting_counts,
    waiting_in,
)
from queueing.store.windows import Window, equipment_of, set_window, skills_of, window, windows_of

__all__ = [
    "Plan",
    "Ticket",
    "Window",
    "add_plan",
    "add_ticket",
    "add_visit",
    "ahead_of",
    "append_log",
    "equipment_of",
    "followers",
    "in_status",
    "move",
    "next_leg",
    "next_number",
    "plan_of",
    "plan_version",
    "policy",
    "queue_heads",
    "recent_calls",
    "service_names",
    "set_window",
    "skills_of",
    "special_plans",
    "ticket",
    "tickets_of_visit",
    "told",
    "waiting_counts",
    "waiting_in",
    "weekday_of",
    "window",
    "windows_of",
]
