"""Priority classes: a head start of their own, shown to holder and clerk, never on a board."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from kernel.audit_tables import AuditRow
from kernel.identity import Actor, Role, WrongHall
from kernel.ids import uuid7
from kernel.work_tables import OutboxRow
from queueing import service as queueing
from queueing.board_schemas import BoardOut
from queueing.priority import service
from queueing.priority.errors import (
    PriorityClassChangedMeanwhile,
    PriorityClassInvalid,
    PriorityClassNotFound,
    TooManyPriorityClasses,
)
from queueing.priority.service import Wanted
from queueing.returns import service as returns
from queueing.rules.call_order import Arrival, CallPolicy, effective_arrival
from queueing.rules.priority import MOST_CLASSES
from tests.conftest import MORNING, bearer
from tests.queueing.test_sent_to_a_window import Hall as Windows
from tests.support.trail import noted

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

AUDIT = AuditRow.__table__
MINUTES = timedelta(minutes=1)


class Hall(Windows):
    """The same windows; the manager names classes, and people take tickets of them."""

    def name(self, zh: str, en: str, minutes: int) -> Any:
        wanted = Wanted(zh, en, minutes)
        found = self.database.write_now(
            service.add_class, "H1", wanted, by=self.city.manager, clock=self.clock
        )
        return found.classes[-1]

    def take(self, priority: Any = False, *codes: str) -> Any:
        return self.database.write_now(
            queueing.issue_ticket, self.city.hall,
            [self.city.services[code] for code in codes or ("id-card",)],
            priority=priority, by=Actor(Role.DEVICE), clock=self.clock, vault=self.vault,
        )  # fmt: skip


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Hall:
    return Hall(database, city, vault, clock)


def test_a_class_has_its_own_head_start_and_the_plain_flag_the_hall_s() -> None:
    policy = CallPolicy(priority_credit=15 * MINUTES)
    own = Arrival(MORNING, priority=True, priority_credit=25 * MINUTES)
    assert effective_arrival(own, policy) == MORNING - 25 * MINUTES
    assert effective_arrival(Arrival(MORNING, priority=True), policy) == MORNING - 15 * MINUTES


def test_tickets_of_classes_are_called_by_their_head_starts(hall: Hall) -> None:
    veterans, children = hall.name("退役军人", "Veterans", 10), hall.name("儿童", "Children", 0)
    plain = hall.take()
    hall.clock.advance(5 * MINUTES)
    child, veteran, legal = hall.take(children.id), hall.take(veterans.id), hall.take(True)
    labels = [own.ticket.label for own in (legal, veteran, plain, child)]
    assert hall.list(0) == labels
    assert (veteran.ticket.priority, veteran.ticket.priority_class.name_en) == (True, "Veterans")
    assert (legal.ticket.priority, legal.ticket.priority_class) == (True, None)


def test_the_class_goes_along_to_the_next_service_and_the_next_day(hall: Hall) -> None:
    own = hall.name("孕妇", "Pregnant women", 30)
    hall.take(own.id, "id-card", "household")
    called = hall.call(0)
    hall.do(queueing.start, called.id)
    hall.do(queueing.finish, called.id)
    second = hall.call(0)
    assert second.priority_class.name_zh == "孕妇"
    hall.do(queueing.start, second.id)
    ended = hall.database.write_now(
        returns.finish_coming_back, second.id, "户口簿", (MORNING + timedelta(days=3)).date(),
        by=hall.city.clerks[0], clock=hall.clock, vault=hall.vault,
    )  # fmt: skip
    hall.clock.advance(timedelta(days=1))
    back = hall.database.write_now(
        returns.number_for_return, "H1", ended.back.code,
        by=Actor(Role.DEVICE), clock=hall.clock, vault=hall.vault,
    ).ticket  # fmt: skip
    assert back.priority_class.name_zh == "孕妇"
    assert back.effective_at == hall.clock.now() - 50 * MINUTES


def test_no_board_and_no_event_reveals_a_class(hall: Hall) -> None:
    own = hall.name("残障人士", "Disabled people", 20)
    hall.take(own.id)
    hall.call(0)
    board = hall.database.read_now(queueing.board, hall.city.hall, now=hall.clock.now())
    shown = BoardOut.of(board, made_at=hall.clock.now()).model_dump_json()
    outbox = hall.database.read_now(lambda session: json.dumps(_outbox(session), default=str))
    for words in ("残障", "Disabled", str(own.id), "priority"):
        assert words not in shown
        assert words not in outbox


def _outbox(session: Any) -> list[Any]:
    return [dict(row) for row in session.execute(select(OutboxRow.__table__)).mappings()]  # type: ignore[attr-defined]


def test_a_change_moves_nobody_who_waits_and_one_taken_away_is_not_chosen(hall: Hall) -> None:
    own, by = hall.name("老人", "Elderly", 20), {"by": hall.city.manager, "clock": hall.clock}
    before = hall.take(own.id).ticket
    write = hall.database.write_now
    write(service.change_class, own.id, Wanted("老年人", "Elderly people", 40), before=20, **by)
    after = hall.take(own.id).ticket
    assert hall.clock.now() - before.effective_at == 20 * MINUTES
    assert (hall.clock.now() - after.effective_at, after.priority_class.name_zh) == (40 * MINUTES, "老年人")
    with pytest.raises(PriorityClassChangedMeanwhile):
        write(service.change_class, own.id, Wanted("老人", "Elderly", 5), before=20, **by)
    with pytest.raises(WrongHall):
        write(service.retire_class, own.id, by=hall.city.other_clerk, clock=hall.clock)
    write(service.retire_class, own.id, **by)
    with pytest.raises(PriorityClassNotFound):
        hall.take(own.id)
    assert hall.call(0).priority_class.name_zh == "老年人", "whoever has it keeps it"
    rows = hall.database.read_now(lambda session: session.execute(select(AUDIT).order_by(AUDIT.c.id)).all())
    said = [(row.what, row.detail.get("after", {}).get("minutes")) for row in rows if "class" in row.what]
    assert said == [("priority-class.set", 20), ("priority-class.set", 40), ("priority-class.removed", None)]


def test_what_cannot_be_a_class_is_refused(hall: Hall) -> None:
    for zh, en, minutes in (
        ("", "x", 1),
        ("字" * 13, "x", 1),
        ("老人", " ", 1),
        ("老人", "x", 61),
        ("老人", "x", -1),
    ):
        with pytest.raises(PriorityClassInvalid):
            hall.name(zh, en, minutes)
    with pytest.raises(PriorityClassNotFound):
        hall.take(uuid7())
    for number in range(MOST_CLASSES):
        hall.name(f"类{number}", f"Class {number}", number)
    with pytest.raises(TooManyPriorityClasses):
        hall.name("多", "More", 1)


async def test_a_kiosk_chooses_a_class_by_the_api(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    manager = bearer(sqlite_city.tokens["manager"])
    wanted = {"name_zh": "老人", "name_en": "Elderly", "minutes": 20}
    made = await sqlite_client.post("/api/v1/halls/H1/priority-classes", json=wanted, headers=manager)
    own = made.json()["classes"][0]
    read = (await sqlite_client.get("/api/v1/halls/H1/priority-classes")).json()
    assert (read["classes"], read["plain_minutes"]) == ([own], 15)
    taken = await sqlite_client.post(
        "/api/v1/halls/H1/tickets", json={"services": ["id-card"], "priority_class": own["id"]},
        headers=bearer(sqlite_city.tokens["kiosk"]),
    )  # fmt: skip
    ticket = taken.json()["ticket"]
    assert (ticket["priority"], ticket["priority_class"]) == (True, {"name_zh": "老人", "name_en": "Elderly"})


async def test_a_manager_changes_and_retires_a_class_by_the_api(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database
) -> None:
    async def post(path: str, wanted: Any = None) -> Any:
        headers = bearer(sqlite_city.tokens["manager"])
        return (await sqlite_client.post(f"/api/v1/{path}", json=wanted, headers=headers)).json()

    wanted = {"name_zh": "老人", "name_en": "Elderly", "minutes": 20}
    own = f"priority-classes/{(await post('halls/H1/priority-classes', wanted))['classes'][0]['id']}"
    changed = {**wanted, "name_en": "Seniors", "minutes": 25, "before": 20}
    (seen,) = (await post(own, changed))["classes"]
    assert (seen["name_en"], seen["credit_minutes"]) == ("Seniors", 25)
    assert (await post(own, changed))["code"] == "priority-class-changed-meanwhile"
    assert (await post(f"{own}/retire"))["classes"] == []
    assert noted(sqlite_database, "priority-class.") == [
        (sqlite_city.manager.id, f"priority-class.{what}") for what in ("set", "set", "removed")
    ]
