"""What is due goes out once, within its budgets; what fails is tried again, what is dead is not lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

import app.messages
from app.messages import Sender
from booking.messages import sending, stopping
from booking.messages.gateway import ACCEPTED, Delivery, LogGateway, StandIn, gateway_of
from booking.messages.http_gateway import HttpGateway
from booking.messages.planning import stop_code
from booking.messages.sending import Outcome, Outgoing
from booking.messages.tables import MessageContactRow, MessageRow
from booking.rules.message_times import Times
from booking.rules.messages import ATTEMPTS, LEASE, MOST_PER_SUBJECT, MessageKind
from kernel.bus import BusDown, InProcessBus
from kernel.ids import uuid7
from kernel.settings import MessageSettings
from kernel.web.parts import Parts
from tests.booking.booking_city import local
from tests.conftest import test_settings
from tests.support.gateway import loopback_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking.messages.gateway import Gateway
    from tests.messages.post import Post
    from tests.support.gateway import LoopbackGateway

TOMORROW = local(20, days=1)
AWAY = Delivery(accepted=False, reason="unreachable")


@pytest.fixture
def gateway() -> Iterator[LoopbackGateway]:
    with loopback_gateway() as served:
        yield served


def claim(post: Post, limit: int = 50) -> list[Outgoing]:
    return post.database.write_now(sending.claim_due, clock=post.clock, vault=post.vault, limit=limit)


def settle(post: Post, claimed: list[Outgoing], delivery: Delivery = ACCEPTED) -> None:
    outcomes = [Outcome(own, delivery, 0.5) for own in claimed]
    post.database.write_now(sending.settle, outcomes, clock=post.clock)


def sender(post: Post, gateway: Gateway) -> Sender:
    settings = test_settings(messages={"kind": "log", "origin": "https://jb.example.cn"})
    return Sender(Parts(settings, post.database, post.clock, post.vault, InProcessBus()), gateway)


def http(post: Post, served: LoopbackGateway, secret: str | None = "s3cret-of-the-gateway") -> HttpGateway:
    return HttpGateway(served.url, secret, now=post.clock.now)


async def test_what_is_due_goes_out_under_its_key_and_is_kept_no_longer(
    post: Post, gateway: LoopbackGateway
) -> None:
    subject = post.contact()
    post.plan(subject)
    post.plan(subject, "later", times=Times(local(15), TOMORROW))
    (text, _) = post.texts()
    client = http(post, gateway)
    assert await sender(post, client).send_due() == 1
    await client.aclose()
    row, later = post.messages()
    assert gateway.posts == [{"key": str(row.id), "to": "+8613800138000", "text": text, "parts": row.parts}]
    assert gateway.heads[0]["authorization"] == "Bearer s3cret-of-the-gateway"
    assert gateway.heads[0]["idempotency-key"] == str(row.id)
    assert (row.status, row.text_sealed, later.status) == ("sent", None, "planned")


async def test_a_gateway_that_has_it_already_has_taken_it(
    sqlite_post: Post, gateway: LoopbackGateway
) -> None:
    post = sqlite_post
    post.plan(post.contact())
    gateway.answer = lambda _: 409
    client = http(post, gateway)
    await sender(post, client).send_due()
    await client.aclose()
    assert [row.status for row in post.messages()] == ["sent"]


async def test_what_is_refused_for_good_is_not_tried_again(
    sqlite_post: Post, gateway: LoopbackGateway
) -> None:
    post = sqlite_post
    post.plan(post.contact())
    gateway.answer = lambda _: 422
    client = http(post, gateway)
    await sender(post, client).send_due()
    await client.aclose()
    assert [(row.status, row.reason, row.text_sealed) for row in post.messages()] == [
        ("failed", "status-422", None)
    ]


async def test_a_gateway_that_is_away_is_left_alone_and_then_tried_with_one(
    sqlite_post: Post, gateway: LoopbackGateway
) -> None:
    post = sqlite_post
    for number in range(5):
        post.plan(post.contact(f"+861380013{number:04d}"))
    gateway.answer = lambda _: 503
    client = http(post, gateway)
    own = sender(post, client)
    await own.send_due()
    assert len(gateway.posts) == 5
    assert {(row.status, row.reason) for row in post.messages()} == {("planned", "status-503")}
    post.clock.advance(timedelta(seconds=20))
    assert await own.send_due() == 0, "it rests"
    post.clock.advance(timedelta(seconds=20))
    gateway.answer = lambda _: 202
    assert await own.send_due() == 1, "one to try"
    assert await own.send_due() == 4
    await client.aclose()
    assert len(gateway.sent) == 5


async def test_an_address_where_nobody_listens_is_no_error_of_ours(sqlite_post: Post) -> None:
    post = sqlite_post
    post.plan(post.contact())
    client = HttpGateway("http://127.0.0.1:9/", None, now=post.clock.now)
    await sender(post, client).send_due()
    await client.aclose()
    assert [(row.status, row.reason) for row in post.messages()] == [("planned", "unreachable")]


async def test_an_error_of_ours_ends_neither_the_sender_nor_the_message(sqlite_post: Post) -> None:
    post = sqlite_post
    post.plan(post.contact())

    class Broken(LogGateway):
        async def send(self, message: Outgoing) -> Delivery:
            raise ZeroDivisionError

    await sender(post, Broken())._once_in_a_while()
    assert [(row.status, row.reason) for row in post.messages()] == [("planned", "our-error")]
    post.clock.advance(LEASE)
    await sender(post, LogGateway())._once_in_a_while()
    assert [row.status for row in post.messages()] == ["sent"]


async def test_an_error_of_ours_with_one_message_leaves_the_others_of_its_batch_sent(
    sqlite_post: Post,
) -> None:
    post = sqlite_post
    for number in range(3):
        post.plan(post.contact(), f"{number}")
    bad = post.messages()[1].id

    class BrokenForOne(LogGateway):
        async def send(self, message: Outgoing) -> Delivery:
            if message.key == bad:
                raise ZeroDivisionError
            return await super().send(message)

    await sender(post, BrokenForOne())._once_in_a_while()
    said = {row.id: (row.status, row.reason) for row in post.messages()}
    assert said.pop(bad) == ("planned", "our-error"), "tried again as often as any other, and not for ever"
    assert set(said.values()) == {("sent", "")}


async def test_messages_go_out_though_the_bus_is_away(
    sqlite_post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who leads is not known then, and need not be: the claims share the messages."""
    monkeypatch.setattr(app.messages, "EVERY_S", 0.01)
    post = sqlite_post
    post.plan(post.contact())

    class Away(InProcessBus):
        async def lead(self, name: str, holder: str, *, ttl_s: float) -> bool:
            raise BusDown

        async def resign(self, name: str, holder: str) -> None:
            raise BusDown

    settings = test_settings(messages={"kind": "log", "origin": "https://jb.example.cn"})
    here = Parts(settings, post.database, post.clock, post.vault, Away())
    going = asyncio.create_task(Sender(here, LogGateway()).run())
    async with asyncio.timeout(10):
        while [row.status for row in post.messages()] != ["sent"]:
            await asyncio.sleep(0.01)
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going


