"""All looks, one after the other; what goes wrong with one keeps none of the others."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.doctor import database, halls, running, trust
from app.doctor.findings import Finding, Level, broken, ok
from app.doctor.settings import settings_checks
from app.plain_words import plain_words
from kernel.clock import wall
from kernel.secrets import KeysWrong, Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.settings import Settings

    Look = Callable[[], Finding | Iterable[Finding]]


def examine(settings: Settings, clock: Clock, *, url: str) -> Iterator[Finding]:
    """Yield what is found; ``url`` is where the program listens, empty for not asking it."""
    yield from settings_checks(settings)
    yield from _looked("bus", partial(running.bus, settings))
    if url:
        yield from running.program(url, hall_is_open=partial(_hall_is_open, settings, clock))
    yield from _of_database(settings, clock)
    yield from _looked("disk", partial(_disk, settings))
    yield from _looked("backup", partial(trust.backup, settings, wall(clock)))


def _hall_is_open(settings: Settings, clock: Clock) -> bool:
    """Return whether waits are expected; yes where the database cannot say, for then nothing is excused."""
    try:
        with database.reading(settings.database_url) as session:
            return halls.any_open(session, clock.now())
    except (SQLAlchemyError, OSError, ValueError):
        return True


def _disk(settings: Settings) -> Finding:
    parsed = make_url(settings.database_url)
    own = parsed.get_backend_name() == "sqlite" and parsed.database
    # A server's own disk is not seen from here; what the worker learns still needs room.
    return database.disk(Path(parsed.database or "").parent if own else settings.model_dir)


def _of_database(settings: Settings, clock: Clock) -> Iterator[Finding]:
    try:
        with database.reading(settings.database_url) as session:
            session.connection()
            yield ok("database", f"reached ({session.connection().dialect.name})")
            fits = database.schema(session)
            yield fits
            yield from _looked("integrity", partial(database.integrity, session))
            yield from _looked("clock", partial(database.clock, session, wall(clock)), session)
            if fits.level is not Level.BROKEN:
                yield from _inside(session, settings, clock)
    except (SQLAlchemyError, OSError) as away:
        helps = "See whether it runs, or the file is there (JINBAN_DATABASE_URL); `jinban migrate` makes one."
        yield broken("database", _words(away), helps)


def _inside(session: Session, settings: Settings, clock: Clock) -> Iterator[Finding]:
    now = clock.now()
    looks: dict[str, Look] = {
        "hall clocks": partial(database.hall_clocks, session, now),
        "time zones": partial(halls.zones, session),
        "worker": partial(running.worker, session, settings, now),
        "events": partial(running.events, session, now),
        "messages": partial(running.messages, session, settings, now),
        "webhooks": partial(running.webhooks, session, now),
        "devices": partial(running.devices, session, now),
        "screen clocks": partial(running.screen_clocks, session, now),
        "opening hours": partial(halls.opening_hours, session, now),
        "holidays": partial(halls.holidays, now),
        "window plans": partial(halls.window_plans, session),
        "waits": partial(halls.waits, session, now),
    }
    for what, one in looks.items():
        yield from _looked(what, one, session)
    try:
        vault = Vault.from_settings(settings)
    except KeysWrong:
        return  # said above; without keys no seal can be compared
    yield from _looked("audit trail", partial(trust.trail, session, vault, now), session)
    yield from _looked("old keys", partial(trust.old_keys, session, vault), session)


def _looked(what: str, one: Look, session: Session | None = None) -> Iterator[Finding]:
    """Yield what a look finds; a look that fails says why and leaves the session usable."""
    try:
        found = one()
        yield from [found] if isinstance(found, Finding) else list(found)
    except Exception as failure:
        yield broken(what, f"could not be looked at: {_words(failure)}", "See what is said of the database.")
        if session is not None:
            session.rollback()


def _words(failure: Exception) -> str:
    """Return a plain line; never the statement, its values or the address with its password."""
    said = plain_words(failure) or type(failure).__name__
    return " ".join(said.split())
