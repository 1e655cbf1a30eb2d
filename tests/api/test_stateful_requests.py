"""Requests that follow from what was answered before, held to the description of the API in all it says.

schemathesis reads from the description which answer names what another request asks for, and goes on from
there: make, look, change, end, look again. Beside it ``test_odd_requests`` asks every operation by itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import checks
from schemathesis.core.failures import Failure, FailureGroup

from app.main import create_app
from kernel.web.access import STAFF_COOKIE
from kernel.web.schemas import Out
from tests.support.every_page import furnished, furnishing
from tests.support.served import listening_with

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.figures import Figures
    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance"),
    *("use_after_free", "ensure_resource_availability"),
)
# Not held to: that whatever fits a schema is taken (a plan may fit and break a hall's rules), and what other
# tests say of every route: who may ask (test_who_may_what), which methods there are (test_access_rules).
LEFT_OUT = r"^/api/v1/sessions|^/metrics|^/waitz|^/readyz"


@dataclass
class Seen:
    """How often each operation was answered in which way, and what was wrong, once a kind and operation."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        return self.answers.total()

    def note(self, operation: str, failure: BaseException) -> None:
        for own in getattr(failure, "exceptions", [failure]):
            self.faults.setdefault((type(own).__name__, operation), str(own)[:300])


def machine(url: str, city: SmallCity, seen: Seen) -> type:
    """Return the state machine over a served app, asked by an administrator or the kiosk of a hall."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json").exclude(path_regex=LEFT_OUT)
    found: Any = schema.as_state_machine()
    wanted = [own for own in checks.CHECKS.get_all() if own.__name__ in CHECKS]
    assert len(wanted) == len(CHECKS)

    class Asking(found):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            who = "kiosk" if "kiosk" in str(case.operation.definition.raw.get("tags", "")) else "admin"
            headers = {"Authorization": f"Bearer {city.tokens[who]}", "Idempotency-Key": uuid4().hex}
            return {"headers": headers, "cookies": {STAFF_COOKIE: ""}}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            operation = f"{case.method} {case.path}"
            seen.answers[operation, response.status_code] += 1
            try:
                case.validate_response(response, checks=wanted)
            except (Failure, FailureGroup) as failure:  # one kind of fault must not hide the next
                seen.note(operation, failure)

    return Asking


def run(app: FastAPI, city: SmallCity, *, examples: int, steps: int) -> Seen:
    """Let the machine run so many times so many steps, the same each time it is asked."""
    seen = Seen()
    with listening_with(app) as (_, port):
        own = settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            database=None,
        )
        asking = seed(17)(machine(f"http://127.0.0.1:{port}", city, seen))
        run_state_machine_as_test(asking, settings=own)
    return seen


@pytest.fixture
def app(sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock) -> FastAPI:
    parts = furnishing(sqlite_parts)
    furnished(parts, sqlite_city, clock)
    return create_app(parts)


def told(faults: Iterable[Any]) -> str:
    return "\n".join(map(str, faults))


def test_what_follows_from_answers_is_answered_as_described(app: FastAPI, sqlite_city: SmallCity) -> None:
    seen = run(app, sqlite_city, examples=8, steps=15)
    assert not seen.faults, told(seen.faults.items())
    assert seen.asked > 60
    assert len({operation for operation, status in seen.answers if status < 300}) > 1


@pytest.mark.drill
@pytest.mark.timeout(7200)
def test_twenty_thousand_requests_that_follow_from_answers(
    app: FastAPI, sqlite_city: SmallCity, figures: Figures
) -> None:
    seen = run(app, sqlite_city, examples=1_000, steps=20)
    well = sum(count for (_, status), count in seen.answers.items() if status < 300)
    operations = len({operation for operation, _ in seen.answers})
    figures.note(requests=seen.asked, operations=operations, well=well, faults=len(seen.faults))
    assert not seen.faults, told(seen.faults.items())
    assert seen.asked >= 20_000


class ThingOut(Out):
    """A thing of the seeded faults."""

    id: str
    size: int


def test_a_fault_that_only_shows_in_a_row_of_requests_is_found(app: FastAPI, sqlite_city: SmallCity) -> None:
    from fastapi import APIRouter  # noqa: PLC0415 - the twin alone needs these
    from starlette.responses import JSONResponse  # noqa: PLC0415

    from kernel.web.access import Public  # noqa: PLC0415

    faulty, kept = APIRouter(prefix="/api/v1/things", dependencies=[Public]), set[str]()

    @faulty.post("", status_code=201)
    def make() -> ThingOut:
        kept.add(own := uuid4().hex)
        return ThingOut(id=own, size=1)

    @faulty.get("/{thing_id}", response_model=ThingOut)
    def look(thing_id: str) -> JSONResponse:
        """Answers made-up ids as it should, and those that were made with what it does not describe."""
        if thing_id not in kept:
            return JSONResponse({"id": thing_id, "size": 0})
        return JSONResponse({"id": thing_id, "size": "large"})

    app.router.routes.clear()
    app.include_router(faulty)
    app.openapi_schema = None
    app.setup()
    seen = run(app, sqlite_city, examples=5, steps=8)
    assert ("JsonSchemaError", "GET /api/v1/things/{thing_id}") in seen.faults, told(seen.faults.items())
