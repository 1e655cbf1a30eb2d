"""The board of a hall as pure state: board-before + event = board-after.

A repeat changes nothing, a gap raises ``MissedEvents`` and the reader refetches; recovery equals
start-up. The same boards are built from the database by ``queueing.service.board``, and a test for
every use case holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import singledispatch
from typing import TYPE_CHECKING

from queueing import events as e
from queueing.rules.announcing import USUAL, Announcing
from queueing.rules.doors import NOT_KNOWN, Doors
from queueing.rules.steady import Band, Reason, ShownBand, band_of
from queueing.rules.tickets import TicketStatus
from queueing.rules.waits import WaitRange

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from kernel.events import Event
    from queueing.rules.notices import Notice

CALLS_KEPT = 12  # at least five stay in sight; a full screen shows the rest


class MissedEvents(Exception):
    """An event came whose predecessor is missing; fetch the board again."""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue on the board: how many wait, the wait of somebody who joins now, and what people read of it.

    ``shown`` is None until something was published (``queueing.publishing``).
    """

    queue_id: UUID
    prefix: str
    name_zh: str
    name_en: str
    waiting: int
    wait: WaitRange | None = None
    shown: ShownBand | None = None

    @property
    def band(self) -> Band | None:
        """What people read: as shown, or as it would be told if nothing was published yet."""
        return self.shown.band if self.shown else band_of(self.wait, self.waiting)

    @property
    def reason(self) -> Reason | None:
        return self.shown.reason if self.shown else None


