"""Holds, confirmations, moves, cancellations and time in any order: places are conserved."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from sqlalchemy import select, update

from app.migrate import migrate
from booking import service
from booking.rules.appointments import AppointmentStatus
from booking.rules.slots import SlotKey, needed_slots
from booking.service.slots import timetable
from booking.store import by_token
from booking.tables import AppointmentRow, QuotaClaimRow, SlotClaimRow, SlotRow
from kernel import catalogue
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.secrets import Vault
from kernel.tables import HallRow
from queueing.tables import ExpectedArrivalRow
from tests.booking.booking_city import build_city, client, local, person

if TYPE_CHECKING:
    from sqlmodel import Session

STARTS = [local(10, 30), local(11), local(11, 30), local(14), local(10, 30, days=1), local(11, days=1)]
SERVICES = [["elder-benefit"], ["social-card"], ["company-start"], ["elder-benefit", "social-card"]]
HALLS, APPOINTMENTS, CLAIMS = HallRow.__table__, AppointmentRow.__table__, SlotClaimRow.__table__
SLOTS, QUOTAS, EXPECTED = SlotRow.__table__, QuotaClaimRow.__table__, ExpectedArrivalRow.__table__
LIVE = {AppointmentStatus.HELD, AppointmentStatus.CONFIRMED}


class Booking(RuleBasedStateMachine):
    """Every step is a use case; after each the promises are looked up in the database itself."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="jinban-machine-"))
        self.database = Database(f"sqlite:///{self.folder / 'city.sqlite'}")
        migrate(self.database)
        self.clock, self.vault = ManualClock(local(9, 40)), Vault({1: os.urandom(32)}, os.urandom(32))
        self.clients = 0

    @initialize(rest=st.sampled_from([0, 7]))
    def found_city(self, rest: int) -> None:
        self.database.write_now(build_city)

        def set_rest(session: Session) -> None:
            session.execute(update(HALLS).values(policy={"freed_slot_rest_minutes": rest}))

        self.database.write_now(set_rest)

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _try(self, use_case: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.database.write_now(use_case, *args, clock=self.clock, vault=self.vault, **kwargs)
        except Refusal:
            return None

    @rule(target=tokens, starts_at=st.sampled_from(STARTS), services=st.sampled_from(SERVICES))
    def hold(self, starts_at: Any, services: list[str]) -> str:
        self.clients += 1
        held = self._try(service.hold, "city", services, starts_at, client=client(self.clients))
        return held.token if held else ""

    @rule(token=tokens, who=st.integers(0, 3))
    def confirm(self, token: str, who: int) -> None:
        self._try(service.confirm, token, person(who))

    @rule(token=tokens, starts_at=st.sampled_from(STARTS))
    def reschedule(self, token: str, starts_at: Any) -> None:
        self._try(service.reschedule, token, starts_at)

    @rule(token=consumes(tokens))
    def cancel(self, token: str) -> None:
        self._try(service.cancel, token)

    @rule(minutes=st.integers(1, 6))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @rule()
    def sweep(self) -> None:
        self.database.write_now(service.sweep_holds, clock=self.clock)

    @invariant()
    def every_promise_has_its_places_and_no_slot_has_too_many(self) -> None:
        self.database.read_now(self._check)

    def _check(self, session: Session) -> None:
        now = self.clock.now()
        slot_of = {row.id: SlotKey(row.queue_id, row.starts_at) for row in session.execute(select(SLOTS))}
        live = [
            claim
            for claim in session.execute(select(CLAIMS))
            if claim.expires_at is None or claim.expires_at > now
        ]
        if slot_of:
            table = timetable(session, catalogue.hall_by_code(session, "city"))
            for key, used in Counter(slot_of[claim.slot_id] for claim in live).items():
                assert used <= table.capacity(key)
        expected = {row.reference for row in session.execute(select(EXPECTED))}
        for row in session.execute(select(APPOINTMENTS)).all():
            runs = row.expires_at is None or row.expires_at > now
            mine = {
                slot_of[claim.slot_id]
                for claim in live
                if claim.appointment_id == row.id and claim.expires_at == row.expires_at
            }
            if row.status in LIVE and runs:
                appointment = by_token(session, row.token_hash)
                assert mine == set(
                    needed_slots(appointment.legs, appointment.starts_at, slot=timedelta(minutes=30))
                )
            assert (row.id in expected) == (row.status == AppointmentStatus.CONFIRMED)
        self._check_people(session)

    def _check_people(self, session: Session) -> None:
        zone = local(0).tzinfo
        booked = Counter(
            (row.phone_hash, (row.starts_at + timedelta(hours=8)).astimezone(zone).date())
            for row in session.execute(select(APPOINTMENTS)).all()
            if row.status == AppointmentStatus.CONFIRMED
        )
        assert all(count <= 2 for count in booked.values())


TestBooking = pytest.mark.slow(Booking.TestCase)
TestBooking.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
