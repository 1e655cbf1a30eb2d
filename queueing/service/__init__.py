"""The use cases of the live day; each reads as its story: lock, load, decide, write, record."""

from queueing.service.boards import HallDay, board, hall_day
from queueing.service.calling import (
    call_next,
    call_ticket,
    finish,
    miss,
    park,
    recall,
    start,
)
from queueing.service.citizens import (
    follow,
    follow_and_keep,
    give_up,
    need_more_time,
    undo_give_up,
    undo_more_time,
)
from queueing.service.closing import close_day
from queueing.service.desks import (
    DeskView,
    close_window,
    desk,
    open_window,
    pause_window,
    resume_window,
)
from queueing.service.issuing import Due, issue_ticket
from queueing.service.looking_ahead import NextPerson, look_next
from queueing.service.missing import hold_call, miss_by_itself, missed_by_now
from queueing.service.planned import apply_due_plans, cancel_plan, schedule_plan
from queueing.service.plans import apply_for_a_day, apply_plan, plan_of, publish_plan
from queueing.service.putting_back import reinstate, reinstate_until, resume
from queueing.service.recording import record_services
from queueing.service.sending import Colleague, colleagues, send_to_window, transfer
from queueing.service.undoing import undo
from queueing.service.views import IssuedTicket, TicketView, WindowView
from queueing.store import (
    Plan,
    PlanVersion,
    Window,
    equipment_of,
    skills_in,
    waiting_plans,
    weekday_of,
    windows_of,
)
from queueing.store import plan_of as plan_on

__all__ = [
    "Colleague",
    "DeskView",
    "Due",
    "HallDay",
    "IssuedTicket",
    "NextPerson",
    "Plan",
    "PlanVersion",
    "TicketView",
    "Window",
    "WindowView",
    "apply_due_plans",
    "apply_for_a_day",
    "apply_plan",
    "board",
    "call_next",
    "call_ticket",
    "cancel_plan",
    "close_day",
    "close_window",
    "colleagues",
    "desk",
    "equipment_of",
    "finish",
    "follow",
    "follow_and_keep",
    "give_up",
    "hall_day",
    "hold_call",
    "issue_ticket",
    "look_next",
    "miss",
    "miss_by_itself",
    "missed_by_now",
    "need_more_time",
    "open_window",
    "park",
    "pause_window",
    "plan_of",
    "plan_on",
    "publish_plan",
    "recall",
    "record_services",
    "reinstate",
    "reinstate_until",
    "resume",
    "resume_window",
    "schedule_plan",
    "send_to_window",
    "skills_in",
    "start",
    "transfer",
    "undo",
    "undo_give_up",
    "undo_more_time",
    "waiting_plans",
    "weekday_of",
    "windows_of",
]
