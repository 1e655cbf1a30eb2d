"""What the small city is told of services that go together: a related one, and two errands of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, update

from booking.city import forget_city
from kernel.tables import HallServiceRow, ServiceRow, ThemeRow

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.database import Database
    from tests.support.small_city import SmallCity

_services = ServiceRow.__table__  # type: ignore[attr-defined]
_themes = ThemeRow.__table__  # type: ignore[attr-defined]
_offers = HallServiceRow.__table__  # type: ignore[attr-defined]

ERRANDS = (
    ("moved", "搬家一件事", ["household", "id-card"]),
    ("work", "就业一件事", ["id-card", "insurance"]),
)


def add_errands(database: Database) -> None:
    """Let insurance be often done with an ID card, and make two errands: H2 does one of them whole."""

    def write(session: Session) -> None:
        related = update(_services).where(_services.c.code == "id-card").values(related=["insurance"])
        session.execute(related)
        for code, name, codes in ERRANDS:
            row = {"code": code, "name_zh": name, "name_en": code.title(), "service_codes": codes}
            session.execute(insert(_themes).values(row))

    database.write_now(write)
    database.read_now(forget_city)


def take_offer(database: Database, city: SmallCity, code: str) -> None:
    """Let the first hall do a service no more."""
    row = delete(_offers).where(_offers.c.hall_id == city.hall, _offers.c.service_id == city.services[code])
    database.write_now(lambda session: session.execute(row) and None)
    database.read_now(forget_city)
