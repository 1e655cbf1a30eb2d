"""What one hall set up or promised is not another hall's to touch, though its id is known there.

The matrix of routes and roles asks with made-up ids where an address names no hall; here they are real.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update

from app.main import create_app
from booking import service as booking
from kernel.identity import Role
from kernel.identity_tables import StaffRow
from queueing import service as queueing
from queueing.help import service as help_calls
from queueing.notices import service as notices
from queueing.priority import service as priority
from queueing.quotas import service as quotas
from queueing.rules.quotas import DAY_MINUTES
from tests.api.test_odd_requests import asking, known
from tests.architecture.test_access_rules import routes_of
from tests.booking.booking_city import client as somebody
from tests.booking.booking_city import person
from tests.conftest import MORNING, bearer
from tests.support.odd_requests import Maker

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

NAMES = ("class_id", "quota_id", "notice_id", "call_id", "appointment_id")


@pytest.fixture
def things(sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock) -> dict[str, str]:
    """One of each in the first hall, by the name that addresses have for its id."""
    write, by, clerk = sqlite_parts.database.write_now, sqlite_city.manager, sqlite_city.clerks[0]
    keys: dict[str, Any] = {"clock": clock, "vault": sqlite_parts.vault}
    write(queueing.open_window, sqlite_city.windows[0], by=clerk, clock=clock)
    quota = write(
        quotas.add_quota, "H1", queue="A", service=None, from_minute=0, to_minute=DAY_MINUTES, most=9,
        by=by, clock=clock,
    ).quotas[0].now.quota  # fmt: skip
    own_class = write(priority.add_class, "H1", priority.Wanted("军人", "Serving", 5), by=by, clock=clock)
    until = clock.now() + timedelta(hours=2)
    notice = write(
        notices.post_notice, "H1", notices.NewNotice("停电", "No power", None, until), by=by, clock=clock
    )
    call = write(help_calls.ask_help, sqlite_city.windows[0], "", by=clerk, clock=clock)
    starts_at = MORNING.replace(hour=10, minute=0) + timedelta(days=1)
    held = write(booking.hold, "H1", ["id-card"], starts_at, client=somebody(), **keys)
    booked = write(booking.confirm, held.token, person(), **keys)
    found = (own_class.classes[0].id, quota.id, notice.notice.id, call.id, booked.id)
    return dict(zip(NAMES, map(str, found), strict=True))


async def answers(
    parts: Parts, city: SmallCity, things: dict[str, str], token: str, *, hall: str = "H1"
) -> dict[tuple[str, str], int]:
    app = create_app(parts)
    bodies = {
        (own.method, own.pattern): own.body
        for _, own in Maker(app.openapi(), known(city), 7).of_operations(1)
    }
    got = {}
    async with asking(app) as client:
        for route in routes_of(app):
            if not isinstance(route, APIRoute) or not route.path.startswith("/api/"):
                continue
            names = {own.name for own in route.dependant.path_params}
            for method in (
                sorted((route.methods or set()) - {"HEAD", "OPTIONS"}) if names & set(NAMES) else ()
            ):
                path = route.path.format(**{name: things.get(name, hall) for name in names})
                headers = {**bearer(token), "Idempotency-Key": uuid4().hex}
                answer = await client.request(
                    method, path, json=bodies.get((method, route.path)), headers=headers
                )
                got[method, route.path] = answer.status_code
    return got


@pytest.mark.parametrize("hall", ["H1", "H2"])  # in the address, where it has one
@pytest.mark.parametrize("role", [Role.CLERK, Role.MANAGER])
@pytest.mark.slow
async def test_whoever_works_in_another_hall_is_kept_from_them(
    sqlite_parts: Parts, sqlite_city: SmallCity, things: dict[str, str], role: Role, hall: str
) -> None:
    staff = StaffRow.__table__  # type: ignore[attr-defined]
    as_role = update(staff).where(staff.c.username == "clerk4").values(role=role.value)
    sqlite_parts.database.write_now(lambda session: session.execute(as_role) and None)
    got = await answers(sqlite_parts, sqlite_city, things, sqlite_city.tokens["clerk4"], hall=hall)
    assert len(got) > 10
    assert {route: status for route, status in got.items() if status not in (403, 404)} == {}


@pytest.mark.slow
async def test_whoever_manages_the_hall_comes_to_each_of_them(
    sqlite_parts: Parts, sqlite_city: SmallCity, things: dict[str, str]
) -> None:
    got = await answers(sqlite_parts, sqlite_city, things, sqlite_city.tokens["manager"])
    for name in NAMES:
        reached = [status for (_, path), status in got.items() if name in path and status not in (403, 404)]
        assert reached, (name, got)
