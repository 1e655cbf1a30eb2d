"""The courier: a process of its own posts, dies and is started again; a slow receiver delays nobody else."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from app.webhooks import Courier, Webhooks
from booking.rules.webhooks import AT_ONCE, LEASE
from tests.support.receiver import loopback_receiver

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from tests.support.receiver import Receiver
    from tests.webhooks.conftest import Town

pytestmark = pytest.mark.slow
WAITED_S = 20


async def until(holds: Any) -> None:
    async with asyncio.timeout(WAITED_S):
        while not holds():
            await asyncio.sleep(0.05)


async def test_the_lane_posts_by_a_process_of_its_own_and_leaves_none_behind(
    town: Town, receiver: Receiver
) -> None:
    town.register(receiver.url)
    courier = Courier()
    sender = Webhooks(town.parts, courier)
    running = asyncio.create_task(sender.run())
    try:
        for _ in range(3):
            town.issue()
        await until(lambda: len(receiver.taken) == 3)
        await sender.settled()  # what is killed with a delivery in hand is the next test's
        first = courier.pid
        assert first is not None
        assert psutil.Process(first).ppid() == os.getpid()
        os.kill(first, signal.SIGKILL)
        town.issue()
        await until(lambda: len(receiver.taken) == 4 and courier.pid not in (None, first))
        second = courier.pid
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert receiver.seqs("H1") == [1, 2, 3, 4]
    assert courier.pid is None
    assert second is not None
    assert not psutil.pid_exists(second)


async def test_a_courier_that_dies_with_a_delivery_in_hand_costs_the_receiver_nothing(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    own = town.register(receiver.url).webhook.own.id
    there, may_answer = threading.Event(), threading.Event()

    def hold_back(_: Any) -> tuple[int, bytes]:
        there.set()
        may_answer.wait(WAITED_S)
        return 204, b""

    receiver.answer = hold_back
    courier = Courier()
    sender = Webhooks(town.parts, courier)
    town.issue()
    await sender.round()
    await until(there.is_set)
    assert courier.pid is not None
    os.kill(courier.pid, signal.SIGKILL)
    await sender.settled()
    may_answer.set()
    assert town.rows()[0].error == "our-error"
    assert town.hook(own).own.failures == 0
    receiver.answer = lambda _: (204, b"")
    clock.advance(LEASE + timedelta(minutes=1))
    await sender.round()
    await sender.settled()
    await courier.rest()
    assert town.rows()[0].status == "delivered"
    assert len(set(receiver.ids)) == 1


async def test_a_slow_receiver_keeps_nobody_else_waiting(town: Town, receiver: Receiver) -> None:
    may_answer = threading.Event()
    with loopback_receiver() as slow:

        def hold_back(_: Any) -> tuple[int, bytes]:
            may_answer.wait(WAITED_S)
            return 204, b""

        slow.answer = hold_back
        town.register(slow.url, name="slow")
        town.register(receiver.url)
        sender = town.sender()
        running = asyncio.create_task(sender.run())
        try:
            for _ in range(AT_ONCE + 2):
                town.issue()
            await until(lambda: len(receiver.taken) == AT_ONCE + 2)
            assert slow.taken == []
        finally:
            may_answer.set()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