def test_a_message_that_fails_again_and_again_is_given_up(post: Post) -> None:
    post.plan(post.contact())
    for attempt in range(1, ATTEMPTS + 1):
        (own,) = claim(post)
        assert own.attempt == attempt
        settle(post, [own], AWAY)
        post.clock.advance(timedelta(hours=1))
    assert [(row.status, row.reason, row.attempts) for row in post.messages()] == [
        ("failed", "unreachable", ATTEMPTS)
    ]


def test_what_was_void_while_it_went_out_is_not_tried_again(post: Post) -> None:
    subject = post.contact()
    post.plan(subject)
    claimed = claim(post)
    post.void(subject)
    settle(post, claimed, AWAY)
    post.clock.advance(timedelta(minutes=1))
    assert claim(post) == []
    assert [(row.status, row.reason) for row in post.messages()] == [("held", "late")]


def test_a_late_word_of_a_sender_whose_lease_is_over_counts_for_nothing(post: Post) -> None:
    post.plan(post.contact())
    first = claim(post)
    assert claim(post) == []
    post.clock.advance(LEASE)
    again = claim(post)
    assert (again[0].key, again[0].attempt) == (first[0].key, 2)
    settle(post, first, Delivery(accepted=False, reason="status-400", for_good=True))
    assert [row.status for row in post.messages()] == ["sending"]
    settle(post, again)
    assert [row.status for row in post.messages()] == ["sent"]


def test_who_stopped_gets_nothing_and_who_changes_their_mind_the_next(post: Post) -> None:
    subject = post.contact()
    post.plan(subject)
    post.plan(subject, "later", times=Times(local(15), TOMORROW))
    code = stop_code(subject, post.vault)
    post.do(stopping.want_link_messages, code, False)
    assert claim(post) == []
    post.do(stopping.want_link_messages, code, True)
    post.clock.set(local(15))
    assert len(claim(post)) == 1
    assert [(row.status, row.reason) for row in post.messages()] == [("held", "stopped"), ("sending", "")]