@dataclass(frozen=True, slots=True)
class WindowSign:
    """A window on the board: its status, the number at it, the prefixes of the queues it serves.

    ``serving``: whether whoever was called with that number has come, or is awaited still.
    ``meant_for``: the numbers that wait for this window alone, sorted.
    """

    label: str
    status: str
    number: str | None = None
    serves: tuple[str, ...] = ()
    serving: bool = False
    meant_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is shown: ``times`` counts the announcements."""

    number: str
    window: str
    at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Board:
    """A hall after its event ``seq``; calls newest first, notices those that end first coming first.

    A notice begins and ends by time too, without an event: whoever shows a board asks each whether it stands,
    and of the doors whether they are open.
    """

    hall_id: UUID
    seq: int
    at: datetime
    plan_version: int
    queues: tuple[QueueLine, ...]
    windows: tuple[WindowSign, ...]
    calls: tuple[Call, ...]
    notices: tuple[Notice, ...] = ()
    announcing: Announcing = USUAL
    doors: Doors = NOT_KNOWN


def apply(board: Board, event: Event, *, seq: int, at: datetime) -> Board:
    """Return the board after an event; raises ``MissedEvents`` on a gap."""
    if seq <= board.seq:
        return board
    if seq > board.seq + 1:
        raise MissedEvents(f"board has {board.seq}, got {seq}")
    return replace(_after(event, board, at), seq=seq, at=at)


@singledispatch
def _after(_event: Event, board: Board, _at: datetime) -> Board:
    """Events that do not show on a board only move its ``seq``."""
    return board


def _queue(board: Board, queue_id: UUID, change: int) -> Board:
    def changed(line: QueueLine) -> QueueLine:
        return replace(line, waiting=line.waiting + change) if line.queue_id == queue_id else line

    return replace(board, queues=tuple(changed(line) for line in board.queues))


def _window(board: Board, label: str | None, change: Callable[[WindowSign], WindowSign]) -> Board:
    signs = tuple(change(sign) if sign.label == label else sign for sign in board.windows)
    return replace(board, windows=signs)


def _at_window(board: Board, label: str | None, number: str | None, *, serving: bool = False) -> Board:
    return _window(board, label, lambda sign: replace(sign, number=number, serving=serving))


def _meant_for(board: Board, number: str, label: str | None = None) -> Board:
    """Return the board on which a number waits for that window alone, or for none."""

    def changed(sign: WindowSign) -> WindowSign:
        others = {own for own in sign.meant_for if own != number}
        return replace(sign, meant_for=tuple(sorted(others | {number} if sign.label == label else others)))

    if label is None and not any(number in sign.meant_for for sign in board.windows):
        return board
    return replace(board, windows=tuple(changed(sign) for sign in board.windows))


def _announced(board: Board, call: Call) -> Board:
    others = tuple(kept for kept in board.calls if kept.number != call.number)
    return replace(board, calls=(call, *others)[:CALLS_KEPT])


@_after.register
def _issued(event: e.TicketIssued, board: Board, _at: datetime) -> Board:
    return _queue(board, event.queue_id, +1)


@_after.register
def _called(event: e.TicketCalled, board: Board, at: datetime) -> Board:
    if event.was_waiting:
        board = _meant_for(_queue(board, event.queue_id, -1), event.number)
    if event.remote:
        return board
    board = _at_window(board, event.window, event.number)
    return _announced(board, Call(event.number, event.window, at))


@_after.register
def _recalled(event: e.TicketRecalled, board: Board, at: datetime) -> Board:
    if event.remote:
        return board
    return _announced(board, Call(event.number, event.window, at, event.times))


@_after.register
def _started(event: e.TicketStarted, board: Board, _at: datetime) -> Board:
    return board if event.remote else _at_window(board, event.window, event.number, serving=True)


@_after.register
def _left_window(event: e.TicketLeftWindow, board: Board, _at: datetime) -> Board:
    return _at_window(board, event.window, None)


@_after.register
def _back_at_window(event: e.TicketBackAtWindow, board: Board, _at: datetime) -> Board:
    if event.left_queue_id is not None:
        board = _meant_for(_queue(board, event.left_queue_id, -1), event.number)
    if event.remote:
        return board
    return _at_window(board, event.window, event.number, serving=event.status == TicketStatus.SERVING)


@_after.register
def _requeued(event: e.TicketRequeued, board: Board, _at: datetime) -> Board:
    if event.from_queue_id is not None:
        board = _queue(board, event.from_queue_id, -1)
    if event.window is not None:
        board = _at_window(board, event.window, None)
    shown_at = None if event.remote else event.for_window
    return _queue(_meant_for(board, event.number, shown_at), event.queue_id, +1)


@_after.register
def _left_queue(event: e.TicketLeftQueue, board: Board, _at: datetime) -> Board:
    return _meant_for(_queue(board, event.queue_id, -1), event.number) if event.was_waiting else board


@_after.register
def _window_changed(event: e.WindowChanged, board: Board, _at: datetime) -> Board:
    # Whoever was meant for a window that closes is called by all that serve the queue.
    closed = event.status == "closed"

    def changed(sign: WindowSign) -> WindowSign:
        return replace(sign, status=event.status, meant_for=() if closed else sign.meant_for)

    return _window(board, event.window, changed)


@_after.register
def _plan_applied(event: e.WindowPlanApplied, board: Board, _at: datetime) -> Board:
    signs = tuple(replace(sign, serves=tuple(event.serves.get(sign.label, ()))) for sign in board.windows)
    return replace(board, windows=signs, plan_version=event.plan_version)


@_after.register
def _estimates(event: e.EstimatesPublished, board: Board, _at: datetime) -> Board:
    told = {queue.queue_id: queue for queue in event.queues}

    def after(line: QueueLine) -> QueueLine:
        own = told.get(line.queue_id)
        return replace(line, wait=own.range, shown=own.shown) if own else line

    return replace(board, queues=tuple(after(line) for line in board.queues))


@_after.register
def _notices_changed(event: e.NoticesChanged, board: Board, _at: datetime) -> Board:
    return replace(board, notices=tuple(own.notice for own in event.notices))


@_after.register
def _announcing_changed(event: e.AnnouncingChanged, board: Board, _at: datetime) -> Board:
    return replace(board, announcing=Announcing(event.languages, event.one, event.digit_share))


@_after.register
def _doors_changed(event: e.DoorsChanged, board: Board, _at: datetime) -> Board:
    return replace(board, doors=event.doors)


@_after.register
def _set_up_changed(event: e.HallSetUpChanged, board: Board, _at: datetime) -> Board:
    lines = {line.queue_id: line for line in board.queues}
    signs = {sign.label: sign for sign in board.windows}
    queues = tuple(
        replace(
            lines.get(each.queue_id) or QueueLine(each.queue_id, each.prefix, "", "", 0),
            name_zh=each.name_zh,
            name_en=each.name_en,
        )
        for each in event.queues
    )
    windows = tuple(signs.get(label) or WindowSign(label, "closed") for label in event.windows)
    return replace(board, queues=queues, windows=windows)
