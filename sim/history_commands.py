"""``jinban history``: real logs become ticket history, and ticket history becomes a scenario."""

from __future__ import annotations

from collections import Counter
from datetime import datetime  # noqa: TC003  # typer reads the annotations when a command is declared
from enum import StrEnum
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from kernel.clock import SystemClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.settings import Settings
from sim.fit_hall import HallFit, fit_hall
from sim.fit_report import demand_table, fit_lines, held_out_table, patience_table, service_table
from sim.fit_sources import Source, commonest_open_kind, from_hall, from_records, model_of
from sim.logs import ImportCount, LogRefused, TicketRecord, bank, warsaw
from sim.logs.into_hall import ImportRefused, load_tickets, queue_mapping, target_of
from sim.logs.tickets_file import read_ticket_file, write_tickets
from sim.new_files import can_be_written
from sim.scenario_writer import ScenarioText, scenario_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    Stretch = tuple[date | None, date | None]

history = typer.Typer(help="Ticket history: real logs, and scenarios fitted to it.", no_args_is_help=True)


class LogFormat(StrEnum):
    """The logs that can be read."""

    WARSAW = "warsaw"
    BANK = "bank"


def refuse(reason: object) -> NoReturn:
    """End the command with a reason and code 2."""
    Console(stderr=True).print(str(reason), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)


@history.command("import")
def import_history(
    log: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    kind: Annotated[LogFormat, typer.Option("--format", help="Which log it is.")],
    hall: Annotated[str | None, typer.Option(help="Load the tickets as this hall's past (its code).")] = None,
    queue: Annotated[list[str] | None, typer.Option(help="LOG=PREFIX: its queue for one of the log.")] = None,
    log_hall: Annotated[str | None, typer.Option(help="Which hall of the log, if it has several.")] = None,
    out: Annotated[
        Path | None, typer.Option(callback=can_be_written, help="Write the tickets here, as CSV.")
    ] = None,
    only: Annotated[Path | None, typer.Option(exists=True, help="Warsaw: a CSV of (hall, queue_id).")] = None,
) -> None:
    """Turn a real log into tickets, and say how many rows were left out and why."""
    if hall is None and out is None:
        refuse("say where the tickets go: --hall CODE (the database), --out FILE (a CSV file), or both")
    count = ImportCount()
    console = Console()
    try:
        tickets = list(read_tickets(log, kind, count, only))
        _say(console, count.lines())
        if hall is not None:
            _say(console, _load(hall, queue or [], tickets, log_hall))
    except (LogRefused, ImportRefused, Refusal) as refusal:
        refuse(refusal)
    if out is not None:
        _say(console, [f"{write_tickets(out, tickets)} tickets written to {out}"])


def read_tickets(
    log: Path, kind: LogFormat, count: ImportCount, only: Path | None = None
) -> Iterator[TicketRecord]:
    """Yield the tickets of a log; ``count`` fills while they are read."""
    if kind is LogFormat.BANK:
        return bank.tickets_of(bank.read_calls(log, count), count)
    clean = None if only is None else warsaw.read_clean_queues(only)
    return warsaw.tickets_of(warsaw.read_snapshots(log, count), count, only=clean)


def _load(hall: str, pairs: list[str], tickets: Iterable[TicketRecord], log_hall: str | None) -> list[str]:
    database = Database(Settings().database_url, pool_size=2)
    try:
        target = database.read_now(target_of, hall, clock=SystemClock())
        mapping = queue_mapping(target, pairs)
        loaded = database.write_now(load_tickets, target, tickets, mapping, log_hall=log_hall)
    finally:
        database.close()
    return loaded.text(hall)


