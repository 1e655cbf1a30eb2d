"""Two processes hand on and send at once, and one is killed in between; beside each its unguarded twin."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from booking.rules.webhooks import LEASE, MOST_ENDPOINTS, Answered, EndpointAction
from booking.webhooks import handing_on, sending
from booking.webhooks import service as hooks
from booking.webhooks.errors import TooManyWebhooks
from booking.webhooks.tables import WebhookDeliveryRow, WebhookRow
from kernel.ids import uuid7
from kernel.settings import WebhookSettings
from tests.support.races import behind_the_writer, side_by_side
from tests.support.receiver import loopback_receiver
from tests.webhooks.conftest import ALLOWED, Town

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

ROOT = Path(__file__).parents[2]
MANY = 6
rows, hooks_table = WebhookDeliveryRow.__table__, WebhookRow.__table__  # type: ignore[attr-defined]

SENDER = """
import asyncio, sys
from datetime import datetime
from app.webhooks import Webhooks
from kernel.bus import InProcessBus
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from kernel.settings import Settings
from kernel.web.parts import Parts
from booking.webhooks.posting import Poster

class InThisProcess:
    async def post(self, own):
        return await Poster().post(own.url, own.body, own.headers, named=own.named)

database, now = sys.argv[1:]
clock = ManualClock(datetime.fromisoformat(now))
settings = Settings(_env_file=None, webhooks={"allow_hosts": ["127.0.0.1"]})
vault = Vault({1: b"f" * 32}, b"t" * 32)  # the keys of the tests
parts = Parts(settings, Database(database), clock, vault, InProcessBus())

async def send():
    sender = Webhooks(parts, InThisProcess())
    await sender.round()
    await sender.settled()

