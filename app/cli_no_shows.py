"""``jinban no-shows``: the city's rule on appointments that are not kept, and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.cli_people import opened
from app.cli_privacy import open_database, operator
from app.parts import clock_of
from booking.no_shows import publishing
from booking.no_shows.report import no_show_report
from booking.rules import no_shows as rules
from kernel.identity import WrongRole
from kernel.reach import CITY_ROLES

if TYPE_CHECKING:
    from sqlmodel import Session

    from booking.rules.no_shows import NoShowRule
    from kernel.clock import Clock
    from kernel.identity import Staff

no_shows_app = typer.Typer(help="The city's rule on appointments that are not kept.", no_args_is_help=True)
say = Console()

By = Annotated[str, typer.Option(help="Sign-in name of the supervisor or administrator who answers for it.")]


@no_shows_app.command("rule")
def rule() -> None:
    """Print all published versions, the one that holds first."""
    database, _ = opened()
    found = database.read_now(publishing.versions)
    if not found or not found[0].rule.in_force:
        say.print("No rule is in force.")
    for own in found:
        say.print(
            f"{own.rule.version}  {own.rule.published_at.isoformat()}  {_worded(own.rule)}",
            highlight=False,
            soft_wrap=True,
        )


@no_shows_app.command("publish")
def publish(
    by: By,
    limit: Annotated[int, typer.Option(min=rules.LEAST_LIMIT, max=rules.MOST_LIMIT)],
    within_days: Annotated[int, typer.Option(min=rules.LEAST_WITHIN, max=rules.MOST_WITHIN)],
    pause_days: Annotated[int, typer.Option(min=rules.LEAST_PAUSE, max=rules.MOST_PAUSE)],
    cancel_minutes: Annotated[int, typer.Option(min=0, max=rules.MOST_CANCEL_MINUTES)] = 60,
    answer_days: Annotated[int, typer.Option(min=rules.LEAST_ANSWER, max=rules.MOST_ANSWER)] = 5,
) -> None:
    """Publish a version that holds from now on in all halls."""
    _publish(by, publishing.Wanted(True, limit, within_days, pause_days, cancel_minutes, answer_days))


@no_shows_app.command("off")
def off(by: By) -> None:
    """Publish that no rule is in force: nothing counts any more, and pauses end."""
    database, _ = opened()
    found = database.read_now(publishing.versions)
    database.close()
    if not found or not found[0].rule.in_force:
        say.print("No rule is in force.")
        return
    own = found[0].rule
    _publish(
        by,
        publishing.Wanted(
            False, own.limit, own.within_days, own.pause_days, own.cancel_minutes, own.answer_days
        ),
    )


def _publish(by: str, wanted: publishing.Wanted) -> None:
    database, settings = open_database()
    staff = database.read_now(operator, by)
    made = database.write_now(_published, wanted, by=staff, clock=clock_of(settings))
    database.close()
    say.print(f"Version {made.version} holds from now on: {_worded(made)}", highlight=False, soft_wrap=True)


def _published(session: Session, wanted: publishing.Wanted, *, by: Staff, clock: Clock) -> NoShowRule:
    if by.role not in CITY_ROLES:
        raise WrongRole(role=by.role, needed=[role.value for role in sorted(CITY_ROLES)])
    newest = publishing.published(session, clock.now())
    return publishing.publish(session, wanted, after=newest.version if newest else 0, by=by, clock=clock)


def _worded(own: NoShowRule) -> str:
    if not own.in_force:
        return "not in force"
    return (
        f"{own.limit} within {own.within_days} days pause booking for {own.pause_days} days; "
        f"cancelled {own.cancel_minutes} minutes before does not count"
    )


@no_shows_app.command("figures")
def figures(by: By, days: Annotated[int, typer.Option(min=1, max=366)] = 28) -> None:
    """Print no-shows, pauses and appeals, a line a hall."""
    database, settings = open_database()
    report = database.read_now(
        no_show_report, None, days=days, reader=database.read_now(operator, by), now=clock_of(settings).now()
    )
    database.close()
    table = Table("hall", "came", "never came", "recorded", "count", "paused now", "appeals open", "overdue")
    for hall, own in report.halls:
        cells = (own.came, own.not_come, own.absent + own.late, own.counting, own.paused)
        table.add_row(hall.code, *map(str, cells), str(own.appeals.open), str(own.appeals.overdue))
    say.print(table)