@history.command("fit")
def fit_history(
    out: Annotated[Path, typer.Option(callback=can_be_written, help="Write the scenario here, as TOML.")],
    hall: Annotated[str | None, typer.Option(help="Fit to this hall's past (its code).")] = None,
    tickets: Annotated[Path | None, typer.Option(exists=True, help="Fit to a file of import --out.")] = None,
    log_hall: Annotated[str | None, typer.Option(help="Which hall of the file, if it has several.")] = None,
    kind: Annotated[str | None, typer.Option(help="The kind of day to write, such as monday.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day.")] = None,
    before: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day after the last.")] = None,
    interval: Annotated[float, typer.Option(min=5, max=120, help="Minutes of the arrival profile.")] = 30.0,
    windows: Annotated[
        int | None, typer.Option(min=1, help="So many windows that serve every queue.")
    ] = None,
    chinese: Annotated[bool, typer.Option(help="File: mark China's holidays and make-up days.")] = False,
) -> None:
    """Fit a scenario to ticket history, show how well it fits, and write it for ``jinban simulate``."""
    if (hall is None) == (tickets is None):
        refuse("say what to fit to: --hall CODE or --tickets FILE")
    days = (since.date() if since else None, before.date() if before else None)
    try:
        source = _of_file(tickets, log_hall, interval, days, chinese) if tickets else _of_hall(hall, days)
        if not source.tickets:
            refuse(f"{source.name} has no tickets to fit to in these days")
        kinds = _kinds(source)
        chosen = kind or commonest_open_kind(kinds, source.sessions)
        if chosen not in kinds:
            refuse(f"the history has no {chosen}; it has {', '.join(sorted(kinds))}")
        fit = _fit(source, chosen, interval)
        model, plan = model_of(source, fit, chosen, windows=windows)
    except (LogRefused, Refusal, ValueError) as refusal:
        refuse(refusal)
    _report(fit, chosen)
    text = ScenarioText(_comments(source, fit, chosen), f"{source.name} on a {chosen}")
    out.write_text(scenario_toml(text, model, plan), encoding="utf-8")
    _say(Console(), [f"Scenario written to {out}; run it with: jinban simulate {out}"])


def _of_hall(code: str | None, days: Stretch) -> Source:
    database = Database(Settings().database_url, pool_size=2)
    try:
        return database.read_now(from_hall, str(code), since=days[0], before=days[1])
    finally:
        database.close()


def _of_file(path: Path, log_hall: str | None, interval: float, days: Stretch, chinese: bool) -> Source:
    records = [
        record
        for record in read_ticket_file(path)
        if log_hall in (None, record.hall) and _within(record, days)
    ]
    halls = sorted({record.hall for record in records})
    if len(halls) > 1:
        refuse(f"the file has tickets of {len(halls)} halls: say which with --log-hall: {', '.join(halls)}")
    return from_records(f"Hall {halls[0]}" if halls else path.name, records, interval, chinese=chinese)


def _within(record: TicketRecord, days: Stretch) -> bool:
    since, before = days
    day = record.joined_at.date()
    return (since is None or day >= since) and (before is None or day < before)


def _kinds(source: Source) -> Counter[str]:
    """Return how many days of each kind the tickets are of."""
    days = {fact.joined_at.date() for fact in source.tickets}
    return Counter(source.kind_of_day(day) for day in sorted(days))


def _fit(source: Source, kind: str, interval: float) -> HallFit:
    """Fit over the opening of the chosen kind of day; who came before or after counts at its ends."""
    spans = source.sessions[kind]
    if not spans:
        raise ValueError(f"by the calendar the hall is closed on a {kind}")
    opens, closes = spans[0][0], spans[-1][1]
    return fit_hall(
        source.tickets,
        opens_minutes=opens,
        closes_minutes=opens + interval * max((closes - opens) // interval, 1.0),
        interval_minutes=interval,
        kind_of_day=source.kind_of_day,
    )


def _report(fit: HallFit, kind: str) -> None:
    console = Console(width=max(Console().width, 110))
    for table in (demand_table(fit, kind), service_table(fit), patience_table(fit)):
        console.print(table)
    if fit.held_out is not None:
        console.print(held_out_table(fit.held_out))
    _say(console, fit_lines(fit))


def _comments(source: Source, fit: HallFit, kind: str) -> list[str]:
    days = sorted({fact.joined_at.date() for fact in source.tickets})
    return [
        f"Fitted to {len(source.tickets)} tickets of {days[0]} to {days[-1]};"
        f" {fit.days[kind]} of the days are a {kind}.",
        "Booked citizens are among the walk-ins, at the time when they checked in.",
        *fit_lines(fit),
    ]


def _say(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
