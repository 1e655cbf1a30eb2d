"""SQL of the kinds of appointments: what a hall offers of a service, and what it says about it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from booking.rules.meeting import AppointmentKind
from booking.tables import AppointmentKindRow
from kernel.ids import HallId, ServiceId
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlmodel import Session

kinds = AppointmentKindRow.__table__


@dataclass(frozen=True, slots=True)
class KindTerms:
    """What a hall says about one kind of a service's appointments; it stands when no longer offered."""

    service_id: ServiceId
    kind: AppointmentKind
    offered: bool
    link: str
    words_zh: str
    words_en: str


def terms_in(
    session: Session, hall_id: HallId, service_ids: Collection[ServiceId] | None = None
) -> list[KindTerms]:
    """Return what a hall says about kinds, of all services or of these; what it never set has none."""
    asked = select(kinds).where(kinds.c.hall_id == hall_id)
    if service_ids is not None:
        asked = asked.where(kinds.c.service_id.in_(service_ids))
    return [_terms(row) for row in session.execute(asked.order_by(kinds.c.service_id, kinds.c.kind))]


def offered_everywhere(session: Session) -> dict[ServiceId, dict[HallId, frozenset[AppointmentKind]]]:
    """Return by service and hall in which kinds beside the hall's own an appointment may be had."""
    found: defaultdict[ServiceId, defaultdict[HallId, set[AppointmentKind]]]
    found = defaultdict(lambda: defaultdict(set))
    for row in session.execute(select(kinds).where(kinds.c.offered.is_(True))):
        found[ServiceId(row.service_id)][HallId(row.hall_id)].add(AppointmentKind(row.kind))
    return {own: {hall: frozenset(each) for hall, each in halls.items()} for own, halls in found.items()}


def write_terms(session: Session, hall_id: HallId, terms: KindTerms, *, at: datetime) -> None:
    """Write what a hall says about a kind, in place of what it said before."""
    values: Mapping[str, Any] = {
        "offered": terms.offered,
        "link": terms.link,
        "words_zh": terms.words_zh,
        "words_en": terms.words_en,
        "changed_at": at,
    }
    statement = insert_into(session, kinds).values(
        hall_id=hall_id, service_id=terms.service_id, kind=terms.kind, **values
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[kinds.c.hall_id, kinds.c.service_id, kinds.c.kind], set_=dict(values)
        )
    )


def _terms(row: Any) -> KindTerms:
    return KindTerms(
        ServiceId(row.service_id),
        AppointmentKind(row.kind),
        row.offered,
        row.link,
        row.words_zh,
        row.words_en,
    )
