"""Sealing anew runs beside the server: a value that is changed meanwhile is never put back."""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from app.sealed_columns import SEALED
from booking.service.views import NAME_FIELD
from booking.tables import AppointmentRow
from kernel.resealing import old_values, reseal
from tests.app.test_resealing import BOTH
from tests.booking.booking_city import build_city
from tests.booking.desk import TEN, Desk
from tests.support.races import answers_of

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

APPOINTMENTS = AppointmentRow.__table__  # type: ignore[attr-defined]
(NAMES,) = (own for own in SEALED if own.column == "name_sealed" and own.table is APPOINTMENTS)


def booked(database: Database, clock: ManualClock, vault: Vault) -> Any:
    database.write_now(build_city)
    return Desk(database, clock, vault).book(TEN).appointment.id


def name_of(database: Database, own: Any) -> str | None:
    asked = select(APPOINTMENTS.c.name_sealed).where(APPOINTMENTS.c.id == own)
    sealed = database.read_now(lambda session: session.execute(asked).scalar_one())
    return BOTH.open(sealed, field=NAME_FIELD) if sealed else None


def change(database: Database, own: Any, sealed: bytes | None) -> None:
    changed = update(APPOINTMENTS).where(APPOINTMENTS.c.id == own).values(name_sealed=sealed)
    database.write_now(lambda session: session.execute(changed) and None)


def test_what_is_changed_or_erased_after_it_was_read_is_not_put_back(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    own = booked(database, clock, vault)
    for name in ("李四", None):
        change(database, own, vault.seal("王小明", field=NAME_FIELD))
        rows = database.read_now(old_values, NAMES, BOTH.key_version)
        change(database, own, vault.seal(name, field=NAME_FIELD) if name else None)
        assert database.write_now(reseal, NAMES, rows, BOTH) == 0
        assert name_of(database, own) == name


def test_of_two_who_seal_anew_and_one_who_changes_nobodys_change_is_lost(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    own = booked(database, clock, vault)
    for turn in range(6):
        change(database, own, vault.seal("王小明", field=NAME_FIELD))
        rows = database.read_now(old_values, NAMES, BOTH.key_version)

        def work(number: int, rows: Any = rows, turn: int = turn) -> Any:
            if number == 0:
                return change(database, own, vault.seal(f"李{turn}", field=NAME_FIELD))
            return database.write_now(reseal, NAMES, rows, BOTH)

        outcomes = answers_of(work, rivals=3)
        assert not [each for each in outcomes if isinstance(each, Exception)], outcomes
        assert name_of(database, own) == f"李{turn}"


def test_without_the_condition_a_changed_name_comes_back(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    own, read, changed = booked(database, clock, vault), Barrier(2), Barrier(2)

    def naive(number: int) -> None:
        if number == 0:
            read.wait(10)
            change(database, own, vault.seal("李四", field=NAME_FIELD))
            changed.wait(10)
            return
        (row,) = database.read_now(old_values, NAMES, BOTH.key_version)
        read.wait(10)
        changed.wait(10)
        text = BOTH.open(row["name_sealed"], field=NAME_FIELD)
        change(database, own, BOTH.seal(text, field=NAME_FIELD))

    answers_of(naive, rivals=2)
    assert name_of(database, own) not in {"李四", None}
