"""An installation that asks a licence system, with an answer of the test's own."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from booking.licences.port import LicencesAway, NotActing, OnFile
from tests.booking.booking_city import BookingCity, build_city
from tests.booking.desk import Desk

if TYPE_CHECKING:
    from booking.licences.port import Question
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


class Office:
    """A licence system in this process: what is on file, whether it answers, and what it was asked."""

    def __init__(self) -> None:
        self.until: dict[str, date | None] = {}
        self.away = self.not_acting = False
        self.asked: list[Question] = []

    async def on_file(self, question: Question) -> OnFile:
        self.asked.append(question)
        if self.away:
            raise LicencesAway("away")
        if self.not_acting:
            raise NotActing
        return OnFile({name: self.until[name] for name in question.papers if name in self.until})

    async def aclose(self) -> None:
        return None


@pytest.fixture
def office() -> Office:
    made = Office()
    made.until = {"居民身份证": date(2031, 5, 1), "居民户口簿": None, "申请表": None}
    return made


@pytest.fixture
def booking_city(database: Database) -> BookingCity:
    return database.write_now(build_city)


@pytest.fixture
def desk(database: Database, clock: ManualClock, vault: Vault, booking_city: BookingCity) -> Desk:
    assert booking_city
    return Desk(database, clock, vault)
