"""What a kiosk does with provisional numbers: hold what it needs to work alone, hand in what it printed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.events import lock_hall
from kernel.ids import QueueId
from queueing.desk_entries.service import number_came
from queueing.notices.store import not_over
from queueing.provisional import store
from queueing.provisional.errors import BlocksUsedUp, DayNotReservable, NoProvisionalNumbers
from queueing.rules.provisional import (
    DAYS_AHEAD,
    MOST_BLOCKS,
    Reason,
    counts_from,
    day_refuses,
    days_to_hold,
    letter_is_free,
)
from queueing.service.issuing import issue_printed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar, Span
    from kernel.catalogue import Hall, HallQueue, Service
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Device
    from kernel.ids import HallId, ServiceId
    from kernel.secrets import Vault
    from queueing.rules.notices import Notice
    from queueing.rules.provisional import Slip


@dataclass(frozen=True, slots=True)
class Kit:
    """All that a kiosk needs to work alone; ``days``: for which it holds numbers, none where it may not."""

    now: datetime
    hall: Hall
    queues: tuple[HallQueue, ...]
    services: dict[QueueId, tuple[Service, ...]]
    spans: tuple[Span, ...]
    days: tuple[date, ...]
    notices: tuple[Notice, ...]


def kit(session: Session, code: str, *, device: Device, clock: Clock) -> Kit:
    """Return what a kiosk keeps for the time without its server; raises ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    device.must_stand_in(hall.id)
    now = clock.now()
    calendar = catalogue.calendar(session, hall.id)
    days = days_to_hold(calendar.local_day(now))
    queues = catalogue.queues(session, hall.id)
    return Kit(
        now=now,
        hall=hall,
        queues=tuple(queues),
        services=_services(session, hall.id),
        spans=tuple(span for day in days for span in calendar.spans(day)),
        days=days if letter_is_free(queue.prefix for queue in queues) else (),
        notices=tuple(not_over(session, hall.id, now)),
    )


def _services(session: Session, hall_id: HallId) -> dict[QueueId, tuple[Service, ...]]:
    known = {service.id: service for service in catalogue.services(session)}
    found = defaultdict[QueueId, list["Service"]](list)
    for offer in catalogue.offers_in(session, hall_id):
        if offer.queue_id is not None:
            found[offer.queue_id].append(known[offer.service_id])
    return {queue: tuple(sorted(own, key=lambda each: each.code)) for queue, own in found.items()}


def reserve(
    session: Session, code: str, days: Sequence[date], *, device: Device, clock: Clock
) -> list[store.Block]:
    """Reserve a further block of numbers of each of these local days for a kiosk alone.

    Raises ``WrongHall``, ``DayNotReservable``, ``BlocksUsedUp``, ``NoProvisionalNumbers``.
    """
    hall_id = catalogue.hall_by_code(session, code).id
    device.must_stand_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    if not letter_is_free(queue.prefix for queue in catalogue.queues(session, hall_id)):
        raise NoProvisionalNumbers(hall=code)
    today = catalogue.calendar(session, hall_id).local_day(now)
    made = []
    for day in sorted(set(days)):
        if not today <= day <= today + timedelta(days=DAYS_AHEAD):
            raise DayNotReservable(day=day)
        if store.count_blocks(session, hall_id, day, device.id) >= MOST_BLOCKS:
            raise BlocksUsedUp(day=day, most=MOST_BLOCKS)
        after = store.last_reserved(session, hall_id, day)
        made.append(store.add_block(session, hall_id, day, device.id, after=after, at=now))
    return made


def hand_in(
    session: Session, code: str, slips: Sequence[Slip], *, device: Device, clock: Clock, vault: Vault
) -> list[store.HandedIn]:
    """Turn what a kiosk printed without its server into tickets, each once, in the order of the paper.

    A slip that was handed in before is answered as it was then; one that can become no ticket is kept with
    its reason, for the staff. Raises ``WrongHall``.
    """
    hall_id = catalogue.hall_by_code(session, code).id
    device.must_stand_in(hall_id)
    hall = lock_hall(session, hall_id)
    hall.tick(clock)
    offered = {each.code: each.id for own in _services(session, hall_id).values() for each in own}
    in_order = sorted(slips, key=lambda slip: (slip.day, slip.number))
    return [_hand_in(session, hall, slip, offered, device, vault) for slip in in_order]


def _refuses(
    session: Session,
    hall: LockedHall,
    slip: Slip,
    block: store.Block | None,
    calendar: OpeningCalendar,
    offered: Collection[str],
) -> Reason | None:
    """Return why a slip can become no ticket, the first reason that holds; None if it can."""
    now = hall.ticked_at
    spans = calendar.spans(today := calendar.local_day(now))
    of_day = day_refuses(slip, today=today, closes_at=spans[-1].closes_at if spans else None, now=now)
    if of_day is not None:
        return of_day
    if slip.service not in offered:
        return Reason.NOT_OFFERED
    if store.number_has_merged(session, hall.hall_id, slip.day, slip.number):
        return Reason.NUMBER_TAKEN
    return Reason.NOT_RESERVED if block is None else None


def _hand_in(
    session: Session,
    hall: LockedHall,
    slip: Slip,
    offered: dict[str, ServiceId],
    device: Device,
    vault: Vault,
) -> store.HandedIn:
    before = store.handed_in(session, slip.id)
    if before is not None:
        return before
    hall_id, now = hall.hall_id, hall.ticked_at
    calendar = catalogue.calendar(session, hall_id)
    spans = calendar.spans(calendar.local_day(now))
    block = store.block_with(session, hall_id, slip.day, slip.number)
    refused = _refuses(session, hall, slip, block, calendar, offered)
    if refused is not None or block is None:
        return store.add_slip(session, hall_id, device.id, slip, at=now, refused=refused)
    printed = counts_from(
        slip,
        not_before=(spans[0].opens_at, block.reserved_at),
        previous=store.arrival_before(session, hall_id, block, slip.number),
        now=now,
    )
    ticket = issue_printed(
        session,
        hall,
        offered[slip.service],
        number=slip.number,
        printed=printed,
        priority=slip.priority,
        by=device.actor,
        vault=vault,
    )
    merged = store.add_slip(
        session, hall_id, device.id, slip, at=now, arrived_at=printed.at, ticket_id=ticket.id
    )
    number_came(session, hall, ticket.label)
    return merged
