"""A sender killed before it could say so, and two senders at once; beside each its twin without the guard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from app.messages import Sender
from booking.messages import sending
from booking.messages.gateway import Delivery
from booking.messages.http_gateway import HttpGateway
from booking.messages.store.messages import _is_due
from booking.messages.tables import MessageBudgetRow, MessageRow
from booking.rules.messages import LEASE
from kernel.clock import ManualClock
from tests.booking.booking_city import build_city
from tests.messages.conftest import TERMS
from tests.messages.post import Post
from tests.support.gateway import loopback_gateway
from tests.support.races import behind_the_writer, side_by_side

if TYPE_CHECKING:
    from kernel.database import Database
    from kernel.secrets import Vault
    from kernel.web.parts import Parts

ROOT = Path(__file__).parents[2]
MANY = 8
messages, budgets = MessageRow.__table__, MessageBudgetRow.__table__  # type: ignore[attr-defined]

SENDER = """
import asyncio, sys
from datetime import datetime
from app.messages import Sender
from booking.messages.http_gateway import HttpGateway
from kernel.bus import InProcessBus
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from kernel.settings import Settings
from kernel.web.parts import Parts

database, gateway, now = sys.argv[1:]
clock = ManualClock(datetime.fromisoformat(now))
settings = Settings(_env_file=None, messages={"kind": "log", "origin": "https://jb.example.cn"})
vault = Vault({1: b"f" * 32}, b"t" * 32)  # the keys of the tests
parts = Parts(settings, Database(database), clock, vault, InProcessBus())

async def send():
    await Sender(parts, HttpGateway(gateway, None, now=clock.now)).send_due()

asyncio.run(send())
parts.database.close()
"""


def office(database: Database, clock: ManualClock, vault: Vault) -> Post:
    database.carry(messages=TERMS)
    return Post(database, clock, vault, database.write_now(build_city))


def start_sender(post: Post, url: str) -> subprocess.Popen[bytes]:
    place = post.database.url.render_as_string(hide_password=False)
    words = [place, url, post.clock.now().isoformat()]
    return subprocess.Popen([sys.executable, "-c", SENDER, *words], cwd=ROOT)


@pytest.mark.slow
async def test_a_sender_killed_in_the_middle_of_a_batch_loses_nothing_and_doubles_nothing(
    parts: Parts, database: Database, clock: ManualClock, vault: Vault
) -> None:
    """All of a batch has reached the gateway and none of it is noted when the sender is killed.

    What the gateway was asked shows that the danger is real: each message comes twice. What telephones get
    is decided by the key.
    """
    post = office(database, clock, vault)
    for number in range(MANY):
        post.plan(post.contact(f"+861380013{number:04d}"))
    all_there, may_answer = threading.Barrier(MANY + 1), threading.Event()
    with loopback_gateway() as gateway:

        def hold_back(_: object) -> int:
            all_there.wait(30)
            may_answer.wait(30)
            return 202

        gateway.answer = hold_back
        with start_sender(post, gateway.url) as killed:
            all_there.wait(30)
            os.kill(killed.pid, signal.SIGKILL)
        may_answer.set()
        assert {row.status for row in post.messages()} == {"sending"}
        gateway.answer = lambda _: 202
        clock.advance(LEASE + timedelta(seconds=1))
        client = HttpGateway(gateway.url, None, now=clock.now)
        assert await Sender(parts, client).send_due() == MANY
        await client.aclose()
    assert {row.status for row in post.messages()} == {"sent"}
    assert set(gateway.sent) == {str(row.id) for row in post.messages()}
    asked = [body["key"] for body in gateway.posts]
    assert sorted(asked) == sorted([*gateway.sent, *gateway.sent]), "without the key each would be doubled"
    texts = {body["key"]: body["text"] for body in gateway.posts[:MANY]}
    assert texts == gateway.sent, "a repeat says the same"


def test_two_senders_never_claim_the_same_message_nor_pass_the_budget(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    post = office(database, clock, vault)
    for number in range(MANY):
        post.plan(post.contact(), f"{number}")

    def claim(_: int) -> list[Any]:
        own = []
        for _ in range(MANY):
            own += database.write_now(sending.claim_due, clock=clock, vault=vault, limit=1)
        return own

    first, second = side_by_side(claim)
    keys = [own.key for own in (*first, *second)]
    assert len(keys) == len(set(keys)) == TERMS.per_day - 1


def test_without_the_claim_both_senders_send_the_same(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    post = office(database, clock, vault)
    post.plan(post.contact())
    both_looked = Barrier(2)

    def naive(_: int) -> list[Any]:
        def unit(session: Session) -> list[Any]:
            due = session.execute(select(messages.c.id).where(_is_due(clock.now()))).scalars().all()
            session.commit()
            both_looked.wait(5)
            session.execute(update(messages).where(messages.c.id.in_(due)).values(status="sending"))
            return list(due)

        return list(behind_the_writer(database, unit))

    first, second = side_by_side(naive)
    assert first == second
    assert len(first) == 1


def test_without_the_conditional_count_the_last_place_of_a_budget_is_taken_twice(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    scope, most = b"s" * 32, 5
    database.write_now(
        lambda session: session.execute(
            insert(budgets).values(scope=scope, used=most - 1, last_at=clock.now())
        )
    )
    both_looked = Barrier(2)

    def naive(_: int) -> bool:
        def unit(session: Session) -> bool:
            used = session.execute(select(budgets.c.used).where(budgets.c.scope == scope)).scalar_one()
            session.commit()
            both_looked.wait(5)
            session.execute(update(budgets).where(budgets.c.scope == scope).values(used=used + 1))
            return bool(used < most)

        return bool(behind_the_writer(database, unit))

    assert side_by_side(naive) == [True, True]
    used = database.read_now(lambda session: session.execute(select(func.sum(budgets.c.used))).scalar_one())
    assert used == most, "two were let through, and one was counted"


@pytest.mark.slow
def test_what_is_void_is_not_sent_though_it_was_just_to_be_tried_again(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    """A sender writes "try again" while the appointment is cancelled: whoever comes second sees the other."""
    post = office(database, clock, vault)
    subject = post.contact()
    post.plan(subject)
    outcomes = failed(post)
    with Session(database.engine, info=database.carried) as settling, ThreadPoolExecutor(1) as pool:
        sending.settle(settling, outcomes, clock=clock)
        voiding = pool.submit(post.void, subject)
        with suppress(TimeoutError):
            voiding.result(0.3)  # it waits for the row, or has overlooked it by now
        settling.commit()
        voiding.result(5)
    assert [row.status for row in post.messages()] == ["void"]


def test_in_two_statements_what_is_void_would_be_sent(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    post = office(database, clock, vault)
    subject = post.contact()
    post.plan(subject)
    outcomes = failed(post)

    def naive(session: Session) -> None:
        own = messages.c.subject == subject
        session.execute(update(messages).where(own, messages.c.status == "planned").values(status="void"))
        database.write_now(sending.settle, outcomes, clock=clock)
        late = update(messages).where(own, messages.c.status == "sending").values(not_after=clock.now())
        session.execute(late)

    behind_the_writer(database, naive)
    assert [row.status for row in post.messages()] == ["planned"], "it goes out with the next round"


def failed(post: Post) -> list[sending.Outcome]:
    """Claim what is due and return that no gateway took it over."""
    claimed = post.database.write_now(sending.claim_due, clock=post.clock, vault=post.vault, limit=MANY)
    away = Delivery(accepted=False, reason="unreachable")
    return [sending.Outcome(own, away, 0.5) for own in claimed]
