"""Somebody with a phone in the first hall of the small city, as the use cases know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import update

from kernel.secrets import new_token
from kernel.tables import HallRow
from queueing.phone.proofs import Code, present_code
from queueing.phone.service import take_number

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from queueing.phone.proofs import Proof
    from queueing.service import IssuedTicket
    from tests.support.small_city import SmallCity


@dataclass(frozen=True, slots=True)
class Standing:
    """Whoever reads the hall's screen and takes numbers with the phone in their hand."""

    database: Database
    city: SmallCity
    vault: Vault
    clock: ManualClock

    def code(self) -> str:
        """Return what stands on the screens of the first hall now."""
        return present_code(self.city.hall, now=self.clock.now(), vault=self.vault)

    def take(
        self, browser: str, wanted: str = "id-card", *, proof: Proof | None = None, priority: bool = False
    ) -> IssuedTicket:
        return self.database.write_now(
            take_number,
            "H1",
            [wanted],
            priority=priority,
            browser=browser,
            proof=proof or Code(self.code()),
            clock=self.clock,
            vault=self.vault,
        )

    def set_policy(self, **values: float) -> None:
        """Set what the hall publishes, without its manager."""
        row = update(HallRow.__table__).where(HallRow.__table__.c.id == self.city.hall)  # type: ignore[attr-defined]
        self.database.write_now(lambda session: session.execute(row.values(policy=values)) and None)


def a_phone() -> str:
    """Return the word of a browser that nobody else has."""
    return new_token()
