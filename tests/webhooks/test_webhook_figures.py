"""What an operator's Prometheus reads of webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app import metrics
from booking.rules.webhooks import EndpointAction
from booking.webhooks import service as hooks

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from tests.support.receiver import Receiver
    from tests.webhooks.conftest import Town


def figures(town: Town) -> dict[tuple[str, str], float]:
    """Return each webhook's figures by what they say and its name."""
    found = town.database.read_now(metrics.standing, town.parts.clock.now())
    return {
        (family.name.removeprefix("jinban_webhook_"), sample.labels["name"]): sample.value
        for family in metrics.told(found, {})
        for sample in family.samples
        if "webhook" in sample.labels
    }


async def test_an_operator_sees_which_receiver_takes_nothing_and_since_when(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    town.register(receiver.url, name="takes all")
    town.register("http://127.0.0.1:9/", name="away")
    town.issue()
    await town.send()
    clock.advance(timedelta(minutes=2))
    found = figures(town)
    assert found["active", "away"] == found["active", "takes all"] == 1
    assert (found["waiting", "takes all"], found["failing_seconds", "takes all"]) == (0, 0)
    assert (found["waiting", "away"], found["failing_seconds", "away"]) == (1, 120)
    clock.advance(timedelta(days=4))
    await town.send(2)
    assert figures(town)["set_aside", "away"] == 1


def test_two_webhooks_of_one_name_are_told_apart_and_a_paused_one_shows(
    town: Town, receiver: Receiver
) -> None:
    first, second = (town.register(receiver.url).webhook.own.id for _ in range(2))
    town.do(hooks.move, second, EndpointAction.PAUSE)
    found = town.database.read_now(metrics.standing, town.parts.clock.now())
    (active,) = [each for each in metrics.told(found, {}) if each.name == "jinban_webhook_active"]
    assert {each.labels["webhook"]: each.value for each in active.samples} == {str(first): 1, str(second): 0}
