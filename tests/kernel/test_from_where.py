"""The trail says from where each deed of staff came: address and session, and when a session moved."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import select, update

from app.main import create_app
from kernel.audit_chain import rows
from kernel.audit_check import Fault, verify
from kernel.identity import CITIZEN
from kernel.origin import AT_THE_MACHINE, Origin, coming_from, origin
from kernel.sessions import begin_session
from kernel.web.access import STAFF_COOKIE
from queueing import service
from queueing.sealing import LogFault, seal_log, verify_log
from queueing.store.ticket_writes import log
from tests.conftest import bearer
from tests.support.people import PASSWORD, give_passwords

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

DESK, HOME = "10.3.0.7", "203.0.113.9"


def lines(database: Database) -> list[Any]:
    return list(database.read_now(lambda session: session.execute(select(rows).order_by(rows.c.id)).all()))


async def asked(parts: Parts, address: str, method: str, path: str, **more: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=create_app(parts), client=(address, 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.request(method, path, **more)


async def test_a_deed_says_address_and_session_and_a_session_that_moved_is_told(
    parts: Parts, city: SmallCity, database: Database, vault: Vault
) -> None:
    give_passwords(database)
    opened = {"username": "clerk1", "password": PASSWORD}
    signed = await asked(parts, DESK, "POST", "/api/v1/sessions", json=opened)
    token = signed.cookies[STAFF_COOKIE]
    window = f"/api/v1/windows/{city.windows[0]}"
    for address, step in ((DESK, "open"), (HOME, "pause"), (HOME, "resume")):
        done = await asked(parts, address, "POST", f"{window}/{step}", headers=bearer(token))
        assert done.status_code == 200, done.text
    left = await asked(parts, HOME, "DELETE", "/api/v1/sessions", headers=bearer(token))
    assert left.status_code == 204
    found = [(line.what, line.address) for line in lines(database)]
    assert found == [
        *(("session.begun", DESK), ("window.open", DESK), ("session.moved", HOME)),
        *(("window.pause", HOME), ("window.resume", HOME), ("session.ended", HOME)),
    ]
    assert len({line.session for line in lines(database)}) == 1
    assert lines(database)[0].session
    assert token not in str(lines(database))
    assert lines(database)[2].detail == {"before": DESK, "after": HOME}
    assert not database.read_now(verify, vault=vault).broken


async def test_each_line_of_the_ticket_log_leads_to_an_address(
    parts: Parts, city: SmallCity, database: Database, clock: ManualClock, vault: Vault
) -> None:
    """By the mark of the session: its beginning and its moves stand in the trail."""
    database.write_now(
        service.issue_ticket, city.hall, [city.services["id-card"]],
        priority=False, by=CITIZEN, clock=clock, vault=vault,
    )  # fmt: skip
    with coming_from(Origin(address=DESK)):
        token = database.write_now(begin_session, city.clerks[0].id, vault=vault, now=clock.now())
    window = f"/api/v1/windows/{city.windows[0]}"
    for step in ("open", "call-next"):
        done = await asked(parts, DESK, "POST", f"{window}/{step}", headers=bearer(token))
        assert done.status_code == 200, done.text
    read = select(log.c.what, log.c.session).order_by(log.c.id)
    issued, called = database.read_now(lambda session: session.execute(read).all())
    begun = next(line for line in lines(database) if line.what == "session.begun")
    assert (issued.session, called.session) == (None, begun.session), "of citizens nothing is kept"
    assert begun.address == DESK


def test_no_address_of_a_citizen_is_kept(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    with coming_from(Origin(address=HOME)):
        database.write_now(
            service.issue_ticket, city.hall, [city.services["id-card"]],
            priority=False, by=CITIZEN, clock=clock, vault=vault,
        )  # fmt: skip
    kept = database.read_now(lambda session: session.execute(select(log)).all())
    assert HOME not in str([tuple(row) for row in [*lines(database), *kept]])


async def test_whoever_locks_a_name_by_wrong_tries_is_in_the_trail(
    parts: Parts, city: SmallCity, database: Database
) -> None:
    give_passwords(database)
    wrong = {"username": "clerk1", "password": "not the password"}
    for _ in range(6):
        await asked(parts, HOME, "POST", "/api/v1/sessions", json=wrong)
    assert [(line.what, line.address, line.detail["tries"]) for line in lines(database)] == [
        ("account.locked", HOME, 5)
    ]


def test_from_where_is_sealed_too(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    with coming_from(AT_THE_MACHINE):
        database.write_now(service.open_window, city.windows[0], by=city.clerks[0], clock=clock)
    (line,) = lines(database)
    assert line.session == AT_THE_MACHINE.session
    for changed in ({"address": DESK}, {"address": None, "session": None}):
        database.write_now(lambda session, own=changed: session.execute(update(rows).values(**own)) and None)
        (broken,) = database.read_now(verify, vault=vault).broken
        assert broken.fault is Fault.ALTERED


@pytest.mark.parametrize("marked", [True, False])
def test_the_mark_in_a_sealed_log_cannot_be_changed(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault, marked: bool
) -> None:
    database.write_now(
        service.issue_ticket, city.hall, [city.services["id-card"]],
        priority=False, by=CITIZEN, clock=clock, vault=vault,
    )  # fmt: skip
    with coming_from(Origin(session="0001a2b3c4d5" if marked else "")):
        for step in (service.open_window, service.call_next):
            database.write_now(step, city.windows[0], by=city.clerks[0], clock=clock)
    clock.advance(timedelta(days=1))
    database.write_now(service.close_day, city.hall, clock=clock)
    database.write_now(seal_log, city.hall, clock=clock, vault=vault)
    assert not database.read_now(verify_log, vault=vault).broken
    called = update(log).where(log.c.what == "call").values(session=None if marked else "0001a2b3c4d5")
    database.write_now(lambda session: session.execute(called) and None)
    assert [own.fault for own in database.read_now(verify_log, vault=vault).broken] == [LogFault.ALTERED]


def test_an_origin_ends_with_its_block() -> None:
    with coming_from(Origin(address=DESK)):
        assert origin().address == DESK
    assert origin() == origin()
    assert origin().address == ""
