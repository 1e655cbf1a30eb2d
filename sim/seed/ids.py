"""The ids that a seeded city got, by the codes of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kernel.ids import HallId, QueueId, ServiceId, StaffId, WindowId, uuid7

if TYPE_CHECKING:
    from uuid import UUID

    from sim.catalogue import City


@dataclass(frozen=True, slots=True)
class HallIds:
    """One hall's ids: queues by code in their order, windows and the clerk at each by label."""

    hall: HallId
    queues: dict[str, QueueId]
    windows: dict[str, WindowId]
    clerks: tuple[StaffId, ...]
    kiosk: UUID
    seats: dict[str, StaffId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CityIds:
    """All ids; ``halls`` by hall code, ``terminals`` by terminal code, ``services`` by service code."""

    halls: dict[str, HallIds]
    terminals: dict[str, HallId]
    services: dict[str, ServiceId]


def new_ids(city: City) -> CityIds:
    """Make ids for a city. Clerks sit at the windows of the starting plan, in the order of the labels."""
    halls = {}
    for code, hall in city.halls.items():
        clerks = tuple(StaffId(uuid7()) for _ in range(hall.clerks))
        planned = {entry.window for entry in hall.plan}
        seated = [window.label for window in hall.windows if window.label in planned]
        halls[code] = HallIds(
            hall=HallId(uuid7()),
            queues={queue: QueueId(uuid7()) for queue in hall.queues},
            windows={window.label: WindowId(uuid7()) for window in hall.windows},
            clerks=clerks,
            kiosk=uuid7(),
            seats=dict(zip(seated, clerks, strict=False)),
        )
    return CityIds(
        halls=halls,
        terminals={terminal.code: HallId(uuid7()) for terminal in city.terminals},
        services={code: ServiceId(uuid7()) for code in city.services},
    )
