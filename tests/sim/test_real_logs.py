"""The readers of real logs use or count every row, and rebuild tickets that could have happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import sim
from sim.fit import TicketFact, fit_queues
from sim.logs import ImportCount, TicketRecord, bank, warsaw

DATA = Path(sim.__file__).parent / "data"


def snapshot(minute: int, waiting: int, called: int | None) -> warsaw.Snapshot:
    at = datetime(2020, 1, 2, 8, tzinfo=warsaw.ZONE) + timedelta(minutes=minute)
    return warsaw.Snapshot("H", "1", "A", "A: x", at, 1, waiting, called, 10)


@pytest.fixture(scope="module")
def february() -> tuple[list[TicketRecord], ImportCount]:
    count = ImportCount()
    tickets = list(bank.tickets_of(bank.read_calls(DATA / "bank_calls" / "february_1999.tsv.gz"), count))
    return tickets, count


def test_a_number_joins_and_is_called_between_the_snapshots_that_show_it() -> None:
    count = ImportCount()
    day = [snapshot(0, 0, 3), snapshot(5, 2, 3), snapshot(10, 1, 4), snapshot(15, 0, 5)]
    tickets = list(warsaw.tickets_of(day, count))
    assert [ticket.number for ticket in tickets] == ["A004", "A005"]
    assert [ticket.joined_at.minute for ticket in tickets] == [1, 3]
    assert [ticket.called_at.minute for ticket in tickets if ticket.called_at] == [7, 12]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ([snapshot(0, 0, 3), snapshot(5, 2, 2)], "the number called went back"),
        ([snapshot(0, 9, 3), snapshot(5, 2, 3)], "the last number issued fell"),
        ([snapshot(0, 9, None), snapshot(5, 2, 3)], "no numbers shown on that day"),
    ],
)
def test_a_day_whose_numbers_cannot_be_trusted_is_left_out_and_counted(
    day: list[warsaw.Snapshot], reason: str
) -> None:
    count = ImportCount()
    assert list(warsaw.tickets_of(day, count)) == []
    assert count.rows_dropped == {reason: 2}
    assert count.rows_read == count.rows_used + count.rows_dropped.total()


def test_every_bank_row_is_used_or_counted_and_nobody_is_served_before_joining(
    february: tuple[list[TicketRecord], ImportCount],
) -> None:
    tickets, count = february
    assert count.rows_read == count.rows_used + count.rows_dropped.total()
    assert count.tickets == len(tickets)
    for ticket in tickets:
        if ticket.started_at is not None and ticket.finished_at is not None:
            assert ticket.joined_at <= ticket.started_at < ticket.finished_at


@pytest.mark.slow
def test_demand_fitted_from_a_real_log_says_how_well_it_fits(
    february: tuple[list[TicketRecord], ImportCount],
) -> None:
    facts = [
        TicketFact(
            ticket.queue,
            ticket.joined_at,
            (ticket.finished_at - ticket.started_at) / timedelta(minutes=1)
            if ticket.started_at and ticket.finished_at
            else None,
        )
        for ticket in february[0]
    ]
    fits = fit_queues(facts, opens_minutes=420, closes_minutes=1440, interval_minutes=60)
    fit = fits["PS"]
    total = sum(sum(profile) * fit.days[kind] for kind, profile in fit.profiles.items())
    assert total == pytest.approx(sum(fact.queue == "PS" for fact in facts))
    assert fit.service is not None
    observed = [fact.service_minutes for fact in facts if fact.queue == "PS" and fact.service_minutes]
    assert fit.service.mean == pytest.approx(sum(observed) / len(observed), rel=0.05)
    assert fit.service_distance < 0.03
    assert 0.5 < fit.dispersion < 5
    assert fit.model("monday").day_cv == fit.day_cv
