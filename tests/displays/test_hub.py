"""The hub: subscribe, read, apply; a gap refetches, a repeat changes nothing, a stuck screen delays none."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from displays import hub as hub_module
from displays.hub import Hub, Screen
from kernel import outbox
from kernel.bus import InProcessBus
from kernel.identity import CITIZEN
from queueing import service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.events import EventFrame
    from kernel.secrets import Vault
    from queueing.service import IssuedTicket
    from tests.support.small_city import SmallCity

IN_TIME_S = 15.0


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """The hub does no SQL of its own; the boards are tested on both databases elsewhere."""
    return sqlite_database


class Hall:
    """A hall with a hub before it and a hand on what its bus carries."""

    def __init__(self, database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> None:
        self.database, self.city, self.clock, self.vault = database, city, clock, vault
        self.bus = InProcessBus()
        self.hub = Hub(database, self.bus, clock)

    def ticket_taken(self) -> EventFrame:
        """Issue a ticket; return its event, which nobody has published yet."""
        issued: IssuedTicket = self.database.write_now(
            service.issue_ticket,
            self.city.hall,
            [self.city.services["id-card"]],
            priority=False,
            by=CITIZEN,
            clock=self.clock,
            vault=self.vault,
        )
        frames = [frame for _, frame in self.database.read_now(outbox.unpublished)]
        assert issued.ticket.label == frames[-1].payload["number"]
        return frames[-1]

    async def publish(self, frame: EventFrame) -> None:
        await self.bus.publish(f"hall.{self.city.hall}", frame.model_dump_json().encode())

    @asynccontextmanager
    async def screen(self) -> AsyncIterator[Screen]:
        async with self.hub.watch(self.city.hall) as screen:
            yield screen


@pytest.fixture
async def hall(database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> AsyncIterator[Hall]:
    made = Hall(database, city, clock, vault)
    yield made
    await made.hub.close()


async def board_frame(screen: Screen) -> dict[str, Any]:
    """Return the next frame that carries a board."""
    while True:
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(screen.next(), IN_TIME_S))
        if "board" in frame:
            return frame


def waiting(frame: dict[str, Any]) -> int:
    return sum(queue["waiting"] for queue in frame["board"]["queues"])


@pytest.fixture
def only_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the safety net out, so that what arrives arrived by events."""
    monkeypatch.setattr(hub_module, "REFETCH_S", 600.0)


async def test_a_screen_begins_with_the_whole_board(hall: Hall) -> None:
    hall.ticket_taken()
    async with hall.screen() as screen:
        frame = await board_frame(screen)
    assert frame["type"] == "board"
    assert waiting(frame) == 1
    assert frame["age_s"] < IN_TIME_S


async def test_an_event_reaches_every_screen_as_one_change(hall: Hall, only_events: None) -> None:
    async with hall.screen() as one, hall.screen() as other:
        await board_frame(one)
        await board_frame(other)
        await hall.publish(hall.ticket_taken())
        for screen in (one, other):
            frame = await board_frame(screen)
            assert frame["type"] == "events"
            assert [event["kind"] for event in frame["events"]] == ["ticket_issued"]
            assert waiting(frame) == 1


async def test_a_repeat_changes_nothing(hall: Hall, only_events: None) -> None:
    async with hall.screen() as screen:
        await board_frame(screen)
        first = hall.ticket_taken()
        await hall.publish(first)
        await board_frame(screen)
        await hall.publish(first)
        await hall.publish(hall.ticket_taken())
        frame = await board_frame(screen)
    assert [event["seq"] for event in frame["events"]] == [first.seq + 1]
    assert waiting(frame) == 2


async def test_a_gap_reads_the_board_again(hall: Hall, only_events: None) -> None:
    async with hall.screen() as screen:
        await board_frame(screen)
        hall.ticket_taken()  # this event is lost
        await hall.publish(hall.ticket_taken())
        frame = await board_frame(screen)
    assert frame["type"] == "board"
    assert waiting(frame) == 2


