"""The second factor of staff on both databases: asked for, taken once, counted, required, reset."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, update

from kernel import accounts, identity
from kernel.audit import trail
from kernel.clock import ManualClock, ShiftedClock, SystemClock, wall
from kernel.database import Database
from kernel.identity import LOCK_AFTER, NameLocked, Role
from kernel.identity_tables import RecoveryCodeRow, SecondFactorRow
from kernel.own_account import (
    SecondFactorRequired,
    Wrong,
    choose_password,
    new_recovery_codes,
    own_account,
    set_up_second_factor,
    take_off_second_factor,
)
from kernel.second_factor import offer, offered, second_factor_of, take_code
from kernel.secrets import Vault
from kernel.signing_in import (
    HALF_LASTS,
    Entered,
    HalfWay,
    SignInNotFinished,
    Step,
    enter_code,
    half_way,
    set_up_half_way,
    sign_in_by_link,
)
from tests.support.people import (
    PASSWORD,
    PASSWORD_HASH,
    Telephone,
    asking,
    enter,
    give_passwords,
    typed,
    with_telephone,
)

_factors = SecondFactorRow.__table__  # type: ignore[attr-defined]
_codes = RecoveryCodeRow.__table__  # type: ignore[attr-defined]


@pytest.fixture
def known(database: Database, city: Any) -> Any:
    give_passwords(database)
    return city


def begin(database: Database, vault: Vault, clock: ManualClock, *required: Role) -> HalfWay:
    done = enter(database, "clerk1", PASSWORD, asking(vault, clock, *required))
    assert isinstance(done, HalfWay)
    return done


def test_the_code_is_asked_for_after_the_password_and_is_taken_once(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    telephone, _ = with_telephone(database, known.clerks[0], vault, clock)
    half, asked = begin(database, vault, clock), asking(vault, clock)
    assert half.step is Step.CODE
    told = {"vault": vault, "now": clock.now()}
    assert database.read_now(identity.staff_by_token, half.token, **told) is None  # half is no session
    code = telephone.code()
    entered = database.write_now(enter_code, half.token, code, asked=asked)
    assert entered is not None
    assert database.read_now(identity.staff_by_token, entered.token, **told) == known.clerks[0]
    again = begin(database, vault, clock)
    assert database.write_now(enter_code, again.token, code, asked=asked) is None
    older = telephone.code(clock.now() - timedelta(seconds=30))
    assert database.write_now(enter_code, again.token, older, asked=asked) is None
    with pytest.raises(SignInNotFinished):  # the first half was used up
        database.write_now(enter_code, half.token, telephone.code(), asked=asked)


@pytest.mark.parametrize(("off_s", "taken"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_telephone_may_be_one_step_off(
    database: Database, known: Any, vault: Vault, clock: ManualClock, off_s: int, taken: bool
) -> None:
    telephone, _ = with_telephone(database, known.clerks[0], vault, clock)
    clock.advance(timedelta(minutes=2))
    code = telephone.code(clock.now() + timedelta(seconds=off_s))
    found = database.write_now(take_code, known.clerks[0].id, code, vault=vault, wall=clock.now())
    assert (found is not None) is taken


def test_a_recovery_code_lets_in_once_however_it_is_typed(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    _, codes = with_telephone(database, known.clerks[0], vault, clock)
    asked = asking(vault, clock)
    typed = codes[3].upper().replace("-", " ")
    assert database.write_now(enter_code, begin(database, vault, clock).token, typed, asked=asked)
    assert database.write_now(enter_code, begin(database, vault, clock).token, codes[3], asked=asked) is None
    factor = database.read_now(second_factor_of, known.clerks[0].id)
    assert factor is not None
    assert factor.codes_left == len(codes) - 1
    # Nobody else's: the hash is the person's own.
    colleague = known.clerks[1].id
    assert database.write_now(take_code, colleague, codes[4], vault=vault, wall=clock.now()) is None
    lines = database.read_now(trail, since=clock.now() - timedelta(days=1), until=clock.now() + HALF_LASTS)
    assert [line.what for line in lines] == ["session.begun", "account.recovery_code_used"]


def test_a_right_password_does_not_forgive_wrong_codes(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    telephone, _ = with_telephone(database, known.clerks[0], vault, clock)
    asked = asking(vault, clock)
    for _ in range(LOCK_AFTER):
        half = begin(database, vault, clock)
        assert database.write_now(enter_code, half.token, "000000", asked=asked) is None
    with pytest.raises(NameLocked):
        database.write_now(enter_code, half.token, telephone.code(), asked=asked)
    with pytest.raises(NameLocked):
        enter(database, "clerk1", PASSWORD, asked)
    clock.advance(timedelta(minutes=1))
    asked = asking(vault, clock)
    assert database.write_now(enter_code, half.token, telephone.code(), asked=asked)
    enter(database, "clerk1", "guess", asked)  # one try after a whole sign-in locks nothing
    assert begin(database, vault, clock)


def test_another_password_does_not_forgive_wrong_codes_either(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    """Or whoever has an open session and the password would have as many tries at the code as they like."""
    person, asked = known.clerks[0], asking(vault, clock)
    telephone, _ = with_telephone(database, person, vault, clock)
    for _ in range(LOCK_AFTER - 1):
        assert database.write_now(take_off_second_factor, person.id, "000000", asked=asked) is None
    present = typed(database, PASSWORD)
    assert database.write_now(choose_password, person.id, present, PASSWORD_HASH, asked=asked)
    assert database.write_now(take_off_second_factor, person.id, "000000", asked=asked) is None
    with pytest.raises(NameLocked):
        database.write_now(take_off_second_factor, person.id, telephone.code(), asked=asked)


def test_who_must_have_one_and_has_none_sets_it_up_before_anything_else(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    assert isinstance(enter(database, "clerk1", PASSWORD, asking(vault, clock)), Entered)
    half = begin(database, vault, clock, Role.CLERK)
    asked = asking(vault, clock, Role.CLERK)
    assert half.step is Step.SET_UP
    secret = offer(known.clerks[0].id, vault=vault).secret
    telephone = Telephone(secret, clock)
    assert database.write_now(set_up_half_way, half.token, secret, "000000", asked=asked) is None
    done = database.write_now(set_up_half_way, half.token, secret, telephone.code(), asked=asked)
    assert done is not None
    entered, codes = done
    assert len(set(codes)) == 10
    told = {"vault": vault, "now": clock.now()}
    assert database.read_now(identity.staff_by_token, entered.token, **told) == known.clerks[0]
    assert begin(database, vault, clock, Role.CLERK).step is Step.CODE
    with pytest.raises(SecondFactorRequired):
        database.write_now(take_off_second_factor, known.clerks[0].id, codes[0], asked=asked)


def test_a_half_ends_and_whoever_got_one_meanwhile_cannot_be_given_another(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    half = begin(database, vault, clock, Role.CLERK)
    asked = asking(vault, clock, Role.CLERK)
    with_telephone(database, known.clerks[0], vault, clock)
    secret = offer(known.clerks[0].id, vault=vault).secret
    code = Telephone(secret, clock).code()
    with pytest.raises(SignInNotFinished):
        database.write_now(set_up_half_way, half.token, secret, code, asked=asked)
    at_code = begin(database, vault, clock)
    clock.advance(HALF_LASTS)
    with pytest.raises(SignInNotFinished):
        database.read_now(half_way, at_code.token, asked=asking(vault, clock))


def test_a_link_stands_for_the_password_and_for_both_in_a_demo_only(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    with_telephone(database, known.clerks[0], vault, clock)
    ends = clock.now() + timedelta(hours=1)
    link = database.write_now(identity.new_sign_in_link, known.clerks[0].id, vault=vault, expires_at=ends)
    done = database.write_now(sign_in_by_link, link, asked=asking(vault, clock))
    assert isinstance(done, HalfWay)
    assert isinstance(
        database.write_now(sign_in_by_link, link, asked=asking(vault, clock), demo=True), Entered
    )


def test_secret_and_recovery_codes_lie_sealed_and_belong_to_their_person(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    person, colleague = known.clerks[0], known.clerks[1]
    made = offer(person.id, vault=vault)
    assert offered(person.id, made.sealed, vault=vault) == made
    assert offered(colleague.id, made.sealed, vault=vault) is None
    assert offered(person.id, "not hex", vault=vault) is None
    telephone, codes = with_telephone(database, person, vault, clock)
    with_telephone(database, colleague, vault, clock)
    kept = database.read_now(lambda session: [bytes(r.secret) for r in session.execute(select(_factors))])
    hashes = database.read_now(lambda session: [bytes(r.code_hash) for r in session.execute(select(_codes))])
    assert all(code.replace("-", "").encode() not in stored for code in codes for stored in hashes + kept)
    own = select(_factors.c.secret).where(_factors.c.staff_id == person.id).scalar_subquery()
    database.write_now(  # somebody copies a secret of their own to a colleague's row
        lambda session: session.execute(
            update(_factors).where(_factors.c.staff_id == colleague.id).values(secret=own)
        )
    )
    code = telephone.code()
    with pytest.raises(InvalidTag):
        database.write_now(take_code, colleague.id, code, vault=vault, wall=clock.now())


def test_each_change_asks_for_what_protects_the_account_and_ends_the_other_sessions(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    person, asked = known.clerks[0], asking(vault, clock)
    secret = offer(person.id, vault=vault).secret
    first = Telephone(secret, clock)
    args = (person.id, secret)
    right, wrong = typed(database, PASSWORD), typed(database, "guess")
    wrong_code = database.write_now(set_up_second_factor, *args, "000000", proof=right, asked=asked)
    assert wrong_code == Wrong(code=True)
    code = first.code()
    wrong_proof = database.write_now(set_up_second_factor, *args, code, proof=wrong, asked=asked)
    assert wrong_proof == Wrong(proof=True)
    done = database.write_now(set_up_second_factor, *args, code, proof=right, asked=asked)
    assert not isinstance(done, Wrong)
    told = {"vault": vault, "now": clock.now()}
    assert database.read_now(identity.staff_by_token, known.tokens["clerk1"], **told) is None
    other = offer(person.id, vault=vault).secret
    second = Telephone(other, clock)
    proof = typed(database, done.recovery_codes[0])
    moved = database.write_now(
        set_up_second_factor, person.id, other, second.code(), proof=proof, asked=asked
    )
    assert not isinstance(moved, Wrong)
    stale = done.recovery_codes[1]
    assert database.write_now(new_recovery_codes, person.id, stale, asked=asked) is None
    fresh = database.write_now(new_recovery_codes, person.id, moved.recovery_codes[1], asked=asked)
    assert fresh is not None
    off = database.write_now(take_off_second_factor, person.id, fresh.recovery_codes[0], asked=asked)
    assert off is not None
    seen = database.read_now(own_account, person.id, off.token, asked=asked, idle=identity.IDLE_AFTER)
    assert seen.factor is None
    assert [each.here for each in seen.sessions] == [True]


def test_a_second_factor_is_reset_by_whoever_answers_for_the_person(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    clerk, manager = known.clerks[0], known.manager
    for person in (clerk, known.other_clerk, manager, known.supervisor):
        with_telephone(database, person, vault, clock)
    now = clock.now()
    for by, person in (
        *((manager, known.other_clerk), (manager, manager), (manager, known.supervisor)),
        *(
            (clerk, known.clerks[1]),
            (known.supervisor, known.supervisor),
            (known.supervisor, known.administrator),
        ),
    ):
        with pytest.raises(accounts.NotYourPerson):
            database.write_now(accounts.reset_second_factor, person.id, by=by, now=now)
    shown = database.read_now(accounts.people_of, manager, hall_id=known.hall)
    assert {each.staff for each in shown} == set(known.clerks)
    for by, person in (
        (manager, clerk),
        (known.supervisor, manager),
        (known.administrator, known.supervisor),
    ):
        database.write_now(accounts.reset_second_factor, person.id, by=by, now=now)
        assert database.read_now(second_factor_of, person.id) is None
    assert database.read_now(identity.staff_by_token, known.tokens["clerk1"], vault=vault, now=now) is None
    assert isinstance(enter(database, "clerk1", PASSWORD, asking(vault, clock)), Entered)
    lines = database.read_now(trail, hall_id=known.hall, since=now - HALF_LASTS, until=now + HALF_LASTS)
    told = [(line.who, line.what, line.detail) for line in lines if "Manager" in line.who]
    assert told == [("Manager", "account.second_factor_reset", {"username": "clerk1"})]


def test_a_telephone_shows_the_walls_time_in_a_demo_too(clock: ManualClock) -> None:
    assert wall(clock) == clock.now()
    demo = ShiftedClock(clock.now() - timedelta(days=300), speed=20)
    assert abs(wall(demo) - SystemClock().now()) < timedelta(minutes=1)


def test_in_a_demo_codes_go_by_the_walls_time(
    database: Database, known: Any, vault: Vault, clock: ManualClock
) -> None:
    telephone, _ = with_telephone(database, known.clerks[0], vault, clock)
    half = begin(database, vault, clock)
    demo = replace(asking(vault, clock), wall=clock.now() + timedelta(days=3))
    assert database.write_now(enter_code, half.token, telephone.code(), asked=demo) is None
    code = telephone.code(demo.wall)
    assert database.write_now(enter_code, half.token, code, asked=demo) is not None
