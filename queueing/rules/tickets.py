"""The lifecycle of a ticket: one table, and a missing pair is a refusal."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class TicketStatus(StrEnum):
    """Where a ticket stands; the ending states say who ended it."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    PARKED = "parked"
    MISSED = "missed"
    FINISHED = "finished"  # by the clerk
    GIVEN_UP = "given_up"  # by the citizen
    CLOSED_UNSERVED = "closed_unserved"  # by the hall, at the end of its day
    NEVER_CAME = "never_came"  # missed, and not back by the end of the day
    SERVED_ON_PAPER = "served_on_paper"  # while the link was down; when is known only if a desk told it


class TicketAction(StrEnum):
    """What can be done to a ticket."""

    CALL = "call"
    RECALL = "recall"
    HOLD = "hold"  # the clerk waits on, although the calls are used up
    START = "start"
    FINISH = "finish"
    RECORD = "record"  # which services are done, while the person is there
    MISS = "miss"
    REINSTATE = "reinstate"
    PARK = "park"
    RESUME = "resume"
    TRANSFER = "transfer"
    MOVE_BACK = "move_back"
    UNDO_MOVE_BACK = "undo_move_back"
    GIVE_UP = "give_up"
    CLOSE_DAY = "close_day"
    SERVE_ON_PAPER = "serve_on_paper"
    UNDO_FINISH = "undo_finish"
    UNDO_MISS = "undo_miss"
    UNDO_START = "undo_start"
    UNDO_RECORD = "undo_record"
    UNDO_PARK = "undo_park"
    UNDO_PARK_CALLED = "undo_park_called"  # parked before the person had come to the window
    UNDO_TRANSFER = "undo_transfer"
    UNDO_TRANSFER_CALLED = "undo_sent_called"
    UNDO_GIVE_UP = "undo_give_up"
    UNDO_ON_PAPER = "undo_on_paper"


_S, _A = TicketStatus, TicketAction

TRANSITIONS: Mapping[tuple[TicketStatus, TicketAction], TicketStatus] = MappingProxyType(
    {
        (_S.WAITING, _A.CALL): _S.CALLED,
        (_S.CALLED, _A.RECALL): _S.CALLED,
        (_S.CALLED, _A.HOLD): _S.CALLED,
        (_S.CALLED, _A.START): _S.SERVING,
        (_S.CALLED, _A.MISS): _S.MISSED,
        (_S.CALLED, _A.PARK): _S.PARKED,
        (_S.CALLED, _A.TRANSFER): _S.WAITING,
        (_S.SERVING, _A.RECORD): _S.SERVING,
        (_S.SERVING, _A.FINISH): _S.FINISHED,
        (_S.SERVING, _A.PARK): _S.PARKED,
        (_S.SERVING, _A.TRANSFER): _S.WAITING,
        (_S.PARKED, _A.RESUME): _S.WAITING,
        (_S.PARKED, _A.CALL): _S.CALLED,
        (_S.MISSED, _A.REINSTATE): _S.WAITING,
        (_S.WAITING, _A.MOVE_BACK): _S.WAITING,
        (_S.WAITING, _A.UNDO_MOVE_BACK): _S.WAITING,
        (_S.WAITING, _A.TRANSFER): _S.WAITING,
        (_S.WAITING, _A.GIVE_UP): _S.GIVEN_UP,
        (_S.CALLED, _A.GIVE_UP): _S.GIVEN_UP,
        (_S.PARKED, _A.GIVE_UP): _S.GIVEN_UP,
        (_S.MISSED, _A.GIVE_UP): _S.GIVEN_UP,
        (_S.FINISHED, _A.UNDO_FINISH): _S.SERVING,
        (_S.MISSED, _A.UNDO_MISS): _S.CALLED,
        (_S.SERVING, _A.UNDO_START): _S.CALLED,
        (_S.SERVING, _A.UNDO_RECORD): _S.SERVING,
        (_S.PARKED, _A.UNDO_PARK): _S.SERVING,
        (_S.PARKED, _A.UNDO_PARK_CALLED): _S.CALLED,
        (_S.WAITING, _A.UNDO_TRANSFER): _S.SERVING,
        (_S.WAITING, _A.UNDO_TRANSFER_CALLED): _S.CALLED,
        (_S.GIVEN_UP, _A.UNDO_GIVE_UP): _S.WAITING,
        (_S.WAITING, _A.SERVE_ON_PAPER): _S.SERVED_ON_PAPER,
        (_S.MISSED, _A.SERVE_ON_PAPER): _S.SERVED_ON_PAPER,
        (_S.PARKED, _A.SERVE_ON_PAPER): _S.SERVED_ON_PAPER,
        (_S.CALLED, _A.SERVE_ON_PAPER): _S.SERVED_ON_PAPER,  # called into the void, served elsewhere before
        (_S.SERVED_ON_PAPER, _A.UNDO_ON_PAPER): _S.WAITING,
        (_S.WAITING, _A.CLOSE_DAY): _S.CLOSED_UNSERVED,
        (_S.PARKED, _A.CLOSE_DAY): _S.CLOSED_UNSERVED,
        (_S.CALLED, _A.CLOSE_DAY): _S.NEVER_CAME,
        (_S.MISSED, _A.CLOSE_DAY): _S.NEVER_CAME,
        (_S.SERVING, _A.CLOSE_DAY): _S.FINISHED,
    }
)

ENDINGS = frozenset({_S.FINISHED, _S.GIVEN_UP, _S.CLOSED_UNSERVED, _S.NEVER_CAME, _S.SERVED_ON_PAPER})
AT_WINDOW = frozenset({_S.CALLED, _S.SERVING})

UNDO_WITHIN: Mapping[TicketAction, timedelta] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *(_A.UNDO_FINISH, _A.UNDO_MISS, _A.UNDO_START, _A.UNDO_PARK, _A.UNDO_PARK_CALLED),
                *(_A.UNDO_TRANSFER, _A.UNDO_TRANSFER_CALLED, _A.UNDO_RECORD),
            ),
            timedelta(seconds=30),  # staff: long enough to notice a wrong key
        ),
        _A.UNDO_GIVE_UP: timedelta(seconds=60),  # citizens
        _A.UNDO_MOVE_BACK: timedelta(seconds=60),
        _A.UNDO_ON_PAPER: timedelta(hours=12),  # and within its day: it shows when the person comes to ask
    }
)

ISSUE = "issue"  # the first line of every ticket's log

MOST_SERVICES = 8  # of one visit; the longest errand (一件事) of the catalogue has five
RECALLS = 3  # a call is repeated at most three times …
RECALL_AFTER = timedelta(seconds=20)  # … and not in a hurry


def status_after(actions: Iterable[str]) -> TicketStatus:
    """Return where a ticket stands after its log: "issue" and then actions, each one possible.

    >>> status_after(["issue", "call", "start", "park"])
    <TicketStatus.PARKED: 'parked'>
    """
    status = TicketStatus.WAITING
    for action in actions:
        if action != ISSUE:
            status = TRANSITIONS[status, TicketAction(action)]
    return status


def number_label(prefix: str, number: int) -> str:
    """Return the number as people read it.

    >>> number_label("A", 42)
    'A042'
    """
    return f"{prefix}{number:03d}"
