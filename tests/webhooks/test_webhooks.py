"""What happens in the halls reaches the city's other programs: signed, in order, at least once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, update

from booking.rules.webhooks import (
    GIVES_UP_AFTER,
    KEPT_DELIVERED,
    KEPT_SET_ASIDE,
    LINE_TRIES,
    PAUSES,
    TRIED_FOR,
    DeliveryStatus,
    EndpointAction,
    EndpointStatus,
    WebhookKind,
)
from booking.webhooks import handing_on, sending
from booking.webhooks import service as hooks
from booking.webhooks.errors import DeliveryNotFound, WebhookNotPossible
from kernel.ids import DeliveryId
from kernel.work_tables import OutboxRow
from tests.webhooks.conftest import HOOKS

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from tests.support.receiver import Receiver
    from tests.webhooks.conftest import Town

DAY = timedelta(days=1)


async def keep_trying(town: Town, clock: ManualClock, span: timedelta, step: timedelta) -> None:
    """Let time pass and rounds be made."""
    until = clock.now() + span
    while clock.now() < until:
        clock.advance(step)
        await town.send(2)


async def test_a_ticket_is_told_to_who_asked_for_it(town: Town, receiver: Receiver) -> None:
    town.issue()
    town.register(receiver.url)
    number = town.issue()
    await town.send()
    assert [own["type"] for own in receiver.taken] == ["ticket.issued"], "nothing from before"
    data = receiver.taken[0]["data"]
    assert data == {"hall": "H1", "seq": 2, "day": "2026-11-18", "number": number, "queue": "A"}
    assert {row.status for row in town.rows()} == {"delivered"}


async def test_an_endpoint_gets_its_kinds_of_its_hall_alone(town: Town, receiver: Receiver) -> None:
    town.register(receiver.url, kinds=frozenset({WebhookKind.TICKET_CALLED}))
    town.register(receiver.url, name="second hall", hall="H2")
    town.issue()
    town.issue(town.city.other_hall)
    await town.send()
    assert [own["data"]["hall"] for own in receiver.taken] == ["H2"]


@pytest.mark.slow
async def test_a_halls_events_come_in_order_and_one_at_a_time(town: Town, receiver: Receiver) -> None:
    town.register(receiver.url)
    for _ in range(6):
        town.issue()
        town.issue(town.city.other_hall)
    await town.send(1)
    assert sorted((own["data"]["hall"], own["data"]["seq"]) for own in receiver.taken) == [
        ("H1", 1),
        ("H2", 1),
    ]
    await town.send(6)
    assert receiver.seqs("H1") == receiver.seqs("H2") == [1, 2, 3, 4, 5, 6]


async def test_a_secret_that_cannot_be_read_stops_its_own_endpoint_alone(
    town: Town, receiver: Receiver
) -> None:
    """A key version that is gone from the settings, or a damaged row."""
    lost = town.register(receiver.url, name="lost").webhook.own.id
    town.register(receiver.url, name="whole")
    damaged = update(HOOKS).where(HOOKS.c.id == lost).values(secret_sealed=b"\x07" + b"x" * 40)
    town.database.write_now(lambda session: session.execute(damaged) and None)
    town.issue()
    await town.send(2)
    assert len(receiver.taken) == 1
    stopped = town.hook(lost)
    assert (stopped.own.status, stopped.own.error) == (EndpointStatus.FAILING, "secret-unreadable")
    assert stopped.waiting == 1, "it goes out when the secret was replaced and the endpoint resumed"
    town.do(hooks.replace_secret, lost, vault=town.parts.vault)
    town.do(hooks.move, lost, EndpointAction.RESUME)
    await town.send(2)
    assert len(receiver.taken) == 2


@pytest.mark.slow
async def test_who_was_away_gets_everything_in_order(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    told = town.register(receiver.url)
    receiver.answer = lambda _: (503, b"")
    for _ in range(3):
        town.issue()
    await keep_trying(town, clock, timedelta(minutes=40), timedelta(minutes=1))
    hook = town.hook(told.webhook.own.id)
    assert hook.own.failures >= 3
    assert hook.own.failing_since is not None
    assert {own["data"]["seq"] for own in map(body_of, receiver.asked)} == {1}, "the others wait their turn"
    assert len(receiver.asked) < 10, "it is left alone in between"
    receiver.answer = lambda _: (204, b"")
    await keep_trying(town, clock, timedelta(hours=2), timedelta(minutes=10))
    assert receiver.seqs("H1") == [1, 2, 3]
    assert town.hook(told.webhook.own.id).own.failures == 0


@pytest.mark.slow
async def test_what_is_refused_lets_those_behind_it_pass(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    town.register(receiver.url)
    receiver.answer = lambda body: (422 if body["data"]["seq"] == 1 else 204, b"bad body")
    for _ in range(3):
        town.issue()
    await keep_trying(town, clock, 1.3 * sum(PAUSES[:LINE_TRIES], timedelta()), timedelta(seconds=20))
    assert receiver.seqs("H1") == [2, 3]
    first = town.rows()[0]
    assert (first.status, first.http_status, first.answer) == ("waiting", 422, "bad body")
    receiver.answer = lambda _: (200, b"")
    await keep_trying(town, clock, timedelta(hours=2), timedelta(minutes=10))
    assert receiver.seqs("H1") == [2, 3, 1]
    assert {row.status for row in town.rows()} == {"delivered"}


@pytest.mark.slow
async def test_after_a_day_it_is_set_aside_the_endpoint_paused_and_both_can_go_on(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    own = town.register(receiver.url).webhook.own.id
    receiver.answer = lambda _: (500, b"")
    town.issue()
    await keep_trying(town, clock, GIVES_UP_AFTER + timedelta(hours=5), timedelta(minutes=15))
    hook = town.hook(own)
    assert (hook.own.status.value, hook.set_aside, hook.waiting) == ("failing", 1, 0)
    tries = len(receiver.asked)
    assert 8 <= tries <= 14, "growing pauses"
    town.issue()
    await keep_trying(town, clock, timedelta(hours=1), timedelta(minutes=15))
    assert len(receiver.asked) == tries, "it is told nothing more"
    with pytest.raises(WebhookNotPossible):
        town.do(hooks.redeliver_set_aside, own)
    receiver.answer = lambda _: (204, b"")
    town.do(hooks.move, own, EndpointAction.RESUME)
    town.do(hooks.redeliver_set_aside, own)
    await town.send(3)
    assert sorted(receiver.seqs("H1")) == [1, 2], "what happened meanwhile is told too"


async def test_who_says_that_it_is_gone_is_told_nothing_more(town: Town, receiver: Receiver) -> None:
    own = town.register(receiver.url).webhook.own.id
    receiver.answer = lambda _: (410, b"")
    town.issue()
    await town.send(2)
    hook = town.hook(own)
    assert (hook.own.status.value, hook.set_aside) == ("failing", 1)


async def test_what_ended_is_sent_again_by_hand_under_its_old_id(town: Town, receiver: Receiver) -> None:
    told = town.register(receiver.url)
    other = town.register(receiver.url, hall="H2")
    town.issue()
    await town.send()
    row = town.rows()[0]
    with pytest.raises(DeliveryNotFound):
        town.do(hooks.redeliver, other.webhook.own.id, DeliveryId(row.id))
    town.do(hooks.redeliver, told.webhook.own.id, DeliveryId(row.id))
    with pytest.raises(WebhookNotPossible):
        town.do(hooks.redeliver, told.webhook.own.id, DeliveryId(row.id))
    await town.send()
    assert receiver.ids == [str(row.id)] * 2
    assert receiver.asked[0][1] == receiver.asked[1][1], "to the last byte"


async def test_a_paused_endpoint_goes_on_where_it_was_and_counts_what_is_no_longer_kept(
    town: Town, receiver: Receiver
) -> None:
    own = town.register(receiver.url).webhook.own.id
    town.issue()
    await town.send()
    town.do(hooks.move, own, EndpointAction.PAUSE)
    with pytest.raises(WebhookNotPossible):
        town.do(hooks.ping, own)
    town.issue()
    town.issue()
    await town.send(2)
    assert receiver.seqs("H1") == [1]
    outbox = OutboxRow.__table__  # type: ignore[attr-defined]
    town.database.write_now(lambda session: session.execute(delete(outbox).where(outbox.c.seq == 2)) and None)
    town.do(hooks.move, own, EndpointAction.RESUME)
    await town.send(2)
    assert receiver.seqs("H1") == [1, 3]
    assert town.hook(own).own.missed == 1


async def test_all_that_happened_may_be_gone_when_it_is_resumed(town: Town, receiver: Receiver) -> None:
    own = town.register(receiver.url).webhook.own.id
    town.do(hooks.move, own, EndpointAction.PAUSE)
    town.issue()
    town.issue()
    outbox = OutboxRow.__table__  # type: ignore[attr-defined]
    town.database.write_now(lambda session: session.execute(delete(outbox)) and None)
    town.do(hooks.move, own, EndpointAction.RESUME)
    await town.send(2)
    town.issue()
    await town.send(2)
    assert receiver.seqs("H1") == [3]
    assert town.hook(own).own.missed == 2


async def test_a_test_event_comes_out_of_line(town: Town, receiver: Receiver) -> None:
    own = town.register(receiver.url).webhook.own.id
    town.do(hooks.ping, own)
    await town.send()
    assert [(body["type"], body["data"]) for body in receiver.taken] == [("ping", {})]


async def test_what_ended_is_forgotten_in_time(town: Town, receiver: Receiver, clock: ManualClock) -> None:
    own = town.register(receiver.url).webhook.own.id
    town.issue()
    await town.send()
    receiver.answer = lambda _: (410, b"")
    town.issue()
    await town.send(2)

    def after(age: timedelta) -> list[str]:
        clock.advance(age)
        town.database.write_now(sending.tidy, clock=clock)
        return [row.status for row in town.rows()]

    assert after(KEPT_DELIVERED - timedelta(minutes=1)) == ["delivered", "set_aside"]
    assert after(timedelta(minutes=2)) == ["set_aside"]
    assert after(KEPT_SET_ASIDE) == []
    assert town.hook(own).set_aside == 0


async def test_what_waits_for_a_paused_endpoint_is_set_aside_after_a_day(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    own = town.register(receiver.url).webhook.own.id
    receiver.answer = lambda _: (500, b"")
    town.issue()
    await town.send()
    town.do(hooks.move, own, EndpointAction.PAUSE)
    clock.advance(TRIED_FOR + timedelta(minutes=1))
    town.database.write_now(sending.tidy, clock=clock)
    found = town.database.read_now(hooks.deliveries, own, status=DeliveryStatus.SET_ASIDE)
    assert len(found.listed) == 1


async def test_removing_takes_everything_with_it(town: Town, receiver: Receiver) -> None:
    own = town.register(receiver.url).webhook.own.id
    town.issue()
    await town.send()
    town.do(hooks.remove, own)
    town.issue()
    await town.send()
    assert town.rows() == []
    assert len(receiver.taken) == 1


async def test_an_error_of_ours_costs_the_receiver_nothing(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    own = town.register(receiver.url).webhook.own.id
    town.issue()
    sender = town.sender()

    async def breaks(_: Any) -> Any:
        raise ValueError("ours")

    sender._carrier.post = breaks  # type: ignore[method-assign, assignment]
    await sender.round()
    await sender.settled()
    hook = town.hook(own)
    assert (hook.own.failures, hook.waiting) == (0, 1)
    clock.advance(timedelta(minutes=1))
    await town.send()
    assert receiver.seqs("H1") == [1]


@pytest.mark.slow
async def test_of_who_is_away_for_long_the_events_wait_where_they_were_written(
    town: Town, receiver: Receiver, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_on, "MOST_WAITING", 3)
    monkeypatch.setattr(handing_on, "EVENTS_AT_ONCE", 2)
    town.register(receiver.url)
    receiver.answer = lambda _: (503, b"")
    for _ in range(9):
        town.issue()
    await keep_trying(town, clock, timedelta(minutes=30), timedelta(minutes=2))
    assert len(town.rows()) <= 4
    receiver.answer = lambda _: (204, b"")
    await keep_trying(town, clock, timedelta(hours=2), timedelta(minutes=2))
    assert receiver.seqs("H1") == list(range(1, 10))


def body_of(asked: tuple[dict[str, str], bytes]) -> Any:
    return json.loads(asked[1])
