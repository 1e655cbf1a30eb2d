"""Use cases of the set-up about queues, services and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing.errors import WindowNotFound
from queueing.rules.provisional import LETTER
from queueing.rules.windows import served_at
from queueing.setup import store
from queueing.setup.errors import (
    LabelTaken,
    LetterReserved,
    PrefixTaken,
    QueueNotServed,
    ServiceNotHere,
    UsedByPlan,
    WindowSetupInvalid,
)
from queueing.setup.service import Change, HallSetup, begin, plans_to_keep, queue_in
from queueing.store.windows import equipment_of, windows_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

    from kernel.catalogue import HallQueue
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import QueueId, WindowId
    from queueing.setup.schemas import NewQueueIn, QueueSetupIn, WindowSetupIn
    from queueing.store.windows import Window


def set_queue(
    session: Session, code: str, queue_id: QueueId, wanted: QueueSetupIn, *, by: Staff, clock: Clock
) -> HallSetup:
    """Set names, typical minutes and urgency; raises ``QueueNotFound``, ``SetupChangedMeanwhile``."""
    change = begin(session, code, by=by, clock=clock)
    queue = queue_in(change, queue_id)
    change.compare(wanted.base, plain_queue(queue))
    store.write_queue(session, queue_id, **wanted.values())
    change.note("queue", queue.prefix, before=plain_queue(queue), after=wanted.values())
    change.tell_boards()
    return change.done()


def add_queue(session: Session, code: str, wanted: NewQueueIn, *, by: Staff, clock: Clock) -> HallSetup:
    """Add a queue; nothing waits there before services are moved to it.

    Raises ``PrefixTaken``, and ``LetterReserved`` for the letter of provisional numbers.
    """
    change = begin(session, code, by=by, clock=clock)
    prefixes = {each.prefix for each in change.done().queues}
    if wanted.prefix == LETTER:
        raise LetterReserved(prefix=wanted.prefix)
    if wanted.prefix in prefixes:
        raise PrefixTaken(prefix=wanted.prefix)
    store.add_queue(session, change.hall.id, prefix=wanted.prefix, **wanted.values())
    change.note("queue_added", wanted.prefix, after=wanted.values())
    change.tell_boards()
    return change.done()


def move_service(
    session: Session, code: str, service: str, queue_id: QueueId, *, by: Staff, clock: Clock
) -> HallSetup:
    """Let a service wait in another queue; who waits or has booked stays where they are.

    Raises ``ServiceNotHere``, ``QueueNotFound``, and ``QueueNotServed`` when nobody would call them.
    """
    change = begin(session, code, by=by, clock=clock)
    before = {each.code: each.queue_id for each in store.services_of(session, change.hall.id)}
    if service not in before:
        raise ServiceNotHere(service=service)
    queue = queue_in(change, queue_id)
    if not _has_primary_window_every_day(change, queue_id):
        raise QueueNotServed(queue=queue.prefix)
    store.move_service(session, change.hall.id, service, queue_id)
    old = queue_in(change, before[service])
    change.note("service", service, before=old.prefix, after=queue.prefix)
    return change.done()


def _has_primary_window_every_day(change: Change, queue_id: QueueId) -> bool:
    """Whether each plan that holds or waits and has any entries gives the queue a window of its own."""
    return all(any(e.queue_id == queue_id and not e.helping for e in plan) for plan in plans_to_keep(change))


def set_window(
    session: Session, code: str, window_id: WindowId, wanted: WindowSetupIn, *, by: Staff, clock: Clock
) -> HallSetup:
    """Set a window's names, equipment and list limit.

    Raises ``WindowNotFound``, ``WindowSetupInvalid``, ``SetupChangedMeanwhile``, and ``UsedByPlan`` for
    equipment or a place in the list that a plan uses which holds or waits.
    """
    change = begin(session, code, by=by, clock=clock)
    window = next((each for each in windows_of(session, change.hall.id) if each.id == window_id), None)
    if window is None:
        raise WindowNotFound(window=window_id)
    equipped = equipment_of(session, change.hall.id).get(window_id, set())
    change.compare(wanted.base, plain_window(window, equipped))
    _check_window(change, window, wanted)
    store.write_window(session, window_id, **wanted.values())
    store.write_equipment(session, window_id, sorted(wanted.queue_ids))
    change.note("window", window.label, before=plain_window(window, equipped), after=wanted.plain())
    return change.done()


def _check_window(change: Change, window: Window, wanted: WindowSetupIn) -> None:
    _check_equipment(change, wanted.queue_ids)
    served = {e.queue_id for plan in plans_to_keep(change) for e in plan if e.window_id == window.id}
    lost = served - wanted.queue_ids
    if lost:
        prefixes = [each.prefix for each in change.done().queues if each.id in lost]
        raise UsedByPlan(window=window.label, queues=prefixes)
    longest = _longest_list(change, window.id)
    if wanted.list_limit < longest:
        raise UsedByPlan(window=window.label, lists=longest)


def _longest_list(change: Change, window_id: WindowId) -> int:
    longest = 0
    for entries in plans_to_keep(change):
        starts = {entry.from_minute for entry in entries if entry.window_id == window_id}
        longest = max([longest, *(len(served_at(entries, window_id, minute)) for minute in starts)])
    return longest


def _check_equipment(change: Change, queue_ids: Collection[QueueId]) -> None:
    if not queue_ids:
        raise WindowSetupInvalid(queues=0)
    for queue_id in queue_ids:
        queue_in(change, queue_id)


def add_window(
    session: Session, code: str, label: str, wanted: WindowSetupIn, *, by: Staff, clock: Clock
) -> HallSetup:
    """Add a window, closed until a plan gives it queues and a clerk opens it; raises ``LabelTaken``."""
    change = begin(session, code, by=by, clock=clock)
    if any(each.label == label for each in windows_of(session, change.hall.id)):
        raise LabelTaken(label=label)
    _check_equipment(change, wanted.queue_ids)
    window_id = store.add_window(session, change.hall.id, label=label, **wanted.values())
    store.write_equipment(session, window_id, sorted(wanted.queue_ids))
    change.note("window_added", label, after=wanted.plain())
    change.tell_boards()
    return change.done()


def plain_queue(queue: HallQueue) -> dict[str, object]:
    """Return what a manager may set about a queue, for the trail and for comparing."""
    return {
        "name_zh": queue.name_zh,
        "name_en": queue.name_en,
        "mean_minutes": queue.mean_minutes,
        "plan_weight": queue.plan_weight,
    }


def plain_window(window: Window, equipped: Collection[QueueId]) -> dict[str, object]:
    """Return what a manager may set about a window, for the trail and for comparing."""
    return {
        "name_zh": window.name_zh,
        "name_en": window.name_en,
        "list_limit": window.list_limit,
        "queues": sorted(str(each) for each in equipped),
    }
