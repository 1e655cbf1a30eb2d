"""Events become deliveries: the outbox is read hall by hall, and each endpoint gets what it asked for.

The bus plays no part: what must not be lost is read where it was written. A reader killed at any point has
written deliveries and cursor in one unit of work, or neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.rules.webhook_notices import Place, told
from booking.rules.webhooks import TRIED_FOR
from booking.webhooks import store
from kernel import catalogue
from kernel.ids import uuid7

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.webhook_notices import Told
    from booking.webhooks.store import Endpoint
    from kernel.clock import Clock
    from kernel.ids import HallId, WebhookId

HALLS_AT_ONCE = 20  # a unit of work; whoever calls or books goes first
EVENTS_AT_ONCE = 200
MOST_WAITING = 2_000  # of one endpoint; a unit of work adds up to four thousand more


def asking(session: Session) -> dict[WebhookId, Endpoint]:
    """Return the endpoints for which deliveries are to be made now.

    Of one that has ``MOST_WAITING`` the events wait in the outbox: however long it is away, and however much
    happens meanwhile, what is looked through for the next to send stays small.
    """
    active = {own.id: own for own in store.active(session)}
    full = store.with_many_waiting(session, MOST_WAITING) if active else set()
    return {own: active[own] for own in active if own not in full}


def anything_new(session: Session) -> bool:
    """Return whether something is to be handed on."""
    asked = asking(session)
    return bool(asked) and bool(store.behind(session, set(asked), limit=1))


def hand_on(session: Session, *, clock: Clock) -> int:
    """Make deliveries of what has happened since the last time, and return of how many halls.

    0: everything is handed on that may be.
    """
    active = asking(session)
    halls = store.behind(session, set(active), limit=HALLS_AT_ONCE) if active else []
    for hall_id in halls:
        asked = {own.id: own for own in active.values() if own.hall_id in (None, hall_id)}
        cursors = store.lock_cursors(session, hall_id, set(asked))
        if cursors:
            _hand_on(session, hall_id, [asked[own] for own in cursors], cursors, clock.now())
    return len(halls)


def _hand_on(
    session: Session, hall_id: HallId, asked: list[Endpoint], cursors: dict[WebhookId, int], now: datetime
) -> None:
    start = min(cursors.values())
    news = store.news_of(session, hall_id, start, limit=EVENTS_AT_ONCE)
    first = news[0].seq if news else store.first_kept(session, hall_id)
    if first > start + 1:
        _note_missed(session, asked, cursors, first)
    if not news:
        store.move_cursors(session, hall_id, set(cursors), first - 1)
        return
    place = _place(session, hall_id)
    rows = []
    for event in news:
        said = told(event.kind, event.payload, seq=event.seq, at=event.at, place=place)
        if said is not None:
            wanted = [own for own in asked if said.kind in own.kinds and cursors[own.id] < event.seq]
            rows += [_row(own, hall_id, event.seq, said, now) for own in wanted]
    store.add_deliveries(session, rows)
    store.move_cursors(session, hall_id, set(cursors), news[-1].seq)


def _note_missed(session: Session, asked: list[Endpoint], cursors: dict[WebhookId, int], first: int) -> None:
    """Count what is no longer kept: an endpoint was paused for longer than the outbox reaches back."""
    for own in store.lock_endpoints(session, [each.id for each in asked]):
        gap = first - 1 - cursors[own.id]
        if gap > 0:
            store.change(session, own.id, missed=own.missed + gap)


def _place(session: Session, hall_id: HallId) -> Place:
    hall = catalogue.hall(session, hall_id)
    prefixes = {str(queue.id): queue.prefix for queue in catalogue.queues(session, hall_id)}
    return Place(hall.code, hall.timezone, prefixes)


def _row(own: Endpoint, hall_id: HallId, seq: int, said: Told, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "webhook_id": own.id,
        "hall_id": hall_id,
        "seq": seq,
        "kind": said.kind.value,
        "body": said.body,
        "in_line": True,
        "created_at": now,
        "due_at": now,
        "not_after": now + TRIED_FOR,
    }
