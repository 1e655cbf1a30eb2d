"""A screen says what it can do, its line ends, staff ask how the screens of their hall are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.events import lock_hall, record
from kernel.reach import hall_to_look_into
from queueing.events import ScreenChanged
from queueing.rules.screens import told_screen
from queueing.screens import store

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Device, Staff
    from queueing.rules.screens import Sound, ToldScreen


def heard(
    session: Session,
    device: Device,
    sound: Sound,
    link: UUID,
    *,
    clock: Clock,
    drift: timedelta | None = None,
) -> None:
    """Keep what a screen says of its sound and of its clock; desks hear at once of what is news of its sound.

    The same again on the same line moves one instant and takes no lock: most reports are such. A screen that
    was locked out while its line stood open is not listened to any more.
    """
    if store.locked_out(session, device):
        return
    if store.still_so(session, device, sound, link, at=clock.now(), drift=drift):
        return
    hall = lock_hall(session, device.hall_id)
    now = hall.tick(clock)
    if store.put(session, device, sound, link, at=now, drift=drift):
        record(session, hall, ScreenChanged(screen=device.id, what=sound.value), at=now)


def left(session: Session, device: Device, link: UUID, *, clock: Clock) -> None:
    """Note that a screen's line ended; a line that was followed by another changes nothing."""
    hall = lock_hall(session, device.hall_id)
    now = hall.tick(clock)
    if store.leave(session, device, link, at=now):
        record(session, hall, ScreenChanged(screen=device.id, what="left"), at=now)


def screens(session: Session, code: str, *, by: Staff, now: datetime, speed: float = 1.0) -> list[ToldScreen]:
    """Return how a hall's screens are; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_to_look_into(session, code, by)
    told = (told_screen(each, now=now, speed=speed) for each in store.screens_of(session, hall.id))
    return [each for each in told if each is not None]
