"""Two managers save at once: one wins, one is told; without the lock the first one's work is gone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from typing import Any

from sqlmodel import Session

from kernel import catalogue
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.secrets import Vault
from queueing.setup import contact, people, service, store
from queueing.setup.rules import checked_hours, fingerprint
from queueing.setup.schemas import ContactIn, NewClerkIn
from queueing.setup.service import plain_hours
from tests.support.races import behind_the_writer

WEEKS = [{0: [(time(9), time(hour))]} for hour in (12, 17)]


def test_of_two_managers_who_save_on_one_base_one_is_told(
    database: Database, city: Any, clock: ManualClock
) -> None:
    base = fingerprint(plain_hours(database.read_now(store.hours_of, city.hall)))
    gate = threading.Barrier(2)

    def save(place: int) -> str:
        gate.wait(5)
        try:
            database.write_now(
                service.set_hours,
                "H1",
                WEEKS[place],
                base=base,
                accept=False,
                by=city.manager,
                clock=clock,
            )
        except Refusal as refused:
            return refused.code
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, range(2))) == ["saved", "setup-changed-meanwhile"]


def test_without_the_lock_both_save_and_one_week_is_gone(
    database: Database, city: Any, clock: ManualClock
) -> None:
    """Both compare with the same week before either writes; the later write wins without a word."""
    base = fingerprint(plain_hours(database.read_now(store.hours_of, city.hall)))
    both_compared = threading.Barrier(2)
    turn = threading.Lock()

    def naive_save(place: int) -> str:
        compared = threading.Event()

        def unit(session: Session) -> str:
            same = fingerprint(plain_hours(store.hours_of(session, city.hall))) == base
            if not compared.is_set():
                session.rollback()  # the read is over; nothing is held until the write
                compared.set()
                both_compared.wait(5)
                seen.append(same)
            with turn:
                store.write_hours(session, city.hall, checked_hours(WEEKS[place]))
                session.commit()
            return "saved"

        return behind_the_writer(database, unit)

    seen: list[bool] = []
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(naive_save, range(2))) == ["saved", "saved"]
    assert seen == [True, True]
    kept = database.read_now(store.hours_of, city.hall)
    assert kept[0] in [tuple(week[0]) for week in WEEKS]


def test_of_two_managers_who_save_the_address_at_once_one_is_told(
    database: Database, city: Any, clock: ManualClock
) -> None:
    base = fingerprint(contact.plain_contact(database.read_now(catalogue.hall, city.hall)))
    gate = threading.Barrier(2)

    def save(phone: str) -> str:
        gate.wait(5)
        asked = ContactIn(phone=phone, base=base)
        try:
            database.write_now(contact.set_contact, "H1", asked, by=city.manager, clock=clock)
        except Refusal as refused:
            return refused.code
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(save, ("0660-3390001", "0660-3390002")))
    assert ended == ["saved", "setup-changed-meanwhile"]


def test_two_managers_of_two_halls_cannot_give_one_sign_in_name(
    database: Database, city: Any, clock: ManualClock, vault: Vault
) -> None:
    """The halls' locks are two; the schema's unique name decides, and the loser is refused, not broken.

    One types it with capitals: names that differ in nothing else are one.
    """
    gate, typed = threading.Barrier(2), {"H1": "li.min", "H2": "Li.Min"}

    def add(code: str) -> str:
        gate.wait(5)
        try:
            database.write_now(
                people.add_clerk,
                code,
                NewClerkIn(username=typed[code], name="李敏"),
                by=city.administrator,
                clock=clock,
            )
        except Refusal as refused:
            return refused.code
        return "added"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, ("H1", "H2"))) == ["added", "username-taken"]
