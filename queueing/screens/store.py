"""Screens in the database; no decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from kernel.identity_tables import DeviceRow
from kernel.tables import HallRow
from kernel.touched import touched
from queueing.rules.screens import Screen, Sound
from queueing.screens.tables import ScreenRow

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.identity import Device
    from kernel.ids import HallId

_screens = ScreenRow.__table__
_devices = DeviceRow.__table__
_halls = HallRow.__table__


def locked_out(session: Session, device: Device) -> bool:
    """Return whether a screen has been locked out since its line was opened."""
    found = select(_devices.c.disabled).where(_devices.c.id == device.id)
    return session.execute(found).scalar_one_or_none() is not False


def still_so(
    session: Session,
    device: Device,
    sound: Sound,
    link: UUID,
    *,
    at: datetime,
    drift: timedelta | None = None,
) -> bool:
    """Note that a screen says the same on the same line; return False if it does not."""
    done = touched(
        session,
        update(_screens)
        .where(
            _screens.c.device_id == device.id,
            _screens.c.link == link,
            _screens.c.sound == sound.value,
            _screens.c.left_at.is_(None),
        )
        .values(heard_at=at, drift_ms=_milliseconds(drift)),
    )
    return done > 0


def put(
    session: Session,
    device: Device,
    sound: Sound,
    link: UUID,
    *,
    at: datetime,
    drift: timedelta | None = None,
) -> bool:
    """Keep what a screen says; return whether staff could see a difference.

    Under the hall's lock: two lines of a new screen would otherwise both find no row and insert one.
    """
    before = session.execute(select(_screens).where(_screens.c.device_id == device.id)).one_or_none()
    same = before is not None and before.sound == sound.value
    values: dict[str, Any] = {
        "link": link,
        "sound": sound.value,
        "sound_since": before.sound_since if before is not None and same else at,
        "heard_at": at,
        "left_at": None,
        "drift_ms": _milliseconds(drift),
    }
    if before is None:
        session.execute(insert(_screens).values(device_id=device.id, hall_id=device.hall_id, **values))
    else:
        session.execute(update(_screens).where(_screens.c.device_id == device.id).values(**values))
    return before is None or not same or before.left_at is not None


def leave(session: Session, device: Device, link: UUID, *, at: datetime) -> bool:
    """Note that a line ended; return False if the screen speaks on another one since."""
    done = touched(
        session,
        update(_screens)
        .where(_screens.c.device_id == device.id, _screens.c.link == link, _screens.c.left_at.is_(None))
        .values(left_at=at),
    )
    return done > 0


def screens_of(session: Session, hall_id: HallId) -> list[Screen]:
    """Return a hall's screens that are still registered, by name."""
    rows = session.execute(_REGISTERED.where(_screens.c.hall_id == hall_id))
    return [_screen(row) for row in rows]


def screens_of_city(session: Session) -> list[tuple[str, Screen]]:
    """Return the screens of all halls that are still registered, each with its hall's code, by name."""
    rows = session.execute(
        _REGISTERED.add_columns(_halls.c.code.label("hall_code")).join(
            _halls, _halls.c.id == _screens.c.hall_id
        )
    )
    return [(row.hall_code, _screen(row)) for row in rows]


_REGISTERED = (
    select(_screens, _devices.c.name, _devices.c.kind)
    .join(_devices, _devices.c.id == _screens.c.device_id)
    .where(_devices.c.disabled.is_(False))
    .order_by(_devices.c.name, _devices.c.id)
)


def _screen(row: Row[Any]) -> Screen:
    drift = None if row.drift_ms is None else timedelta(milliseconds=row.drift_ms)
    sound = Sound(row.sound)
    return Screen(row.name, sound, row.sound_since, row.heard_at, row.left_at, row.kind, drift)


def _milliseconds(drift: timedelta | None) -> int | None:
    return None if drift is None else round(drift / timedelta(milliseconds=1))
