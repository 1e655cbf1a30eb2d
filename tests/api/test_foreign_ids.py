"""Whoever guesses ids or links learns nothing: each made-up one is answered as not found, all in one way."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse

from app.main import create_app
from kernel.secrets import new_token
from kernel.web.access import Public
from tests.api.test_odd_requests import asking, known
from tests.architecture.test_access_rules import routes_of, rules_of
from tests.conftest import bearer
from tests.support.every_page import furnished, furnishing
from tests.support.odd_requests import Maker

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2
    from fastapi import FastAPI

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.every_page import Furnished
    from tests.support.figures import Figures
    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

ROLES = ("", "kiosk", "clerk1", "manager", "supervisor", "admin")
PLACES = {"code": "H1", "prefix": "A", "wanted": "id-card", "service_code": "id-card", "day": "2026-11-19"}
WORDS = {"action": "take", "step": "pause", "version": "1", "subject": "x"}
# These lead back to the page that says so, or look at nothing behind the link.
LEADS_ON = (
    *("/a/{token}/leave", "/a/{token}/appeal", "/a/{token}/licences", "/book/{token}/code/again"),
    *("/t/{token}/rating", "/staff/link/{token}"),
)
ENTRY = {
    **{"id": str(uuid4()), "what": "finish", "label": "A001", "ticket_id": str(uuid4())},
    **{"at": "2026-11-18T02:00:00Z", "heard_at": "2026-11-18T01:00:00Z", "pressed_by": str(uuid4())},
}
BODIES = {
    ("POST", "/api/v1/tickets/{ticket_id}/transfer"): {"queue_id": str(uuid4())},
    ("POST", "/api/v1/windows/{window_id}/desk-entries"): {
        "entries": [ENTRY], "sent_at": "2026-11-18T02:00:00Z",
    },
}  # fmt: skip
REFUSED = (303, 401, 403)  # before the id is looked at: by the role alone
Bodies = dict[tuple[str, str], Any]


def made_up(name: str) -> str:
    return new_token() if name == "token" else str(uuid4())


def near(real: str) -> str:
    """Return an id or a token that differs from one that is there in its last character."""
    return real[:-1] + ("0" if real[-1] != "0" else "1")


class Guesser:
    """Somebody of a role who asks for things by ids that they made up."""

    def __init__(self, client: httpx2.AsyncClient, city: SmallCity, bodies: Bodies) -> None:
        self.client, self.city, self.bodies = client, city, {**bodies, **BODIES}

    async def ask(self, who: str, method: str, pattern: str, **ids: str) -> tuple[int, str]:
        """Return status and what is said; that what was asked for is said again tells nothing."""
        headers = bearer(self.city.tokens[who]) if who else {"Idempotency-Key": uuid4().hex}
        path = pattern.format(**PLACES, **WORDS, **ids)
        got = await self.client.request(
            method, path, json=self.bodies.get((method, pattern)), headers={"Accept": "text/html", **headers}
        )
        told = got.text
        for name, own in ids.items():
            told = told.replace(own, name)
        return got.status_code, told


def by_id(app: FastAPI) -> Iterator[tuple[str, str, list[str], str]]:
    """Yield method, pattern, names of ids and rule of each route that finds something by an id or a link."""
    for route in routes_of(app):
        if not isinstance(route, APIRoute) or route.path in LEADS_ON:
            continue
        names = [own.name for own in route.dependant.path_params]
        ids = [name for name in names if name.endswith("_id") or name == "token"]
        # What pages send is a form: it is looked at before the link and told apart by its fields.
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}) if ids else ():
            if method == "GET" or route.path.startswith("/api/"):
                yield method, route.path, ids, next(rules_of(route.dependant))


@pytest.fixture
def guessed(sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock) -> tuple[FastAPI, Furnished]:
    parts = furnishing(sqlite_parts)
    city = furnished(parts, sqlite_city, clock)
    return create_app(parts), city


def bodies_of(app: FastAPI, city: SmallCity) -> Bodies:
    made = Maker(app.openapi(), known(city), seed=3).of_operations(1)
    return {(own.method, own.pattern): own.body for _, own in made}


async def odd_answers(app: FastAPI, city: SmallCity) -> tuple[list[Any], int]:
    """Return what was answered otherwise than as not found, or in two ways; and how many were not found."""
    wrong, not_found = [], 0
    async with asking(app) as client:
        guesser = Guesser(client, city, bodies_of(app, city))
        for method, pattern, ids, rule in by_id(app):
            found = set()
            for who in ROLES:
                guesses = [{name: made_up(name) for name in ids} for _ in range(2)]
                one, other = [await guesser.ask(who, method, pattern, **own) for own in guesses]
                found.add(one[0])
                not_found += one[0] == 404
                if one != other or one[0] not in (404, *REFUSED):
                    wrong.append((method, pattern, rule, who, one, other))
            if 404 not in found:
                wrong.append((method, pattern, rule, "nobody was told that it is not found"))
    return wrong, not_found


async def test_made_up_ids_and_links_are_not_found_in_one_way(
    guessed: tuple[FastAPI, Furnished], sqlite_city: SmallCity
) -> None:
    wrong, not_found = await odd_answers(guessed[0], sqlite_city)
    assert wrong == []
    assert not_found > 200


async def test_an_answer_that_tells_more_is_found(
    guessed: tuple[FastAPI, Furnished], sqlite_city: SmallCity
) -> None:
    app, talks = guessed[0], APIRouter()

    @talks.get("/api/v1/talks/{thing_id}", dependencies=[Public])
    def says_which(thing_id: str) -> JSONResponse:
        return JSONResponse({"looked_for": thing_id[:4]}, 404)

    app.router.routes.clear()
    app.include_router(talks)
    wrong, _ = await odd_answers(app, sqlite_city)
    assert [own[3] for own in wrong] == list(ROLES)


TIMED = (
    *(("GET", "/a/{token}", "booked", ""), ("GET", "/t/{token}", "waiting", "")),
    ("GET", "/api/v1/windows/{window_id}/desk", "window", "clerk1"),
    ("POST", "/api/v1/halls/{code}/appointments/{appointment_id}/number", "appointment", "manager"),
    ("GET", "/api/v1/webhooks/{webhook_id}", "webhook", "supervisor"),
)


@pytest.mark.drill
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("method", "pattern", "real", "who"), TIMED)
async def test_a_near_guess_takes_no_longer_than_a_wild_one(
    guessed: tuple[FastAPI, Furnished], sqlite_city: SmallCity, figures: Figures,
    method: str, pattern: str, real: str, who: str,
) -> None:  # fmt: skip
    """1,000 guesses each, in turn: an id that shares all but its end with one that is there, and any."""
    app, city = guessed
    name = pattern.rsplit("{", 1)[1].split("}")[0]
    taken: dict[str, list[float]] = {"near": [], "wild": []}
    async with asking(app) as client:
        guesser = Guesser(client, sqlite_city, {})
        for _ in range(1_000):
            for kind, own in (("near", near(city.names[real])), ("wild", made_up(name))):
                begun = time.perf_counter()
                status, _ = await guesser.ask(who, method, pattern, **{name: own})
                taken[kind].append(time.perf_counter() - begun)
                assert status == 404
    median = {kind: statistics.median(own) * 1e3 for kind, own in taken.items()}
    figures.note(near_ms=median["near"], wild_ms=median["wild"], ratio=median["near"] / median["wild"])
    assert 0.8 < median["near"] / median["wild"] < 1.25