async def test_what_the_bus_says_it_lost_is_read_again(hall: Hall, only_events: None) -> None:
    async with hall.screen() as screen:
        await board_frame(screen)
        hall.ticket_taken()
        for listener in hall.bus._listeners[f"hall.{hall.city.hall}"]:
            listener.put(None)
        assert waiting(await board_frame(screen)) == 1


async def test_nonsense_on_the_bus_does_no_harm(hall: Hall, only_events: None) -> None:
    async with hall.screen() as screen:
        await board_frame(screen)
        hall.ticket_taken()
        await hall.bus.publish(f"hall.{hall.city.hall}", b"{not json")
        assert waiting(await board_frame(screen)) == 1


async def test_without_a_bus_the_safety_net_brings_the_change(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "REFETCH_S", 0.1)
    async with hall.screen() as screen:
        await board_frame(screen)
        hall.ticket_taken()
        async with asyncio.timeout(IN_TIME_S):
            while waiting(await board_frame(screen)) != 1:  # a look may have begun before the ticket
                pass


async def test_a_stuck_screen_delays_nobody_and_catches_up_with_one_frame(
    hall: Hall, only_events: None
) -> None:
    async with hall.screen() as stuck, hall.screen() as lively:
        await board_frame(stuck)
        await board_frame(lively)
        for count in (1, 2, 3):
            await hall.publish(hall.ticket_taken())
            assert waiting(await board_frame(lively)) == count
        caught_up = await board_frame(stuck)
        assert (caught_up["type"], waiting(caught_up)) == ("board", 3), "events it skipped are not half told"
        assert not stuck.behind


async def test_a_beat_tells_the_age_of_the_data_and_never_hides_a_board(
    hall: Hall, only_events: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "BEAT_S", 0.05)
    async with hall.screen() as screen:
        await board_frame(screen)
        ages = []
        for _ in range(3):
            frame = json.loads(await asyncio.wait_for(screen.next(), IN_TIME_S))
            assert frame["type"] == "beat"
            ages.append(frame["age_s"])
        assert ages == sorted(ages)
        screen.put('{"board": 1}')
        screen.put_beat("{}")
        assert await screen.next() == '{"board": 1}'


@pytest.mark.slow
async def test_a_database_that_does_not_answer_lets_the_data_age(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REFETCH_S", "RETRY_S", "BEAT_S"):
        monkeypatch.setattr(hub_module, name, 0.05)

    async def down(*_args: object, **_kwargs: object) -> None:
        raise OSError("the disk is gone")

    async with hall.screen() as screen:
        await board_frame(screen)
        with monkeypatch.context() as broken:
            broken.setattr(hall.database, "read", down)
            async with asyncio.timeout(IN_TIME_S):
                while (json.loads(await screen.next()))["age_s"] < 0.3:
                    pass
        async with asyncio.timeout(IN_TIME_S):
            while (json.loads(await screen.next()))["age_s"] > 0.3:
                pass


async def test_a_feed_ends_after_its_last_screen(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "LINGER_S", 0.0)
    monkeypatch.setattr(hub_module, "BEAT_S", 0.02)
    async with hall.screen() as screen:
        await board_frame(screen)
        assert hall.hub._feeds
    async with asyncio.timeout(IN_TIME_S):
        while hall.hub._feeds:
            await asyncio.sleep(0.02)


async def test_a_poll_gets_the_frame_a_screen_begins_with(hall: Hall) -> None:
    hall.ticket_taken()
    frame = json.loads(await hall.hub.snapshot(hall.city.hall))
    assert frame["type"] == "board"
    assert waiting(frame) == 1
    assert set(frame["told"]) == {queue["queue_id"] for queue in frame["board"]["queues"]}


async def test_no_frame_holds_more_than_ticket_numbers(hall: Hall, only_events: None) -> None:
    async with hall.screen() as screen:
        await board_frame(screen)
        await hall.publish(hall.ticket_taken())
        frame = await board_frame(screen)
    assert set(frame["board"]) == {
        *("hall_id", "seq", "at", "made_at", "plan_version", "queues", "windows", "calls", "notices"),
        "announcing",
        "doors",
    }
    assert set(frame["events"][0]["payload"]) == {"number", "queue_id"}
