"""Screens and kiosks: registered for a hall, known by their token, heard of, locked out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select, update

from kernel.errors import NotFound
from kernel.identity import Device
from kernel.identity_tables import DeviceRow
from kernel.ids import DeviceId, uuid7
from kernel.secrets import new_token
from kernel.tables import HallRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import HallId
    from kernel.secrets import Vault

_devices = DeviceRow.__table__
_halls = HallRow.__table__


class DeviceNotFound(NotFound):
    code, title = "device-not-found", "There is no such device in this hall."


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """A screen or kiosk; its token is never shown again."""

    hall: str
    kind: str
    name: str
    disabled: bool
    heard_at: datetime | None


def add_device(
    session: Session, hall_id: HallId, *, kind: str, name: str, vault: Vault, window: str | None = None
) -> str:
    """Register a screen or kiosk and return its token, which is shown only now.

    ``window``: the label of the window that a screen of kind ``window`` hangs above.
    """
    token = new_token()
    session.execute(
        insert(_devices).values(
            id=uuid7(),
            hall_id=hall_id,
            kind=kind,
            name=name,
            token_hash=vault.digest(token, field="device"),
            disabled=False,
            window=window,
        )
    )
    return token


def device_by_token(session: Session, token: str, *, vault: Vault) -> Device | None:
    """Return the device that holds this token, or None when it is unknown or disabled."""
    row = session.execute(
        select(_devices).where(
            _devices.c.token_hash == vault.digest(token, field="device"), _devices.c.disabled.is_(False)
        )
    ).one_or_none()
    if row is None:
        return None
    return Device(DeviceId(row.id), row.hall_id, row.kind, row.name, row.heard_at, row.window)


def note_heard(session: Session, device_id: DeviceId, at: datetime) -> None:
    """Note that a device was heard of; a later note of another process is not put back."""
    session.execute(
        update(_devices)
        .where(_devices.c.id == device_id, or_(_devices.c.heard_at.is_(None), _devices.c.heard_at < at))
        .values(heard_at=at)
    )


def registered_devices(session: Session) -> list[RegisteredDevice]:
    """Return all screens and kiosks, by hall, kind and name; of one name, the first registered first."""
    rows = session.execute(
        select(_halls.c.code, _devices.c.kind, _devices.c.name, _devices.c.disabled, _devices.c.heard_at)
        .join(_halls, _halls.c.id == _devices.c.hall_id)
        .order_by(_halls.c.code, _devices.c.kind, _devices.c.name, _devices.c.id)
    )
    return [RegisteredDevice(*row) for row in rows]


def disable_device(session: Session, hall_id: HallId, kind: str, name: str) -> int:
    """Lock out a lost or stolen device; return how many go by that name. Raises ``DeviceNotFound``."""
    locked_out = session.execute(
        update(_devices)
        .where(_devices.c.hall_id == hall_id, _devices.c.kind == kind, _devices.c.name == name)
        .values(disabled=True)
        .returning(_devices.c.id)
    ).all()
    if not locked_out:
        raise DeviceNotFound(kind=kind, name=name)
    return len(locked_out)
