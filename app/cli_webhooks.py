"""``jinban webhooks``: the city's other programs that are told what happens in the halls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console

from app.cli_privacy import open_database
from app.parts import clock_of
from booking.rules.webhooks import DeliveryStatus, EndpointAction, EndpointStatus, WebhookKind
from booking.webhooks import service
from kernel.identity import SYSTEM
from kernel.ids import DeliveryId, WebhookId
from kernel.secrets import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlmodel import Session

    from booking.webhooks.store import Endpoint
    from kernel.clock import Clock
    from kernel.database import Database
    from kernel.identity import Actor

webhooks_app = typer.Typer(help="Programs that are told what happens in the halls.", no_args_is_help=True)
say = Console()
T = TypeVar("T")

Which = Annotated[str, typer.Argument(help="The webhook's id or its name, as `jinban webhooks list` shows.")]


@webhooks_app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where events are posted to: https://…")],
    name: Annotated[str, typer.Option(help="Whose program it is.")],
    kind: Annotated[
        list[WebhookKind] | None, typer.Option(help="What it is told, repeated for several; all if left out.")
    ] = None,
    hall: Annotated[str | None, typer.Option(help="Code of the hall; all halls if left out.")] = None,
) -> None:
    """Register an endpoint and print its secret, this once."""
    if not 0 < len(name.strip()) <= 60:
        raise typer.BadParameter("a name has 1 to 60 characters")
    database, settings = open_database()
    wanted = service.NewWebhook(name.strip(), url, frozenset(kind or WebhookKind), hall)
    told = database.write_now(
        service.register,
        wanted,
        by=SYSTEM,
        clock=clock_of(settings),
        vault=Vault.from_settings(settings),
        allowed=settings.webhooks.allow_hosts,
    )
    say.print(f"{told.webhook.own.id} is told from now on. Its secret, shown this once:", markup=False)
    say.print(told.secret, highlight=False, soft_wrap=True)


@webhooks_app.command("list")
def list_webhooks() -> None:
    """List all webhooks."""
    database, _ = open_database()
    for own in database.read_now(service.webhooks):
        hook = own.own
        hall = f"hall {own.hall.code}" if own.hall else "all halls"
        counts = f"{own.waiting} to be sent, {own.set_aside} set aside"
        _line(f"{hook.name}  {hook.id}")
        delivered = _at(hook.delivered_at) or "never"
        _line(f"  {_state(hook)}; {own.host}; {hall}; last delivered: {delivered}; {counts}")


@webhooks_app.command("kinds")
def kinds() -> None:
    """List what can be told."""
    for kind in WebhookKind:
        say.print(kind.value, highlight=False)


@webhooks_app.command("pause")
def pause(which: Which) -> None:
    """Send nothing to it for the time being."""
    _move(which, EndpointAction.PAUSE)


@webhooks_app.command("resume")
def resume(which: Which) -> None:
    """Go on where it was paused, as far back as events are kept."""
    _move(which, EndpointAction.RESUME)


@webhooks_app.command("secret")
def secret(
    which: Which,
    end_old: Annotated[
        bool, typer.Option("--end-old", help="Make none; let the one that was replaced sign no more.")
    ] = False,
) -> None:
    """Replace the secret and print the new one, this once; for a day both sign."""
    database, settings = open_database()
    own, clock = _one(database, which), clock_of(settings)
    if end_old:
        database.write_now(service.end_old_secret, own, by=SYSTEM, clock=clock)
        say.print("The old secret signs no more.")
        return
    vault = Vault.from_settings(settings)
    told = database.write_now(service.replace_secret, own, by=SYSTEM, clock=clock, vault=vault)
    say.print(told.secret, highlight=False, soft_wrap=True)


@webhooks_app.command("ping")
def ping(which: Which) -> None:
    """Send a test event; the program that runs posts it."""
    _do(service.ping, which)
    say.print("A test event is on its way; `jinban webhooks deliveries` says what came of it.")


@webhooks_app.command("deliveries")
def deliveries(
    which: Which,
    status: Annotated[DeliveryStatus | None, typer.Option(help="Only those that stand so.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
) -> None:
    """List the latest deliveries."""
    database, _ = open_database()
    found = database.read_now(service.deliveries, _one(database, which), status=status, limit=limit)
    for own in found.listed:
        hall = f"{found.halls[own.hall_id].code} {own.seq}" if own.hall_id else "-"
        answer = own.error or str(own.http_status or "-")
        tried = f"{own.status.value}, {answer}, {own.attempts} tries"
        _line(f"{_at(own.created_at)}  {own.kind}  {hall}  {tried}  {own.id}")


@webhooks_app.command("redeliver")
def redeliver(
    which: Which,
    delivery: Annotated[
        str | None, typer.Argument(help="A delivery's id; without it, all set aside.")
    ] = None,
) -> None:
    """Send again what has ended, under the same webhook-id."""
    if delivery is None:
        sent, left = _do(_all_again, which)
        rest = f" {left} stay set aside: run it again for them." if left else ""
        say.print(f"Sent again: {sent}.{rest}")
    else:
        _do(service.redeliver, which, DeliveryId(_uuid(delivery)))
        say.print("It is sent again.")


@webhooks_app.command("remove")
def remove(which: Which, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove a webhook with its secret and its deliveries."""
    if yes or typer.confirm("Remove it with its secret and its deliveries?"):
        _do(service.remove, which)
        say.print("It is removed.")


def _state(hook: Endpoint) -> str:
    """Say whether anything is posted to it, and if not, who sees to that it is again."""
    match hook.status:
        case EndpointStatus.FAILING:
            since = _at(hook.status_at)
            return f"paused since {since}: nothing was taken for a day, or it said that it is gone"
        case EndpointStatus.PAUSED:
            return f"paused by hand since {_at(hook.status_at)}"
        case EndpointStatus.ACTIVE:
            tried = f", but nothing was taken since {_at(hook.failing_since)}" if hook.failing_since else ""
            return f"active{tried}"


def _move(which: str, action: EndpointAction) -> None:
    found = _do(service.move, which, action)
    say.print(f"{found.own.name} is {found.own.status.value}.", markup=False)


def _all_again(session: Session, own: WebhookId, *, by: Actor, clock: Clock) -> tuple[int, int]:
    """Send again what is set aside, as much as goes at once; return how many, and how many stay."""
    before = service.one(session, own).set_aside
    left = service.redeliver_set_aside(session, own, by=by, clock=clock).set_aside
    return before - left, left


def _do(use_case: Callable[..., T], which: str, *args: object) -> T:
    database, settings = open_database()
    own, clock = _one(database, which), clock_of(settings)
    return database.write_now(use_case, own, *args, by=SYSTEM, clock=clock)


def _one(database: Database, which: str) -> WebhookId:
    named = [own.own.id for own in database.read_now(service.webhooks) if own.own.name == which]
    if len(named) > 1:
        raise typer.BadParameter(f"{len(named)} webhooks are called so: give the id")
    return named[0] if named else WebhookId(_uuid(which))


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise typer.BadParameter(f"{typed} is no id, and nothing is called so") from None


def _line(words: str) -> None:
    say.print(words, markup=False, highlight=False, soft_wrap=True)


def _at(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""