@pytest.mark.parametrize("what", ["text_sealed", "phone_sealed"])
def test_what_cannot_be_read_is_held_and_keeps_no_other_message(post: Post, what: str) -> None:
    """A key version that is gone from the settings, or a damaged row: it would come first again and again."""
    damaged, whole = post.contact(), post.contact("+8613800138001")
    post.plan(damaged)
    post.plan(whole)
    row = MessageRow if what == "text_sealed" else MessageContactRow
    table = row.__table__  # type: ignore[attr-defined]
    unread = update(table).where(table.c.subject == damaged).values({what: b"\x07" + b"x" * 40})
    post.database.write_now(lambda session: session.execute(unread) and None)
    assert len(claim(post)) == 1
    assert {(own.subject, own.status, own.reason) for own in post.messages()} == {
        (damaged, "held", "unreadable"),
        (whole, "sending", ""),
    }
    assert claim(post) == []


def test_what_falls_due_at_night_waits_for_the_morning(post: Post) -> None:
    subject = post.contact()
    post.clock.set(local(22))
    post.plan(subject, "waits", times=Times(local(22), TOMORROW))
    post.plan(subject, "too late then", times=Times(local(22), local(23)))
    assert claim(post) == []
    assert sorted((row.status, row.reason) for row in post.messages()) == [("held", "quiet"), ("planned", "")]
    post.clock.set(local(8, days=1))
    assert len(claim(post)) == 1


def test_a_number_gets_no_more_than_its_budget_a_day_and_the_halls_news_the_last(post: Post) -> None:
    for number in range(8):
        post.plan(post.contact(), f"{number}")
    other = post.contact("+8613800138001")
    post.plan(other)
    assert len(claim(post)) == 5 + 1, "the last of six is kept, and another number has its own"
    news = post.contact()
    post.plan(news, kind=MessageKind.CANCELLED_BY_HALL)
    assert len(claim(post)) == 1
    held = [row.reason for row in post.messages() if row.status == "held"]
    assert held == ["day_budget"] * 3
    post.clock.set(local(9, 40, days=1))
    assert len(claim(post)) == 7, "what was let through yesterday, and nobody has settled"
    post.plan(post.contact(), "next day")
    assert len(claim(post)) == 1


def test_an_appointment_gets_no_more_than_was_told(post: Post) -> None:
    subject = post.contact()
    for day in range(MOST_PER_SUBJECT + 1):
        post.clock.set(local(9, 40, days=day))
        times = Times(post.clock.now(), local(20, days=day))
        post.plan(subject, f"{day}", MessageKind.MOVED, times)
        settle(post, claim(post))
    said = [row.status for row in post.messages()]
    assert said == ["sent"] * (MOST_PER_SUBJECT - 1) + ["held"] * 2
    news = Times(post.clock.now(), local(20, days=MOST_PER_SUBJECT))
    post.plan(subject, "news", MessageKind.CANCELLED_BY_HALL, news)
    assert len(claim(post)) == 1


def test_every_place_that_is_kept_for_somebody_is_told(post: Post) -> None:
    """A no costs nothing, so there may be many; an offer that nobody hears of lapses and costs the wait."""
    subject = post.contact()
    for day in range(MOST_PER_SUBJECT + 2):
        post.clock.set(local(9, 40, days=day))
        post.plan(subject, f"{day}", times=Times(post.clock.now(), local(20, days=day)))
        settle(post, claim(post))
    assert [row.status for row in post.messages()] == ["sent"] * (MOST_PER_SUBJECT + 2)


def test_a_repeat_takes_no_second_place_of_the_budget(post: Post) -> None:
    subject = post.contact()
    post.plan(subject)
    for _ in range(ATTEMPTS - 1):
        settle(post, claim(post), AWAY)
        post.clock.advance(timedelta(minutes=30))
    for number in range(4):
        post.plan(post.contact(), f"{number}", times=Times(post.clock.now(), TOMORROW))
    assert len(claim(post)) == 5


async def test_the_other_gateways_send_nothing_and_a_demo_can_read_them(
    sqlite_post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    post = sqlite_post
    message = Outgoing(uuid7(), 1, "+8613800138000", "【近办】只给一个人看", 1)
    logged = LogGateway()
    stand_in = StandIn(post.clock.now)
    for gateway in (logged, stand_in, stand_in):
        assert await gateway.send(message) == ACCEPTED
    assert [(own.phone_masked, own.text) for own in stand_in.latest()] == [
        ("138****8000", "【近办】只给一个人看")
    ]
    assert "13800138000" not in "".join(capsys.readouterr())
    assert gateway_of(None, post.clock.now) is None
    terms = MessageSettings(kind="stand_in", origin="https://jb.example.cn")
    assert isinstance(gateway_of(terms, post.clock.now), StandIn)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "http", "origin": "https://jb.example.cn"},
        {"kind": "log", "origin": "jb.example.cn"},
        {"kind": "log", "origin": "https://jb.example.cn/path"},
        {"kind": "log", "origin": "https://jb.example.cn", "per_day": 1},
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="messages"):
        test_settings(messages=wrong)
