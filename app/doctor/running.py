"""What runs: the program, the bus, the worker, what is on its way, the screens and kiosks."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
from redis import Redis
from redis.exceptions import RedisError

from app.doctor.findings import Level, broken, look, ok, some
from booking.messages.store import due_since
from booking.rules.webhooks import EndpointStatus
from booking.webhooks import store as hooks
from kernel import catalogue, jobs, outbox
from kernel.devices import registered_devices
from queueing.rules.screens import is_off
from queueing.screens.store import screens_of_city

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlmodel import Session

    from app.doctor.findings import Finding
    from kernel.calendar import OpeningCalendar
    from kernel.settings import Settings

ANSWERS_WITHIN_S = 3.0
JOBS_LOOK, JOBS_BROKEN = timedelta(minutes=10), timedelta(hours=1)  # the longest job is boxed at a minute
EVENTS_LOOK, EVENTS_BROKEN = timedelta(seconds=30), timedelta(minutes=10)
MESSAGES_LOOK, MESSAGES_BROKEN = timedelta(minutes=10), timedelta(hours=2)
HOOKS_LOOK, HOOKS_BROKEN = timedelta(minutes=10), timedelta(hours=2)
CLOCKS_HEARD_WITHIN = timedelta(days=1)  # what a screen said longer ago says nothing of it now
SILENT_AFTER = timedelta(hours=1)  # of the hall's opening: a screen asks every few seconds
LOOKED_BACK = timedelta(days=14)


def program(url: str, *, hall_is_open: Callable[[], bool]) -> Iterator[Finding]:
    """Ask the program that runs whether it can serve, and which estimator serves the halls that are open."""
    try:
        # No proxy of the environment: it would answer in the program's place.
        with httpx2.Client(base_url=url, timeout=ANSWERS_WITHIN_S, trust_env=False) as http:
            ready = http.get("/readyz")
            waits = http.get("/waitz").json() if ready.status_code == 200 else None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as silent:
        helps = "Start it with `jinban serve`, or name where it listens with --url."
        yield look("program", f"nobody answers at {url} ({type(silent).__name__})", helps)
        return
    if ready.status_code != 200:
        said = ""
        with suppress(ValueError, AttributeError):
            said = str(ready.json().get("title", ""))
        yield broken("program", f"/readyz answers {ready.status_code}: {said}", "See its log.")
        return
    try:
        served = estimator(waits, hall_is_open=hall_is_open)
    except (AttributeError, TypeError, ValueError):
        yield look("program", f"another program answers at {url}", "Name where it listens with --url.")
        return
    yield ok("program", f"ready at {url}")
    yield served


def estimator(waits: Any, *, hall_is_open: Callable[[], bool]) -> Finding:
    """Judge what ``/waitz`` says; while no hall is open the estimator has nothing to say.

    Raises ``AttributeError``, ``TypeError`` or ``ValueError`` for what another program says.
    """
    halls = {name: n for name, n in dict(waits.get("halls", {})).items() if name != "drain"}
    if waits.get("oldest_s") is not None and halls:
        told = ", ".join(f"{n} halls {name}" for name, n in sorted(halls.items()))
        return ok("estimates", f"{told}; the oldest is {waits['oldest_s']:.0f} s old")
    if not hall_is_open():
        return ok("estimates", "no hall is open: there are no waits to tell")
    helps = "It begins within some minutes of a start; after that see the log for `estimator ended or hangs`."
    return look("estimates", "the estimator is silent: waits come from the simple formula", helps)


def bus(settings: Settings) -> Finding:
    """Ask Redis, where there is one."""
    if settings.redis_url is None:
        return ok("bus", "within the process: one API process serves")
    try:
        with Redis.from_url(
            settings.redis_url, socket_timeout=ANSWERS_WITHIN_S, socket_connect_timeout=ANSWERS_WITHIN_S
        ) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError) as away:
        helps = "Start it again; until then calls go on and screens ask every few seconds."
        return broken("bus", f"Redis does not answer ({type(away).__name__})", helps)
    return ok("bus", "Redis answers")


def worker(session: Session, settings: Settings, now: datetime) -> Finding:
    """Tell whether background work goes on."""
    found = jobs.standstill(session, now=now)
    waits = now - found.due_since if found.due_since is not None else timedelta()
    helps = "See the program's log for `worker`; restart it."
    if not settings.run_worker:
        helps = "This process runs no worker (JINBAN_RUN_WORKER): another one has to."
    seen = f"a job has been due for {_told(waits)}"
    if waits >= JOBS_BROKEN:
        return broken("worker", seen, helps)
    if waits >= JOBS_LOOK:
        return look("worker", seen, helps)
    if found.hanging:
        return look("worker", f"{found.hanging} jobs run longer than any should", helps)
    if found.failed:
        return look(
            "worker", f"failed within two days: {some(found.failed)}", "See the log for `job failed`."
        )
    return ok("worker", "no job waits longer than it should")


def events(session: Session, now: datetime) -> Finding:
    """Tell whether what happens is passed on to the screens."""
    helps = "The relay or Redis stands: see the log; restart the program."
    count, oldest = outbox.unpublished_since(session)
    return _lag("events", count, oldest, now, (EVENTS_LOOK, EVENTS_BROKEN), helps)


def messages(session: Session, settings: Settings, now: datetime) -> Finding:
    """Tell whether messages to citizens go out."""
    if settings.messages is None:
        return ok("messages", "not set up: nobody gets any")
    if settings.messages.kind == "log":
        helps = "Set JINBAN_MESSAGES__KIND=http and the gateway: codes that confirm a booking come to nobody."
        return look("messages", "pages say that they are sent, but they only leave a line in the log", helps)
    helps = "The gateway stands, or refuses: see the log and the supervisor's page of messages."
    count, oldest = due_since(session, now)
    return _lag("messages", count, oldest, now, (MESSAGES_LOOK, MESSAGES_BROKEN), helps)


def webhooks(session: Session, now: datetime) -> Iterator[Finding]:
    """Tell whether other programs are told what happens, and which of them do not take it."""
    every = hooks.endpoints(session)
    if not every:
        yield ok("webhooks", "none is set up")
        return
    gone = [own.name for own in every if own.status is EndpointStatus.FAILING]
    since = [own for own in every if own.status is EndpointStatus.ACTIVE and own.failing_since is not None]
    failing = [own.name for own in since if now - own.failing_since >= HOOKS_LOOK]  # type: ignore[operator]
    if gone:
        helps = "Let its receiver be mended, then resume it: /staff/webhooks or `jinban webhooks resume`."
        yield broken(
            "webhooks",
            f"paused, nothing was taken for a day or they said that they are gone: {some(gone)}",
            helps,
        )
    if failing:
        helps = "See what it answers: /staff/webhooks or `jinban webhooks deliveries`."
        yield look("webhooks", f"nothing was taken for a while by: {some(failing)}", helps)
    count, oldest = hooks.due_since(session, now)
    helps = "The process that sends (JINBAN_RUN_WORKER) stands: see the log, restart it."
    lag = _lag("webhooks", count, oldest, now, (HOOKS_LOOK, HOOKS_BROKEN), helps)
    if lag.level is not Level.OK or not (gone or failing):
        yield lag


def _lag(
    what: str,
    count: int,
    oldest: datetime | None,
    now: datetime,
    limits: tuple[timedelta, timedelta],
    helps: str,
) -> Finding:
    age = now - oldest if oldest is not None else timedelta()
    if age < limits[0]:
        return ok(what, "none waits longer than it should")
    seen = f"{count} wait, the oldest for {_told(age)}"
    return look(what, seen, helps) if age < limits[1] else broken(what, seen, helps)


def devices(session: Session, now: datetime) -> Finding:
    """Tell which screens and kiosks were silent while their hall was open."""
    halls = {hall.code: hall for hall in catalogue.halls(session)}
    calendars = catalogue.calendars(session, [hall.id for hall in halls.values()])
    known = [own for own in registered_devices(session) if not own.disabled]
    silent = [
        f"{own.hall} {own.name} ({own.kind})"
        for own in known
        if own.heard_at is None
        or open_since(calendars[halls[own.hall].id], own.heard_at, now) >= SILENT_AFTER
    ]
    if silent:
        helps = "See whether it is on and in the network; `jinban device disable` takes out what is gone."
        return look("devices", f"not heard of while the hall was open: {some(silent)}", helps)
    return ok("devices", f"{len(known)} screens and kiosks are heard of")


def screen_clocks(session: Session, now: datetime) -> Finding:
    """Tell which screens' own clocks are off; what they show follows the server's."""
    told = [(code, own) for code, own in screens_of_city(session) if now - own.heard_at < CLOCKS_HEARD_WITHIN]
    off = [
        f"{code} {own.kind} {own.name} {own.drift.total_seconds():+.1f} s"
        for code, own in told
        if own.drift is not None and is_off(own.drift)
    ]
    if off:
        helps = "What they show is right; let these machines take their time from the network (NTP)."
        return look("screen clocks", f"off by more than 2 s: {some(off)}", helps)
    known = sum(own.drift is not None for _, own in told)
    return ok("screen clocks", f"{known} screens say theirs, none is off by more than 2 s")


def open_since(calendar: OpeningCalendar, since: datetime, now: datetime) -> timedelta:
    """Return for how long a hall was open from an instant until now, at most two weeks back."""
    begins = max(since, now - LOOKED_BACK)
    day, total = calendar.local_day(begins), timedelta()
    while day <= calendar.local_day(now):
        for span in calendar.spans(day):
            total += max(timedelta(), min(span.closes_at, now) - max(span.opens_at, begins))
        day += timedelta(days=1)
    return total


def _told(age: timedelta) -> str:
    minutes = age.total_seconds() / 60
    if minutes < 2:
        return f"{age.total_seconds():.0f} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
