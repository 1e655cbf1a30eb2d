"""Every route × every role × own and other hall: who is not meant is refused, whoever is meant is not.

The table is read off the routes themselves, so a route that is added later is asked too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import insert

from app.main import create_app
from kernel.identity import CITIZEN, Role, open_session
from kernel.identity_tables import StaffRow
from kernel.ids import StaffId, uuid7
from kernel.web.access import Clerk
from queueing import service
from tests.api.test_odd_requests import asking, known
from tests.architecture.test_access_rules import routes_of, rules_of
from tests.conftest import bearer
from tests.support.odd_requests import Maker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx2
    from fastapi import FastAPI

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

ELSEWHERE = ("clerk4", "manager2")
OWN_PROOF = "second-factor"  # these ask for the password besides the session, and answer 401 without
LEFT_OUT = ("session", "sign-", OWN_PROOF, "account/sso")  # the last: no single sign-on in this city
ROLE_OF = {"clerk1": "clerk", "clerk4": "clerk", "manager": "manager", "manager2": "manager"}
ROLE_OF |= {"supervisor": "supervisor", "admin": "administrator"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A route as somebody asks it; ``of_hall``: its address names the first hall or what is in it."""

    method: str
    pattern: str
    address: str
    rule: str
    of_hall: bool
    body: Any

    @property
    def roles(self) -> frozenset[str]:
        """The roles of staff that its rule lets in; an administrator always, where staff are let in."""
        kind, _, named = self.rule.partition(": ")
        return frozenset({*named.split(", "), "administrator"} if kind in ("staff", "staff page") else ())

    @property
    def refusals(self) -> tuple[int, ...]:
        """How staff are refused; before a citizen's own list they are strangers, led to its front."""
        return (303,) if self.rule == "citizen page" else (401, 403)


@pytest.fixture
def tokens(sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock) -> dict[str, str]:
    """Sessions of everybody, a manager of the second hall among them."""
    own = StaffId(uuid7())
    row = insert(StaffRow.__table__).values(  # type: ignore[attr-defined]
        id=own, username="manager2", display_name="Manager 2", role=Role.MANAGER.value,
        hall_id=sqlite_city.other_hall, password_hash="!", failed_tries=0, disabled=False,
    )  # fmt: skip
    write = sqlite_parts.database.write_now
    write(lambda session: session.execute(row) and None)
    session = write(open_session, own, vault=sqlite_parts.vault, now=clock.now())
    return {**sqlite_city.tokens, "manager2": session}


def asked_of(app: FastAPI, city: SmallCity, ticket: Any) -> Iterator[Asked]:
    """Yield every route but those that end sessions, with what is in the first hall in its address."""
    here = {
        **{"code": "H1", "window_id": str(city.windows[0]), "ticket_id": str(ticket)},
        **{"queue_id": str(city.queue_a), "staff_id": str(city.clerks[0].id)},
        **{"day": "2026-11-19", "prefix": "A", "wanted": "id-card", "service_code": "id-card"},
    }
    description = app.openapi()
    maker = Maker(description, known(city), seed=5)
    bodies = {(own.method, own.pattern): own.body for _, own in maker.of_operations(1)}
    for route in routes_of(app):
        if not isinstance(route, APIRoute) or any(own in route.path for own in LEFT_OUT):
            continue
        names = [own.name for own in route.dependant.path_params]
        values = {name: here.get(name, str(uuid7()) if name.endswith("_id") else "x") for name in names}
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Asked(
                method,
                route.path,
                route.path.replace(":path", "").format(**values),
                next(rules_of(route.dependant)),
                bool({"code", "window_id", "ticket_id"} & set(names)),
                bodies.get((method, route.path)),
            )


async def answered(client: httpx2.AsyncClient, own: Asked, token: str | None) -> tuple[int, str]:
    headers = {"Idempotency-Key": uuid4().hex, **(bearer(token) if token else {})}
    got = await client.request(own.method, own.address, json=own.body, headers=headers)
    is_problem = "problem+json" in got.headers.get("content-type", "")
    return got.status_code, str(got.json().get("code", "")) if is_problem else ""


async def holes(
    app: FastAPI, city: SmallCity, tokens: Mapping[str, str], ticket: Any
) -> tuple[list[str], dict[str, int]]:
    """Return who was let in, or kept out, against a route's rule, and how often each was asked."""
    wrong: list[str] = []
    done = dict.fromkeys(("refused", "let in", "kept out of the other hall"), 0)

    def expect(holds: bool, what: str, own: Asked, who: str, got: tuple[int, str]) -> None:
        done[what] += 1
        if not holds:
            wrong.append(f"{own.method} {own.pattern} ({own.rule}), {who}: {got}")

    async with asking(app) as client:
        for own in list(asked_of(app, city, ticket)):
            if own.rule in ("public", "holder of a capability token"):
                continue
            got = await answered(client, own, None)
            expect(got[0] in (401, 303), "refused", own, "a stranger", got)
            if own.roles:
                got = await answered(client, own, tokens["kiosk"])
                expect(got[0] in (401, 303), "refused", own, "a kiosk", got)
            let_in = False
            for who, role in ROLE_OF.items():
                meant = role in own.roles
                # One of those who are meant is enough, and another hall there is only where one is named.
                if (who in ELSEWHERE and not own.of_hall) or (who not in ELSEWHERE and meant and let_in):
                    continue
                let_in |= meant and who not in ELSEWHERE
                got = await answered(client, own, tokens[who])
                if not meant:
                    expect(got[0] in own.refusals, "refused", own, who, got)
                elif who in ELSEWHERE:
                    expect(400 <= got[0] < 500, "kept out of the other hall", own, who, got)
                else:
                    # Whoever answers for one hall is told so where the whole city is asked for.
                    refused = got[1] == "wrong-hall" and own.of_hall
                    expect(got[0] != 401 and not refused, "let in", own, who, got)
    return wrong, done


async def test_each_route_lets_in_whom_it_names_and_nobody_else(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock, tokens: Mapping[str, str]
) -> None:
    ticket = sqlite_parts.database.write_now(
        service.issue_ticket, sqlite_city.hall, [sqlite_city.services["id-card"]],
        priority=False, by=CITIZEN, clock=clock, vault=sqlite_parts.vault,
    ).ticket.id  # fmt: skip
    wrong, done = await holes(create_app(sqlite_parts), sqlite_city, tokens, ticket)
    assert wrong == []
    assert done["refused"] > 500, done
    assert done["let in"] > 120, done
    assert done["kept out of the other hall"] > 100, done


async def test_a_route_that_forgets_whose_hall_it_is_is_found(
    sqlite_parts: Parts, sqlite_city: SmallCity, tokens: Mapping[str, str]
) -> None:
    app = create_app(sqlite_parts)
    careless = APIRouter()

    @careless.get("/api/v1/halls/{code}/careless")
    def careless_of_the_hall(code: str, clerk: Clerk) -> str:
        return f"{code} {clerk.name}"

    app.router.routes.clear()
    app.include_router(careless)
    wrong, _ = await holes(app, sqlite_city, tokens, uuid7())
    assert [own.split("), ")[1] for own in wrong] == ["clerk4: (200, '')", "manager2: (200, '')"]
