"""After an exchange of the key all is sealed anew, piece by piece, and the old key can be taken out."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import LargeBinary, insert, select, update
from sqlmodel import SQLModel

from app.cli_keys import reseal_column
from app.doctor.findings import Level
from app.sealed_columns import SEALED
from booking.tables import AppointmentRow
from kernel.resealing import old_values, reseal, versions_in_use
from kernel.secrets import Vault
from kernel.work_tables import IdempotencyRow
from tests.app.test_commands import Command
from tests.conftest import FIELD_KEY, TOKEN_KEY
from tests.support.every_page import furnished, furnishing
from tests.support.patient import Patient

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

NEW_KEY = b"n" * 32
BOTH = Vault({1: FIELD_KEY, 2: NEW_KEY}, TOKEN_KEY)
NEW = Vault({2: NEW_KEY}, TOKEN_KEY)
ANSWERS = IdempotencyRow.__table__  # type: ignore[attr-defined]
APPOINTMENTS = AppointmentRow.__table__  # type: ignore[attr-defined]
(ANSWER,) = (own for own in SEALED if own.table is ANSWERS)


def answers(database: Database, clock: ManualClock, many: int, vault: Vault) -> None:
    rows = [
        {
            "scope": f"scope {n % 3}", "key": f"key {n:03d}", "fingerprint": b"x" * 32,
            "answer": vault.seal(f"answer {n}", field=ANSWER.field({})), "created_at": clock.now(),
        }
        for n in range(many)
    ]  # fmt: skip
    database.write_now(lambda session: session.execute(insert(ANSWERS), rows) and None)


def left(database: Database) -> dict[int, int]:
    return database.read_now(versions_in_use, SEALED)


def test_no_column_that_holds_something_sealed_is_forgotten() -> None:
    """Keyed hashes have 32 bytes and say so; whatever else is binary is sealed."""
    binary = {
        (table.name, column.name)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length is None
    }
    assert {(own.table.name, own.column) for own in SEALED} == binary


def test_everything_of_a_furnished_city_opens_with_the_new_key_alone(
    parts: Parts, city: SmallCity, clock: ManualClock
) -> None:
    made = furnishing(parts)
    furnished(made, city, clock)
    database = made.database
    many = sum(left(database).values())
    assert set(left(database)) == {1}
    assert sum(reseal_column(database, own, BOTH, pause=0) for own in SEALED) == many
    assert left(database) == {2: many}
    opened = 0
    for own in SEALED:
        wanted = dict.fromkeys((*own.key, *own.by, own.column))
        asked = select(*(own.table.c[name] for name in wanted)).where(own.table.c[own.column].is_not(None))
        rows = database.read_now(lambda session, asked=asked: session.execute(asked).all())
        opened += sum(bool(NEW.open(row._mapping[own.column], field=own.field(row._mapping))) for row in rows)
    assert opened == many


def test_it_goes_on_where_it_was_stopped_and_looks_at_each_row_once(
    database: Database, clock: ManualClock
) -> None:
    answers(database, clock, 25, Vault({1: FIELD_KEY}, TOKEN_KEY))
    first = database.read_now(old_values, ANSWER, 2, limit=10)
    assert database.write_now(reseal, ANSWER, first, BOTH) == 10
    assert left(database) == {1: 15, 2: 10}
    assert reseal_column(database, ANSWER, BOTH, piece=4, pause=0) == 15
    assert left(database) == {2: 25}
    assert reseal_column(database, ANSWER, BOTH, piece=4, pause=0) == 0


def test_what_cannot_be_opened_stays_and_keeps_nothing_else_back(
    database: Database, clock: ManualClock
) -> None:
    answers(database, clock, 9, Vault({1: FIELD_KEY}, TOKEN_KEY))
    which = ANSWERS.c.key == "key 004"
    lost = Vault({7: b"l" * 32}, TOKEN_KEY).seal("lost", field="idempotency.answer")
    database.write_now(
        lambda session: session.execute(update(ANSWERS).where(which).values(answer=lost)) and None
    )
    assert reseal_column(database, ANSWER, BOTH, piece=2, pause=0) == 8
    assert left(database) == {2: 8, 7: 1}


def with_keys(monkeypatch: pytest.MonkeyPatch, **keys: bytes) -> None:
    written = {name.removeprefix("v"): base64.urlsafe_b64encode(key).decode() for name, key in keys.items()}
    monkeypatch.setenv("JINBAN_FIELD_KEYS", json.dumps(written))


def test_an_operator_seals_anew_and_reads_what_is_left(
    worker_settings: None,
    sqlite_parts: Parts,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    clock: ManualClock,
) -> None:
    monkeypatch.chdir(tmp_path)
    jinban = Command(capsys, monkeypatch)
    answers(sqlite_parts.database, clock, 12, Vault({1: FIELD_KEY}, TOKEN_KEY))
    with_keys(monkeypatch, v1=FIELD_KEY, v2=NEW_KEY)
    code, said = jinban("keys", "status")
    assert (code, "version 1: 12 values; it has to stay" in said) == (0, True), said
    code, said = jinban("keys", "reseal", "--pause", "0", "--piece", "5")
    assert (code, "12 values sealed anew with version 2" in said) == (0, True), said
    assert "version 1: 0 values; needed by nothing in this database" in said
    with_keys(monkeypatch, v2=NEW_KEY)
    code, said = jinban("keys", "status")
    assert (code, "version 2: 12 values; the present key" in said, "version 1" in said) == (0, True, False)
    with_keys(monkeypatch, v3=b"o" * 32)
    code, said = jinban("keys", "reseal", "--pause", "0")
    assert (code, "they cannot be opened" in said) == (1, True), said


def test_the_doctor_says_which_key_is_needed_yet(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    patient = Patient(database, city, clock, vault)
    assert patient.found()["old keys"].level is Level.OK
    answers(database, clock, 3, Vault({1: FIELD_KEY}, TOKEN_KEY))

    def found(**keys: bytes) -> Any:
        written = {int(name[1:]): base64.urlsafe_b64encode(key).decode() for name, key in keys.items()}
        return patient.found(field_keys=written)["old keys"]

    needed = found(v1=FIELD_KEY, v2=NEW_KEY)
    assert (needed.level, "version 1 is needed yet" in needed.seen) == (Level.LOOK, True), needed
    assert "jinban keys reseal" in needed.helps
    gone = found(v2=NEW_KEY)
    assert (gone.level, "by version 1" in gone.seen) == (Level.BROKEN, True), gone
    for own in SEALED:
        reseal_column(database, own, BOTH, pause=0)
    done = found(v1=FIELD_KEY, v2=NEW_KEY)
    assert (done.level, "needed by nothing here" in done.seen) == (Level.OK, True), done
