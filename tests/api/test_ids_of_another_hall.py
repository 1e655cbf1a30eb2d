"""Whoever tries ids learns nothing: a thing of another hall is answered like one that is not there.

The routes are the router's own; a new name for an id in an address fails here until it is decided on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update

import app.main
from app.main import create_app
from app.others_things import OF_A_HALL
from kernel.identity import Role
from kernel.identity_tables import StaffRow
from kernel.web.access import STAFF_COOKIE
from queueing import service as queueing
from tests.api.test_odd_requests import asking, known
from tests.api.test_things_of_another_hall import things  # noqa: F401 - a fixture
from tests.architecture.test_access_rules import routes_of
from tests.conftest import bearer
from tests.support.odd_requests import Maker

if TYPE_CHECKING:
    from fastapi import FastAPI

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

OF_NO_HALL = {
    "appeal_id": "appeals against no-shows are the city's",
    "webhook_id": "webhooks are the city's",
    "delivery_id": "of a webhook",
    "job_id": "jobs tell nothing but how far they are",
    "wait_id": "a citizen's own",
}
# What says something else, and the same of whatever id is asked for.
OTHERWISE = {
    ("POST", "/api/v1/windows/{window_id}/licences"),  # there is no licence system in this installation
    (
        "PUT",
        "/api/v1/halls/{code}/licences/staff/{staff_id}",
    ),  # the hall is asked for first, then whether somebody works in it
}
MADE_UP = "0198a3c1-0000-7000-8000-0123456789ab"


@pytest.fixture
def real(
    sqlite_parts: Parts,
    sqlite_city: SmallCity,
    clock: ManualClock,
    things: dict[str, str],  # noqa: F811
) -> dict[str, str]:
    """Ids of things in the first hall, by the name that addresses have for them."""
    issued = sqlite_parts.database.write_now(
        queueing.issue_ticket, sqlite_city.hall, [sqlite_city.services["id-card"]], priority=False,
        by=sqlite_city.manager.actor, clock=clock, vault=sqlite_parts.vault,
    )  # fmt: skip
    more = {
        "ticket_id": issued.ticket.id,
        "window_id": sqlite_city.windows[0],
        "queue_id": sqlite_city.queue_a,
        "staff_id": sqlite_city.clerks[0].id,
    }
    return things | {name: str(own) for name, own in more.items()}


def id_names(route: Any) -> set[str]:
    return {own.name for own in route.dependant.path_params if own.name.endswith("_id")}


def with_ids(whole: FastAPI) -> list[tuple[str, APIRoute]]:
    """Return each way to ask of the router that names a thing of a hall by its id."""
    return [
        (method, route)
        for route in routes_of(whole)
        if isinstance(route, APIRoute) and id_names(route) & set(OF_A_HALL)
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
    ]


async def told(
    parts: Parts, city: SmallCity, token: str, ids: dict[str, str], hall: str, only: set[str]
) -> dict[tuple[str, str], tuple[int, str]]:
    """Return status and text of each route's answer, with the ids that were asked for taken out."""
    whole, got = create_app(parts), {}
    bodies = {
        (own.method, own.pattern): own.body
        for _, own in Maker(whole.openapi(), known(city), 7).of_operations(1)
    }
    async with asking(whole) as client:
        client.cookies.set(STAFF_COOKIE, token)
        for method, route in with_ids(whole):
            if not id_names(route) & only:
                continue
            names = {own.name for own in route.dependant.path_params}
            path = route.path.format(**{name: ids.get(name, hall) for name in names})
            headers = {**bearer(token), "Idempotency-Key": uuid4().hex}
            answer = await client.request(
                method, path, json=bodies.get((method, route.path)), headers=headers
            )
            text = answer.text
            for name in names & set(ids):
                text = text.replace(ids[name], name)
            got[method, route.path] = (answer.status_code, text)
    return got


def test_each_name_of_an_id_in_an_address_is_decided_on(sqlite_parts: Parts) -> None:
    routes = [own for own in routes_of(create_app(sqlite_parts)) if isinstance(own, APIRoute)]
    named = set().union(*(id_names(own) for own in routes))
    assert named - set(OF_A_HALL) - set(OF_NO_HALL) == set()
    assert set(OF_A_HALL) - named == set(), "nothing is decided on that is in no address"


# The hall stands in the address, where it has one.
@pytest.mark.parametrize(("role", "hall"), [(Role.CLERK, "H1"), (Role.MANAGER, "H2")])
@pytest.mark.slow
async def test_an_id_of_another_hall_is_answered_like_one_of_nothing(
    sqlite_parts: Parts, sqlite_city: SmallCity, real: dict[str, str], role: Role, hall: str
) -> None:
    assert await differing(sqlite_parts, sqlite_city, real, role, hall) == {}


@pytest.mark.slow
async def test_without_the_one_place_an_id_can_be_told_from_one_of_nothing(
    sqlite_parts: Parts, sqlite_city: SmallCity, real: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.main, "as_unknown", lambda refused, _: refused)
    assert len(await differing(sqlite_parts, sqlite_city, real, Role.MANAGER, "H2")) > 10


async def differing(
    parts: Parts, city: SmallCity, real: dict[str, str], role: Role, hall: str
) -> dict[tuple[str, str], Any]:
    """Return where somebody of the second hall is told other things of real ids than of made-up ones."""
    staff = StaffRow.__table__  # type: ignore[attr-defined]
    as_role = update(staff).where(staff.c.username == "clerk4").values(role=role.value)
    parts.database.write_now(lambda session: session.execute(as_role) and None)
    token, nothing = city.tokens["clerk4"], dict.fromkeys(real, MADE_UP)
    theirs = await told(parts, city, token, real, hall, set(real))
    none = await told(parts, city, token, nothing, hall, set(real))
    assert len(theirs) > 20
    return {own: (theirs[own], none[own]) for own in theirs if theirs[own] != none[own]}


@pytest.mark.slow
async def test_what_is_said_of_an_id_of_nothing_is_what_is_said_in_the_one_place(
    sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    nothing = dict.fromkeys(OF_A_HALL, MADE_UP)
    for who in ("manager", "clerk1", "supervisor"):
        token = sqlite_city.tokens[who]
        said = await told(sqlite_parts, sqlite_city, token, nothing, "H1", set(OF_A_HALL))
        wrong = {
            own: answer
            for own, answer in said.items()
            if answer[0] == 404 and own[1].startswith("/api/")
            and own not in OTHERWISE
            and not any(_fits(answer[1], name) for name in OF_A_HALL if "{" + name in own[1])
        }  # fmt: skip
        assert wrong == {}


def _fits(text: str, name: str) -> bool:
    kind, fact = OF_A_HALL[name]
    return f'"code":"{kind.code}"' in text and (not fact or f'"{fact}":"{name}"' in text)
