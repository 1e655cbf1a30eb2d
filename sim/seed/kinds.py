"""Appointments that nobody has to come for: made-up terms of the larger halls and of the towns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.rules.meeting import AppointmentKind
from booking.tables import AppointmentKindRow
from sim.catalogue import Level
from sim.seed.rows import add_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlmodel import Session

    from sim.catalogue import City, HallPlan
    from sim.seed.ids import CityIds
    from sim.seed.rows import Values

# Matters that are talked over; papers follow by post or are on file.
BY_TELEPHONE = frozenset({"insurance-transfer", "medical-reimbursement", "remote-medical", "retirement"})
# Of people who often cannot come.
AT_HOME = frozenset({"pension-qualification", "chronic-disease"})


def add_kinds(session: Session, city: City, ids: CityIds, *, at: datetime) -> None:
    """Write that larger halls talk some matters over by telephone, and that towns come to people's homes."""
    rows = [row for code, hall in city.halls.items() for row in _kinds(hall, ids, code, at)]
    add_rows(session, AppointmentKindRow, rows)


def _kinds(hall: HallPlan, ids: CityIds, code: str, at: datetime) -> Iterator[Values]:
    town = hall.level is Level.TOWN
    kind, services = (AppointmentKind.HOME, AT_HOME) if town else (AppointmentKind.PHONE, BY_TELEPHONE)
    words = (
        (f"{hall.place.zh}各村、各社区", f"Villages and communities of {hall.place.en}")
        if town
        else ("请把材料放在手边", "Have your papers at hand")
    )
    for service in sorted(services & {offer.service for offer in hall.offers}):
        yield {
            "hall_id": ids.halls[code].hall,
            "service_id": ids.services[service],
            "kind": kind,
            "offered": True,
            "link": "",
            "words_zh": words[0],
            "words_en": words[1],
            "changed_at": at,
        }
