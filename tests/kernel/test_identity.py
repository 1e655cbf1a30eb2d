"""Staff sign in, links and devices, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kernel import devices, identity, sessions, signing_in
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Forbidden
from kernel.identity import LOCK_AFTER, SESSION_LASTS, NameLocked, Role
from kernel.identity_tables import StaffRow, StaffSessionRow
from kernel.own_account import choose_password, knows_password
from kernel.secrets import Vault, hash_password
from kernel.signing_in import Asked, Entered
from tests.support.people import enter, typed

staff = StaffRow.__table__  # type: ignore[attr-defined]
session_rows = StaffSessionRow.__table__  # type: ignore[attr-defined]
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


def asking(vault: Vault, clock: ManualClock) -> Asked:
    return Asked(clock.now(), clock.now(), vault)


def sign_in(database: Database, password: str, vault: Vault, clock: ManualClock) -> str | None:
    done = enter(database, "clerk1", password, asking(vault, clock))
    return done.token if isinstance(done, Entered) else None


def test_a_right_password_opens_a_session_that_ends(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    token = sign_in(database, PASSWORD, vault, clock)
    assert token is not None
    person = database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now())
    assert person is not None
    assert (person.role, person.hall_id) == (Role.CLERK, known.hall)
    nearly = clock.now() + SESSION_LASTS - timedelta(minutes=1)
    database.write_now(sessions.note_active, token, vault=vault, at=nearly)
    assert database.read_now(identity.staff_by_token, token, vault=vault, now=nearly) is not None
    clock.advance(SESSION_LASTS)
    assert database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now()) is None


def test_signing_out_ends_the_session(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    token = sign_in(database, PASSWORD, vault, clock)
    assert token is not None
    database.write_now(sessions.sign_out, token, vault=vault, at=clock.now())
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
    assert enter(database, "nobody", "x", asking(vault, clock)) is None


def test_no_token_is_stored_as_it_is(database: Database, city: Any) -> None:
    stored = database.read_now(
        lambda session: session.execute(select(session_rows.c.token_hash)).scalars().all()
    )
    assert stored
    for token in city.tokens.values():
        assert all(token.encode() not in digest for digest in stored)


def test_a_sign_in_link_works_until_it_ends(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    ends = clock.now() + timedelta(hours=1)
    link = database.write_now(identity.new_sign_in_link, city.manager.id, vault=vault, expires_at=ends)
    done = database.write_now(signing_in.sign_in_by_link, link, asked=asking(vault, clock))
    assert isinstance(done, Entered)
    token = done.token
    person = database.read_now(identity.staff_by_token, token, vault=vault, now=clock.now())
    assert person == city.manager
    clock.set(ends)
    with pytest.raises(identity.LinkEnded):
        database.write_now(signing_in.sign_in_by_link, link, asked=asking(vault, clock))


def test_people_and_devices_of_another_hall_are_kept_out(database: Database, city: Any, vault: Vault) -> None:
    with pytest.raises(Forbidden):
        city.other_clerk.must_work_in(city.hall)
    city.administrator.must_work_in(city.hall)
    kiosk = database.read_now(devices.device_by_token, city.tokens["kiosk"], vault=vault)
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
    asked, other = asking(vault, clock), hash_password("another battery horse")
    assert (
        database.write_now(choose_password, person.id, typed(database, "guessed"), other, asked=asked) is None
    )
    assert sign_in(database, PASSWORD, vault, clock) is not None  # nothing was changed by the guess
    renewed = database.write_now(choose_password, person.id, typed(database, PASSWORD), other, asked=asked)
    assert renewed is not None
    told = {"vault": vault, "now": clock.now()}
    assert database.read_now(identity.staff_by_token, renewed.token, **told) is not None
    # The session it was made in is another one too: a copied token opens nothing any more.
    assert database.read_now(identity.staff_by_token, here, **told) is None
    assert database.read_now(identity.staff_by_token, elsewhere, **told) is None
    with pytest.raises(identity.LinkEnded):
        database.write_now(signing_in.sign_in_by_link, link, asked=asked)
    assert sign_in(database, PASSWORD, vault, clock) is None
    assert sign_in(database, "another battery horse", vault, clock) is not None


def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    checked, asked = typed(database, PASSWORD), asking(vault, clock)
    person, other = known.clerks[0], hash_password("another battery horse")
    assert database.write_now(choose_password, person.id, checked, other, asked=asked) is not None
    assert database.write_now(signing_in.sign_in, "clerk1", checked, asked=asked) is None


def test_guesses_at_the_present_password_lock_the_name(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    person, asked = known.clerks[0], asking(vault, clock)
    for _ in range(LOCK_AFTER):
        assert (
            database.write_now(choose_password, person.id, typed(database, "guessed"), "hash", asked=asked)
            is None
        )
    with pytest.raises(NameLocked):
        database.write_now(choose_password, person.id, typed(database, PASSWORD), "hash", asked=asked)


def test_who_came_by_links_needs_no_present_password_once(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    person, asked = known.clerks[0], asking(vault, clock)
    database.write_now(
        lambda session: session.execute(
            update(staff).where(staff.c.id == person.id).values(password_chosen=False)
        )
    )
    assert not database.read_now(knows_password, person.id)
    chosen = hash_password("my own first words")
    assert (
        database.write_now(choose_password, person.id, typed(database, ""), chosen, asked=asked) is not None
    )
    assert database.read_now(knows_password, person.id)
    assert database.write_now(choose_password, person.id, typed(database, ""), "hash", asked=asked) is None


def test_a_sign_in_name_is_known_in_any_case_and_width(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    for name in ("CLERK1", "ｃｌｅｒｋ１", " Clerk1 "):
        done = enter(database, name, PASSWORD, asking(vault, clock))
        assert isinstance(done, Entered), name
