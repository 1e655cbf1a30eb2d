"""What a load run says: as tables and words, or as JSON; ``page`` makes a page of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.load.comparison import Figure
    from sim.load.play import LiveDay
    from sim.load.record import DayFigures
    from sim.scenario import Scenario

    Floats = NDArray[np.float64]

OUTSIDE_SHARE = 0.05  # of the figures may lie outside their range: some three dozen are looked at at once
HEADINGS = ("where", "figure", "live", "simulated", "may lie in", "holds")
LATENCIES = ("what", "count", "P50 ms", "P99 ms", "slowest ms")
VERBS = {
    "tickets": "take a ticket",
    "check-in": "check in",
    "call-next": "call the next",
    "start": "start",
    "finish": "finish",
    "transfer": "transfer",
    "miss": "miss",
    "give-up": "give up",
    "holds": "keep a slot",
    "confirm": "confirm a booking",
}


@dataclass(frozen=True, slots=True)
class PlayedDay:
    """One day, live and simulated. ``out_of_rule``: live calls that the one call order would not make."""

    day: int
    live: LiveDay
    simulated: DayFigures
    figures: Sequence[Figure]
    no_shows: Sequence[int]
    out_of_rule: int

    @property
    def no_shows_agree(self) -> bool:
        return tuple(self.no_shows) == self.live.no_shows

    @property
    def holds(self) -> bool:
        """Whether live and simulated agree, no call was wrong, and no screen missed or doubled one."""
        watched = self.live.watched
        faults = (
            self.out_of_rule,
            watched.missed,
            watched.doubled,
            watched.phones_missed,
            len(self.live.errors),
        )
        outside = sum(not figure.holds for figure in self.figures)
        return self.no_shows_agree and not any(faults) and outside <= OUTSIDE_SHARE * len(self.figures)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """A scenario's days at one speed."""

    scenario: Scenario
    seed: int
    speed: float
    minutes: float | None
    days: Sequence[PlayedDay]

    @property
    def holds(self) -> bool:
        return all(day.holds for day in self.days)

    def seconds(self, verb: str) -> Floats:
        return np.array([s for day in self.days for s in day.live.request_seconds.get(verb, ())])

    def watched_seconds(self, name: str) -> Floats:
        return np.array([s for day in self.days for s in getattr(day.live.watched, name)])


def rows_of(day: PlayedDay) -> list[tuple[str, ...]]:
    """Return the comparison of one day as cells of text."""
    rows = [
        (
            figure.where,
            figure.name,
            _number(figure.live),
            _number(figure.simulated),
            f"{_number(figure.low)} … {_number(figure.high)}",
            "yes" if figure.holds else "NO",
        )
        for figure in day.figures
    ]
    booked = sum(day.no_shows), sum(day.live.no_shows)
    agree = "yes" if day.no_shows_agree else "NO"
    return [*rows, ("hall", "booked and never came", str(booked[1]), str(booked[0]), str(booked[0]), agree)]


def _number(value: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


def latency_rows(report: LoadReport) -> list[tuple[str, ...]]:
    """Return how long requests and frames took, in real milliseconds."""
    measured = [(f"request: {VERBS[verb]}", report.seconds(verb)) for verb in VERBS]
    measured += [
        ("call → lobby screen", report.watched_seconds("frame_seconds")),
        ("call → phone", report.watched_seconds("phone_seconds")),
        ("a phone's page", report.watched_seconds("page_seconds")),
    ]
    return [
        (
            name,
            f"{len(seconds):,}",
            *(f"{1000 * value:.0f}" for value in (*np.quantile(seconds, (0.5, 0.99)), seconds.max())),
        )
        for name, seconds in measured
        if len(seconds)
    ]


def summary_lines(report: LoadReport) -> list[str]:
    """Return the verdict and what it rests on, in words."""
    days = report.days
    people = sum(len(day.live.records) for day in days)
    calls = sum(len(day.live.calls) for day in days)
    watched = [day.live.watched for day in days]
    real = sum(day.live.real_seconds for day in days)
    outside = sum(not figure.holds for day in days for figure in day.figures)
    compared = sum(len(day.figures) for day in days)
    requests = sum(len(s) for day in days for s in day.live.request_seconds.values())
    errors = [error for day in days for error in day.live.errors]
    lines = [
        "Live and simulated agree."
        if report.holds
        else "Live and simulated do NOT agree; the lines marked NO, and the counts below, say where.",
        f"{people} tickets and {calls} calls at {report.speed:g} times real time in {real:.0f} s, "
        f"{requests} requests, {sum(day.live.repeated for day in days)} repeated, {len(errors)} errors",
        f"{compared - outside} of {compared} figures lie where the run's own delays let them lie",
        f"{sum(day.out_of_rule for day in days)} calls that the one call order would not have made",
        f"{sum(w.screens for w in watched)} screens: {sum(w.missed for w in watched)} calls missed, "
        f"{sum(w.doubled for w in watched)} shown twice, {sum(w.reconnects for w in watched)} reconnects; "
        f"{sum(w.phones for w in watched)} phones: {sum(w.phones_missed for w in watched)} missed their "
        f"call, {sum(w.page_errors for w in watched)} page errors",
    ]
    return lines + [f"Error: {error}" for error in errors[:5]]


def tables(report: LoadReport) -> list[Table]:
    """Return the tables for the terminal."""
    found = []
    for day in report.days:
        table = Table(
            title=f"{report.scenario.name}, day {day.day + 1}: live beside simulated, waits in minutes",
            title_justify="left",
        )
        _fill(table, HEADINGS, rows_of(day), left=2)
        found.append(table)
    table = Table(title="how long it took (real time)", title_justify="left")
    _fill(table, LATENCIES, latency_rows(report), left=1)
    return [*found, table]


def _fill(table: Table, headings: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> None:
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < left else "right")
    before = ""
    for row in rows:
        block = row[0].split()[0] if row[0].startswith("window") else row[0]
        if left > 1 and block != before:
            table.add_section()
        before = block
        table.add_row(*row)


def as_json(report: LoadReport) -> str:
    """Return everything that was compared and measured."""
    content: dict[str, Any] = {
        "scenario": report.scenario.name,
        "seed": report.seed,
        "speed": report.speed,
        "minutes": report.minutes,
        "holds": report.holds,
        "days": [
            {
                "day": day.day,
                "holds": day.holds,
                "out_of_rule": day.out_of_rule,
                "no_shows": {"live": list(day.live.no_shows), "simulated": [int(n) for n in day.no_shows]},
                "figures": [
                    {name: None if value != value else value for name, value in asdict(figure).items()}
                    | {"holds": figure.holds}
                    for figure in day.figures
                ],
                "watched": {
                    name: getattr(day.live.watched, name)
                    for name in ("screens", "phones", "missed", "doubled", "reconnects", "phones_missed")
                },
                "errors": list(day.live.errors),
                "real_seconds": day.live.real_seconds,
            }
            for day in report.days
        ],
        "latency": [dict(zip(LATENCIES, row, strict=True)) for row in latency_rows(report)],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
