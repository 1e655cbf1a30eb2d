"""Citizens who rate and staff who answer, with their parts filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from booking.ratings import cases, service
from booking.ratings.report import By, RatingReport, rating_report
from booking.ratings.service import RatingView, Said
from booking.rules.ratings import Level, Reason
from kernel.identity import CITIZEN
from queueing import service as queueing

if TYPE_CHECKING:
    from booking.ratings.case_views import CaseView
    from booking.rules.rating_cases import CaseAction
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.identity import Staff
    from kernel.ids import RatingCaseId
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

PHONE = "13987650123"


@dataclass
class Raters:
    database: Database
    city: SmallCity
    clock: ManualClock
    vault: Vault

    # --- visits --------------------------------------------------------------------------------------

    def come(self, *wanted: str) -> str:
        """Let somebody come for these services and return the visit's token."""
        codes = wanted or ("id-card",)
        issued = self.database.write_now(
            queueing.issue_ticket,
            self.city.hall,
            [self.city.services[code] for code in codes],
            priority=False,
            by=CITIZEN,
            clock=self.clock,
            vault=self.vault,
        )
        return issued.token

    def call(self, place: int = 0) -> Any:
        window, clerk = self.city.windows[place], self.city.clerks[place]
        seen = self.database.read_now(queueing.desk, window, by=clerk, now=self.clock.now())
        if seen.window.status.value == "closed":
            self.database.write_now(queueing.open_window, window, by=clerk, clock=self.clock)
        return self.database.write_now(queueing.call_next, window, by=clerk, clock=self.clock)

    def serve(self, place: int = 0) -> None:
        """Call the next and see them through."""
        called = self.call(place)
        for step in (queueing.start, queueing.finish):
            self.database.write_now(step, called.id, by=self.city.clerks[place], clock=self.clock)

    def served(self, *wanted: str) -> str:
        """Return the token of somebody who has come and been served, at a window of the queue."""
        token = self.come(*wanted)
        for code in wanted or ("id-card",):
            self.serve(2 if code == "insurance" else 0)
        return token

    # --- ratings -------------------------------------------------------------------------------------

    def look(self, token: str) -> RatingView:
        return self.database.read_now(service.look_at_rating, token, now=self.clock.now(), vault=self.vault)

    def rate(
        self,
        token: str,
        level: Level = Level.SATISFIED,
        *,
        reasons: tuple[Reason, ...] = (),
        text: str = "",
        phone: str | None = None,
    ) -> RatingView:
        said = Said(level, reasons, text, phone)
        return self.database.write_now(service.rate, token, said, clock=self.clock, vault=self.vault)

    def report(self, by: By = By.QUEUE, *, days: int = 28, reader: Staff | None = None) -> RatingReport:
        return self.database.read_now(
            rating_report, "H1", days=days, by=by, reader=reader or self.city.manager,
            now=self.clock.now(), vault=self.vault,
        )  # fmt: skip

    # --- cases ---------------------------------------------------------------------------------------

    def cases(self, *, ended: bool = False, reader: Staff | None = None) -> tuple[CaseView, ...]:
        found = self.database.read_now(
            cases.list_cases, "H1", ended=ended, reader=reader or self.city.manager,
            now=self.clock.now(), vault=self.vault,
        )  # fmt: skip
        return found.cases

    def go_on(self, case_id: RatingCaseId, action: CaseAction, note: str = "", *, by: Staff) -> CaseView:
        return self.database.write_now(
            cases.go_on, case_id, action, note, by=by, clock=self.clock, vault=self.vault
        )

    def number(self, case_id: RatingCaseId, *, by: Staff) -> str:
        return self.database.write_now(cases.read_number, case_id, by=by, clock=self.clock, vault=self.vault)

    def rows(self, table: Any) -> list[Any]:
        asked = select(table.__table__).order_by(*table.__table__.primary_key)
        return self.database.read_now(lambda session: list(session.execute(asked)))
