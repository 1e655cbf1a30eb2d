"""One code, two sign-ins at once: one is let in; without the guard both are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity_tables import SecondFactorRow
from kernel.one_time_codes import step_of
from kernel.second_factor import take_code
from kernel.secrets import Vault
from tests.support.people import with_telephone
from tests.support.races import behind_the_writer

_factors = SecondFactorRow.__table__  # type: ignore[attr-defined]
AT_ONCE = 4


def test_of_sign_ins_at_once_with_one_code_one_is_let_in(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    person = city.clerks[0]
    telephone, recovery = with_telephone(database, person, vault, clock)
    for code in (telephone.code(), recovery[0]):
        gate = threading.Barrier(AT_ONCE)

        def enter(_: int, code: str = code, gate: threading.Barrier = gate) -> bool:
            gate.wait(5)
            taken = database.write_now(take_code, person.id, code, vault=vault, wall=clock.now())
            return taken is not None

        with ThreadPoolExecutor(AT_ONCE) as pool:
            assert sorted(pool.map(enter, range(AT_ONCE))) == [False] * (AT_ONCE - 1) + [True]


def test_without_the_guard_one_code_lets_two_in(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    """Both read which code was the last before either writes it down."""
    person = city.clerks[0]
    telephone, _ = with_telephone(database, person, vault, clock)
    code, both_read = telephone.code(), threading.Barrier(2)
    own = _factors.c.staff_id == person.id

    def naive(_: int) -> bool:
        read = threading.Event()

        def unit(session: Session) -> bool:
            row = session.execute(select(_factors).where(own)).one()
            secret = vault.open(row.secret, field=f"second_factor.secret:{person.id}")
            step = step_of(secret, code, clock.now())
            assert step is not None
            if not read.is_set():
                session.rollback()
                read.set()
                both_read.wait(5)
                fits.append(row.last_step < step)
            session.execute(update(_factors).where(own).values(last_step=step))
            return True

        behind_the_writer(database, unit)
        return True

    fits: list[bool] = []
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(naive, range(2))) == [True, True]
    assert fits == [True, True]
