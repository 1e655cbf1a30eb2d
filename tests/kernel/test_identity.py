"""Staff sign in, links and devices, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kernel import identity
from kernel.accounts import choose_password, knows_password
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Forbidden
from kernel.identity import LOCK_AFTER, SESSION_LASTS, NameLocked, Role
from kernel.secrets import Vault, hash_password
from kernel.tables import StaffRow, StaffSessionRow

staff = StaffRow.__table__  # type: ignore[attr-defined]
sessions = StaffSessionRow.__table__  # type: ignore[attr-defined]
PASSWORD = "correct horse battery"


@pytest.fixture
def known(database: Database, city: Any) -> Any:
    hashed = hash_password(PASSWORD)
    database.write_now(
        lambda session: session.execute(
            update(staff).where(staff.c.username == "clerk1").values(password_hash=hashed)
        )
    )
    return city


def sign_in(database: Database, password: str, vault: Vault, clock: ManualClock) -> str | None:
    return database.write_now(identity.sign_in, "clerk1", password, vault=vault, now=clock.now())


def test_a_right_password_opens_a_session_that_ends(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    token = sign_in(database, PASSWORD, vault, clock)
    assert token is not None
    person = database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now())
    assert person is not None
    assert (person.role, person.hall_id) == (Role.CLERK, known.hall)
    clock.advance(SESSION_LASTS)
    assert database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now()) is None


def test_signing_out_ends_the_session(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    token = sign_in(database, PASSWORD, vault, clock)
    assert token is not None
    database.write_now(identity.sign_out, token, vault=vault)
    assert database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now()) is None


def test_wrong_passwords_are_counted_and_lock_the_name(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    for _ in range(LOCK_AFTER):
        assert sign_in(database, "wrong", vault, clock) is None
    with pytest.raises(NameLocked):
        sign_in(database, PASSWORD, vault, clock)
    clock.advance(timedelta(minutes=1))
    assert sign_in(database, PASSWORD, vault, clock) is not None


def test_an_unknown_name_is_answered_like_a_wrong_password(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    assert database.write_now(identity.sign_in, "nobody", "x", vault=vault, now=clock.now()) is None


def test_no_token_is_stored_as_it_is(database: Database, city: Any) -> None:
    stored = database.read_now(lambda session: session.execute(select(sessions.c.token_hash)).scalars().all())
    assert stored
    for token in city.tokens.values():
        assert all(token.encode() not in digest for digest in stored)


def test_a_sign_in_link_works_until_it_ends(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    ends = clock.now() + timedelta(hours=1)
    link = database.write_now(identity.new_sign_in_link, city.manager.id, vault=vault, expires_at=ends)
    token = database.write_now(identity.sign_in_by_link, link, vault=vault, now=clock.now())
    person = database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now())
    assert person == city.manager
    with pytest.raises(identity.LinkEnded):
        database.write_now(identity.sign_in_by_link, link, vault=vault, now=ends)


def test_people_and_devices_of_another_hall_are_kept_out(database: Database, city: Any, vault: Vault) -> None:
    with pytest.raises(Forbidden):
        city.other_clerk.must_work_in(city.hall)
    city.administrator.must_work_in(city.hall)
    kiosk = database.read_now(identity.device_by_token, city.tokens["kiosk"], vault=vault)
    assert kiosk is not None
    kiosk.must_stand_in(city.hall)
    with pytest.raises(Forbidden):
        kiosk.must_stand_in(city.other_hall)


def test_somebody_chooses_a_password_and_is_out_everywhere_else(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    here, elsewhere = (sign_in(database, PASSWORD, vault, clock) or "" for _ in range(2))
    person = database.read_now(identity.staff_by_token, here, vault=vault, now=clock.now())
    assert person is not None
    link = database.write_now(
        identity.new_sign_in_link, person.id, vault=vault, expires_at=clock.now() + SESSION_LASTS
    )
    keep = {"keep": identity.session_hash(here, vault), "now": clock.now()}
    other = hash_password("another battery horse")
    assert not database.write_now(choose_password, person.id, "guessed", other, **keep)
    assert sign_in(database, PASSWORD, vault, clock) is not None  # nothing was changed by the guess
    assert database.write_now(choose_password, person.id, PASSWORD, other, **keep)
    told = {"vault": vault, "now": clock.now()}
    assert database.read_now(identity.staff_by_token, here, **told) is not None
    assert database.read_now(identity.staff_by_token, elsewhere, **told) is None
    with pytest.raises(identity.LinkEnded):
        database.write_now(identity.sign_in_by_link, link, **told)
    assert sign_in(database, PASSWORD, vault, clock) is None
    assert sign_in(database, "another battery horse", vault, clock) is not None


def test_guesses_at_the_present_password_lock_the_name(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    token = sign_in(database, PASSWORD, vault, clock) or ""
    person = database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now())
    assert person is not None
    keep = {"keep": identity.session_hash(token, vault), "now": clock.now()}
    for _ in range(LOCK_AFTER):
        assert not database.write_now(choose_password, person.id, "guessed", "hash", **keep)
    with pytest.raises(NameLocked):
        database.write_now(choose_password, person.id, PASSWORD, "hash", **keep)


def test_who_came_by_links_needs_no_present_password_once(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    token = sign_in(database, PASSWORD, vault, clock) or ""
    person = database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now())
    assert person is not None
    database.write_now(
        lambda session: session.execute(
            update(staff).where(staff.c.id == person.id).values(password_chosen=False)
        )
    )
    assert not database.read_now(knows_password, person.id)
    keep = {"keep": identity.session_hash(token, vault), "now": clock.now()}
    assert database.write_now(choose_password, person.id, "", hash_password("my own first words"), **keep)
    assert database.read_now(knows_password, person.id)
    assert not database.write_now(choose_password, person.id, "", "hash", **keep)
