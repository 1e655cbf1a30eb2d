"""Sessions of staff on both databases: they end idle, are listed, ended, tidied away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from kernel import sessions
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import IDLE_AFTER, open_session, session_hash, signed_in
from kernel.identity_tables import StaffSessionRow
from kernel.secrets import Vault
from tests.support.people import sit_before_pages

_sessions = StaffSessionRow.__table__  # type: ignore[attr-defined]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def people_sit_before_their_pages(database: Database, city: Any) -> None:
    sit_before_pages(database)


def test_a_session_ends_when_its_person_asks_for_nothing_for_so_long(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    token, begun = city.tokens["clerk1"], clock.now()

    def alive(after: timedelta, idle: timedelta = IDLE_AFTER) -> bool:
        return database.read_now(signed_in, token, vault=vault, now=begun + after, idle=idle) is not None

    assert alive(IDLE_AFTER - MINUTE)
    assert not alive(IDLE_AFTER)
    assert not alive(5 * MINUTE, idle=5 * MINUTE)
    database.write_now(sessions.note_active, token, vault=vault, at=begun + 10 * MINUTE)
    assert alive(IDLE_AFTER + 9 * MINUTE)
    assert not alive(IDLE_AFTER + 10 * MINUTE)
    # Another process's note of an earlier instant comes late: the latest stays.
    database.write_now(sessions.note_active, token, vault=vault, at=begun + 2 * MINUTE)
    assert alive(IDLE_AFTER + 9 * MINUTE)


def test_a_session_that_an_older_release_opened_counts_from_its_beginning(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    token = city.tokens["clerk1"]
    database.write_now(lambda session: session.execute(update(_sessions).values(active_at=None)))
    now = clock.now() + IDLE_AFTER - MINUTE
    assert database.read_now(signed_in, token, vault=vault, now=now) is not None
    database.write_now(sessions.note_active, token, vault=vault, at=now)
    assert database.read_now(signed_in, token, vault=vault, now=now + IDLE_AFTER - MINUTE) is not None


def test_own_sessions_are_listed_and_ended_one_by_one(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    person = city.clerks[0]
    other = database.write_now(
        open_session, person.id, vault=vault, now=clock.now() + MINUTE, device="Edge · Windows"
    )
    told = {"vault": vault, "now": clock.now() + MINUTE}
    here = city.tokens["clerk1"]
    listed = database.read_now(sessions.sessions_of, person.id, here, **told)
    assert [(each.here, each.device) for each in listed] == [(True, ""), (False, "Edge · Windows")]
    handle = listed[1].handle
    assert handle not in (here, other)
    assert not database.write_now(sessions.end_session, city.clerks[1].id, handle)  # not the own one
    assert not database.write_now(sessions.end_session, person.id, "no handle")
    assert database.write_now(sessions.end_session, person.id, handle)
    assert database.read_now(signed_in, other, **told) is None
    assert database.read_now(signed_in, here, **told) is not None


def test_ended_sessions_are_tidied_away_and_the_demos_clerks_stay(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    kept = session_hash(city.tokens["clerk2"], vault)
    database.write_now(
        lambda session: session.execute(
            update(_sessions).where(_sessions.c.token_hash == kept).values(unattended=True)
        )
    )
    later = clock.now() + IDLE_AFTER
    assert database.read_now(signed_in, city.tokens["clerk2"], vault=vault, now=later) is not None
    database.write_now(sessions.forget_ended, later)
    count = select(func.count()).select_from(_sessions)
    assert database.read_now(lambda session: session.execute(count).scalar_one()) == 1