asyncio.run(send())
"""


@pytest.fixture
def town(parts: Parts, city: SmallCity) -> Town:
    settings = parts.settings.model_copy(update={"webhooks": WebhookSettings(allow_hosts=ALLOWED)})
    return Town(replace(parts, settings=settings), city)


def waiting(town: Town) -> None:
    """Tickets in two halls, handed on to six endpoints."""
    for number in range(MANY):
        town.register("http://127.0.0.1:9/", name=f"program {number}")
    town.issue()
    town.issue(town.city.other_hall)
    town.database.write_now(handing_on.hand_on, clock=town.parts.clock)


def claim(town: Town) -> list[sending.Outgoing]:
    clock, vault = town.parts.clock, town.parts.vault
    return town.database.write_now(sending.claim_due, clock=clock, vault=vault, allowed=ALLOWED)


@pytest.mark.slow
async def test_a_sender_killed_between_posting_and_noting_it_loses_nothing(
    town: Town, clock: ManualClock
) -> None:
    """The receiver has it and the database does not know when the process dies: it comes again, same id."""
    with loopback_receiver() as receiver:
        town.register(receiver.url)
        number = town.issue()
        there, may_answer = threading.Event(), threading.Event()

        def hold_back(_: Any) -> tuple[int, bytes]:
            there.set()
            may_answer.wait(30)
            return 204, b""

        receiver.answer = hold_back
        place = town.database.url.render_as_string(hide_password=False)
        words = [place, clock.now().isoformat()]
        with subprocess.Popen([sys.executable, "-c", SENDER, *words], cwd=ROOT) as killed:
            assert there.wait(30)
            os.kill(killed.pid, signal.SIGKILL)
        may_answer.set()
        assert [row.status for row in town.rows()] == ["sending"]
        receiver.answer = lambda _: (204, b"")
        await town.send()
        assert len(receiver.ids) == 1, "its lease is not over"
        clock.advance(LEASE + timedelta(seconds=1))
        await town.send()
        assert receiver.ids == [receiver.ids[0]] * 2
        assert receiver.taken[-1]["data"]["number"] == number
    assert [row.status for row in town.rows()] == ["delivered"]


def test_two_senders_never_claim_the_same_delivery(town: Town) -> None:
    waiting(town)
    first, second = side_by_side(lambda _: claim(town))
    claimed = [own.id for own in (*first, *second)]
    assert len(claimed) == len(set(claimed)) == 2 * MANY


def test_without_the_claim_both_senders_post_the_same(town: Town) -> None:
    waiting(town)
    both_looked = Barrier(2)

    def naive(_: int) -> list[Any]:
        def unit(session: Session) -> list[Any]:
            due = session.execute(select(rows.c.id).where(rows.c.status == "waiting")).scalars().all()
            session.commit()
            both_looked.wait(5)
            session.execute(update(rows).where(rows.c.id.in_(due)).values(status="sending"))
            return sorted(due)

        return list(behind_the_writer(town.database, unit))

    first, second = side_by_side(naive)
    assert first == second
    assert len(first) == 2 * MANY


def test_two_that_hand_on_make_one_delivery_of_each_event(town: Town) -> None:
    town.register("http://127.0.0.1:9/")
    for _ in range(MANY):
        town.issue()

    def hand_on(_: int) -> None:
        for _ in range(3):
            town.database.write_now(handing_on.hand_on, clock=town.parts.clock)

    side_by_side(hand_on)
    assert [row.seq for row in town.rows()] == list(range(1, MANY + 1))


def test_without_cursor_and_key_each_event_is_told_twice(town: Town) -> None:
    """The cursor that is only read, and no key on (webhook, hall, seq): both find the same events new."""
    own = town.register("http://127.0.0.1:9/").webhook.own.id
    town.issue()
    both_looked = Barrier(2)

    def naive(number: int) -> None:
        def unit(session: Session) -> None:
            told = session.execute(
                select(func.count()).select_from(rows).where(rows.c.webhook_id == own)
            ).scalar_one()
            session.commit()
            both_looked.wait(5)
            if told == 0:
                session.execute(
                    insert(rows).values(**row(town, own), seq=None, hall_id=None, kind=f"{number}")
                )

        behind_the_writer(town.database, unit)

    side_by_side(naive)
    assert len(town.rows()) == 2


def row(town: Town, own: Any) -> dict[str, Any]:
    now = town.parts.clock.now()
    times = dict.fromkeys(("created_at", "due_at", "not_after"), now)
    said = {"body": "{}", "status": "waiting", "in_line": True, "attempts": 0, "error": "", "answer": ""}
    return {**times, **said, "webhook_id": own}


def test_a_late_answer_changes_nothing_that_another_has_claimed_since(town: Town, clock: ManualClock) -> None:
    town.register("http://127.0.0.1:9/")
    town.issue()
    town.database.write_now(handing_on.hand_on, clock=clock)
    (first,) = claim(town)
    clock.advance(LEASE + timedelta(seconds=1))
    (second,) = claim(town)
    assert (first.id, first.attempt, second.attempt) == (second.id, 1, 2)
    settle = town.database.write_now
    settle(sending.settle, first, Answered(500), clock=clock, share=0.5)
    assert town.rows()[0].status == "sending"
    settle(sending.settle, second, Answered(204), clock=clock, share=0.5)
    assert town.rows()[0].status == "delivered"


def test_two_who_see_the_last_place_do_not_both_take_it(town: Town) -> None:
    for number in range(MOST_ENDPOINTS - 1):
        town.register("https://hooks.example.cn/", name=f"{number}")

    def register(number: int) -> bool:
        try:
            town.register("https://hooks.example.cn/", name=f"last {number}")
        except TooManyWebhooks:
            return False
        return True

    assert sorted(side_by_side(register)) == [False, True]


def test_without_the_lock_both_take_the_last_place(town: Town) -> None:
    template = town.register("https://hooks.example.cn/").webhook.own.id
    for number in range(MOST_ENDPOINTS - 2):
        town.register("https://hooks.example.cn/", name=f"{number}")
    both_looked = Barrier(2)

    def naive(_: int) -> None:
        def unit(session: Session) -> None:
            there = session.execute(select(func.count()).select_from(hooks_table)).scalar_one()
            like = session.execute(select(hooks_table).where(hooks_table.c.id == template)).one()
            session.commit()
            both_looked.wait(5)
            if there < MOST_ENDPOINTS:
                session.execute(insert(hooks_table).values(**{**like._mapping, "id": uuid7()}))

        behind_the_writer(town.database, unit)

    side_by_side(naive)
    assert len(town.database.read_now(hooks.webhooks)) == MOST_ENDPOINTS + 1


def test_a_resume_is_not_undone_by_a_try_that_ends_at_that_moment(town: Town, clock: ManualClock) -> None:
    """A sender that saw the endpoint failing writes after the person has resumed it: it reads it anew."""
    own = town.register("http://127.0.0.1:9/").webhook.own.id
    town.issue()
    town.database.write_now(handing_on.hand_on, clock=clock)
    (claimed,) = claim(town)
    town.do(hooks.move, own, EndpointAction.PAUSE)

    def both(number: int) -> None:
        if number:
            town.do(hooks.move, own, EndpointAction.RESUME)
        else:
            town.database.write_now(sending.settle, claimed, Answered(500), clock=clock, share=0.5)

    side_by_side(both)
    assert town.hook(own).own.status.value == "active"


def test_removed_meanwhile_an_answer_is_for_nobody(town: Town, clock: ManualClock) -> None:
    own = town.register("http://127.0.0.1:9/").webhook.own.id
    town.issue()
    town.database.write_now(handing_on.hand_on, clock=clock)
    (claimed,) = claim(town)

    def both(number: int) -> None:
        if number:
            town.do(hooks.remove, own)
        else:
            town.database.write_now(sending.settle, claimed, Answered(204), clock=clock, share=0.5)

    side_by_side(both)
    assert town.rows() == []


@pytest.mark.slow
def test_an_event_of_a_hall_is_not_read_before_those_ahead_of_it(town: Town) -> None:
    """A cursor would skip what commits late, were numbers not handed out under the hall's lock."""
    town.register("http://127.0.0.1:9/")
    over = threading.Event()

    def hand_on() -> None:
        while not over.is_set():
            town.database.write_now(handing_on.hand_on, clock=town.parts.clock)

    with ThreadPoolExecutor(5) as pool:
        reading = pool.submit(hand_on)
        issuing = [pool.submit(town.issue) for _ in range(24)]
        for own in issuing:
            own.result(30)
        over.set()
        reading.result(30)
    town.database.write_now(handing_on.hand_on, clock=town.parts.clock)
    assert [own.seq for own in town.rows()] == list(range(1, 25))
