"""A real log becomes the past of a hall: once, whole or not at all, and with everything counted."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

import sim
from kernel import catalogue
from queueing.facts import facts
from queueing.rules.tickets import TicketStatus
from queueing.store.ticket_writes import log
from sim.history_commands import history
from sim.logs import ImportCount, LogRefused, TicketRecord, bank, warsaw
from sim.logs.into_hall import ImportRefused, Loaded, load_tickets, queue_mapping, target_of
from sim.logs.tickets_file import read_ticket_file, write_tickets

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database

BANK = Path(sim.__file__).parent / "data" / "bank_calls" / "february_1999.tsv.gz"


def record(number: int, *, queue: str = "PS", day: int = 1, **changes: Any) -> TicketRecord:
    joined_at = datetime(1999, 2, day, 9, 12, tzinfo=bank.ZONE) + timedelta(minutes=number)
    called_at = joined_at + timedelta(minutes=3)
    values: dict[str, Any] = {
        "hall": "bank", "queue": queue, "number": str(number), "joined_at": joined_at, "called_at": called_at,
        "started_at": called_at, "finished_at": called_at + timedelta(minutes=4), "left_at": None,
        "window": "1", "ending": "served", "precision": timedelta(0), "credit": timedelta(0),
    }  # fmt: skip
    return TicketRecord(**{**values, **changes})


def gave_up(number: int) -> TicketRecord:
    left_at = datetime(1999, 2, 1, 9, 20, tzinfo=bank.ZONE) + timedelta(minutes=number)
    nothing = dict.fromkeys(("called_at", "started_at", "finished_at", "window"))
    return record(number, ending="gave_up", left_at=left_at, **nothing)


def load(
    database: Database, city: Any, clock: ManualClock, records: list[TicketRecord], **options: Any
) -> Loaded:
    target = database.read_now(target_of, database.read_now(code_of, city.hall), clock=clock)
    mapping = queue_mapping(target, ["PS=A", "NW=B"])
    return database.write_now(load_tickets, target, records, mapping, **options)


def code_of(session: Any, hall_id: Any) -> str:
    return catalogue.hall(session, hall_id).code


def stored(database: Database, table: Any) -> list[Any]:
    return list(database.read_now(lambda session: session.execute(select(table)).all()))


def test_a_log_becomes_lines_of_the_ticket_log_and_their_facts(
    database: Database, city: Any, clock: ManualClock
) -> None:
    credit = timedelta(minutes=1.5)
    done = load(database, city, clock, [record(0), record(1, queue="NW", credit=credit), gave_up(2)])
    assert (done.tickets, done.added, done.known, done.lines) == (3, 3, 0, 10)
    lines = stored(database, log)
    assert {line.source for line in lines} == {"imported"}
    assert sorted(line.what for line in lines) == sorted(
        ["issue"] * 3 + ["call", "start", "finish"] * 2 + ["give_up"]
    )
    kept = {fact.arrived_at: fact for fact in stored(database, facts)}
    first = kept[datetime(1999, 2, 1, 1, 12, tzinfo=UTC)]  # 9:12 on the wall of a hall in China
    assert first.queue_id == city.queue_a
    assert first.window_id == city.windows[0]
    assert (first.outcome, first.called_at - first.arrived_at) == (
        TicketStatus.FINISHED,
        timedelta(minutes=3),
    )
    second = kept[datetime(1999, 2, 1, 1, 13, tzinfo=UTC)]
    assert (second.queue_id, second.priority) == (city.queue_b, True)
    assert second.effective_at == second.arrived_at - credit
    third = kept[datetime(1999, 2, 1, 1, 14, tzinfo=UTC)]
    assert (third.outcome, third.called_at) == (TicketStatus.GIVEN_UP, None)


def test_a_log_imported_again_adds_nothing(database: Database, city: Any, clock: ManualClock) -> None:
    records = [record(number) for number in range(5)]
    load(database, city, clock, records)
    again = load(database, city, clock, [*records, record(9)])
    assert (again.added, again.known) == (1, 5)
    assert len(stored(database, facts)) == 6
    assert len(stored(database, log)) == 24


def test_what_cannot_be_a_past_ticket_of_the_hall_is_left_out_and_counted(
    sqlite_database: Database, sqlite_city: Any, clock: ManualClock
) -> None:
    today = clock.now().astimezone(bank.ZONE)
    unseen = record(2, called_at=None, started_at=None, finished_at=None, ending="unknown")
    passed = record(3, started_at=None, finished_at=None, ending="unknown")
    done = load(
        sqlite_database,
        sqlite_city,
        clock,
        [record(0, queue="TT"), record(1, joined_at=today), unseen, passed],
    )
    assert done.tickets == done.added + done.known + done.left_out.total()
    assert done.added == 1
    assert sorted(done.left_out.values()) == [1, 1, 1]
    assert [fact.outcome for fact in stored(sqlite_database, facts)] == [TicketStatus.CALLED]


def test_a_log_that_is_refused_leaves_nothing_behind(
    database: Database, city: Any, clock: ManualClock
) -> None:
    mixed = [record(0), record(1), record(2, hall="other bank")]
    with pytest.raises(ImportRefused, match="several halls"):
        load(database, city, clock, mixed)
    assert stored(database, facts) == []
    assert stored(database, log) == []
    assert load(database, city, clock, mixed, log_hall="other bank").added == 1
    with pytest.raises(ImportRefused, match="no ticket of a hall nowhere"):
        load(database, city, clock, mixed, log_hall="nowhere")


def test_a_mapping_to_a_queue_that_the_hall_has_not_is_refused(
    sqlite_database: Database, sqlite_city: Any, clock: ManualClock
) -> None:
    code = sqlite_database.read_now(code_of, sqlite_city.hall)
    target = sqlite_database.read_now(target_of, code, clock=clock)
    for pair in ("PS=Z", "PS", "=A"):
        with pytest.raises(ImportRefused, match="write LOG=PREFIX"):
            queue_mapping(target, [pair])


@pytest.mark.slow
def test_every_ticket_of_the_banks_month_has_its_facts(
    sqlite_database: Database, sqlite_city: Any, clock: ManualClock
) -> None:
    tickets = list(bank.tickets_of(bank.read_calls(BANK), ImportCount()))
    done = load(sqlite_database, sqlite_city, clock, tickets)
    served = [one for one in tickets if one.queue in ("PS", "NW")]
    assert done.added == len(served)
    waits = sum(
        (one.called_at - one.joined_at).total_seconds() for one in served if one.called_at is not None
    )
    found = [fact for fact in stored(sqlite_database, facts) if fact.called_at is not None]
    assert sum((fact.called_at - fact.arrived_at).total_seconds() for fact in found) == pytest.approx(waits)
    lines = sqlite_database.read_now(
        lambda session: session.execute(select(func.count()).select_from(log)).scalar_one()
    )
    assert lines == done.lines


def test_rows_that_cannot_be_read_are_counted_with_examples(tmp_path: Path) -> None:
    with gzip.open(BANK, "rt", encoding="latin-1", newline="") as file:
        lines = file.read().splitlines()
    lines[4] = lines[4].replace("\t990201\t", "\t99-02-01\t")
    lines[7] = "\t".join(lines[7].split("\t")[:6])
    broken = tmp_path / "broken.tsv"
    broken.write_text("\n".join(lines[:60]), encoding="latin-1")
    count = ImportCount()
    list(bank.tickets_of(bank.read_calls(broken, count), count))
    assert count.rows_read == 59 == count.rows_used + count.rows_dropped.total()
    assert count.rows_dropped["the row cannot be read"] == 2
    assert "for example line 5: " in "\n".join(count.lines())
    with pytest.raises(ValueError, match=r"broken\.tsv, line 5"):
        list(bank.read_calls(broken))


@pytest.mark.parametrize("read", [bank.read_calls, warsaw.read_snapshots])
def test_a_file_of_another_kind_is_refused(read: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(LogRefused, match=r"other\.csv: this is another log"):
        list(read(other))
    cut = tmp_path / "cut.gz"
    cut.write_bytes(BANK.read_bytes()[:2000])
    with pytest.raises(LogRefused, match=r"cut\.gz"):
        list(read(cut))


def test_tickets_written_to_a_file_are_read_back_the_same(tmp_path: Path) -> None:
    tickets = [record(0), gave_up(1), record(2, window=None, started_at=None, finished_at=None)]
    file = tmp_path / "tickets.csv"
    assert write_tickets(file, tickets) == 3
    assert list(read_ticket_file(file)) == tickets
    file.write_text(file.read_text(encoding="utf-8").replace("gave_up", "left"), encoding="utf-8")
    with pytest.raises(LogRefused, match=r"tickets\.csv:3: 'ending' must be one of"):
        list(read_ticket_file(file))


@pytest.mark.slow
def test_the_command_counts_every_row_and_says_where_tickets_went(tmp_path: Path) -> None:
    out = tmp_path / "tickets.csv"
    done = CliRunner().invoke(history, ["import", str(BANK), "--format", "bank", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "17456 rows read, 15957 used" in done.output
    assert len(out.read_text(encoding="utf-8").splitlines()) == 15958
    nowhere = CliRunner().invoke(history, ["import", str(BANK), "--format", "bank"])
    assert nowhere.exit_code == 2
    wrong = CliRunner().invoke(history, ["import", str(BANK), "--format", "warsaw", "--out", str(out)])
    assert wrong.exit_code == 2
    assert "another log" in wrong.output


@pytest.mark.slow
def test_the_command_loads_a_hall_of_the_database(
    sqlite_database: Database, sqlite_city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINBAN_DATABASE_URL", str(sqlite_database.engine.url))
    code = sqlite_database.read_now(code_of, sqlite_city.hall)
    arguments = ["import", str(BANK), "--format", "bank", "--hall", code, "--queue", "PS=A"]
    done = CliRunner().invoke(history, arguments)
    assert done.exit_code == 0, done.output
    added = len(stored(sqlite_database, facts))
    assert added > 9_000
    assert f"hall {code}: {added} tickets added" in done.output
    unknown = CliRunner().invoke(history, [*arguments[:4], "--hall", "nowhere"])
    assert unknown.exit_code == 2
    assert "hall-not-found" in unknown.output
