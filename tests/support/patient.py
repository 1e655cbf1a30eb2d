"""A small city for ``jinban doctor`` to examine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from app.doctor.examination import examine
from app.doctor.findings import Level
from kernel.identity_tables import DeviceRow
from tests.conftest import test_settings

if TYPE_CHECKING:
    from app.doctor.findings import Finding
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from kernel.settings import Settings
    from tests.support.small_city import SmallCity


def table(row: Any) -> Any:
    return row.__table__


class Patient:
    """A small city that is well, but for what a test does to it."""

    def __init__(self, database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> None:
        self.database, self.city, self.clock, self.vault = database, city, clock, vault
        self.write(update(table(DeviceRow)).values(heard_at=clock.now()))

    def settings(self, **changes: Any) -> Settings:
        url = self.database.url.render_as_string(hide_password=False)
        return test_settings(database_url=url, **changes)

    def write(self, statement: Any, *values: Any) -> None:
        self.database.write_now(lambda session: session.execute(statement, *values) and None)

    def found(self, **changes: Any) -> dict[str, Finding]:
        return {own.what: own for own in examine(self.settings(**changes), self.clock, url="")}

    def bear_out(self, what: str, level: Level, words: str) -> None:
        finding = self.found()[what]
        assert (finding.level, words in finding.seen, bool(finding.helps)) == (level, True, True), finding
