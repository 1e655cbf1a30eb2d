"""The small city's first hall in its manager's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from kernel import catalogue
from kernel.ids import uuid7
from queueing.setup import service
from queueing.setup.schemas import SetupOut
from queueing.tables import ExpectedArrivalRow
from tests.conftest import CHINA

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


class Hall:
    """What the manager sees and does there."""

    def __init__(self, database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> None:
        self.database, self.city, self.clock, self.vault = database, city, clock, vault

    def now(self) -> SetupOut:
        seen = self.database.read_now(service.setup_of, "H1", by=self.city.manager, now=self.clock.now())
        return SetupOut.of(seen)

    def does(self, use_case: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        more = {"by": self.city.manager, "clock": self.clock, **kwargs}
        return self.database.write_now(use_case, "H1", *args, **more)

    def opens(self, day: date) -> list[str]:
        spans = self.database.read_now(catalogue.calendar, self.city.hall).spans(day)
        return [f"{s.opens_at.astimezone(CHINA):%H:%M}-{s.closes_at.astimezone(CHINA):%H:%M}" for s in spans]

    def expects(self, at: datetime) -> None:
        """Let somebody be expected for the first queue."""

        def unit(session: Session) -> None:
            session.execute(
                insert(ExpectedArrivalRow.__table__).values(  # type: ignore[attr-defined]
                    reference=uuid7(), queue_id=self.city.queue_a, due_at=at, show_probability=0.9
                )
            )

        self.database.write_now(unit)
