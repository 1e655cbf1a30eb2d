"""The hub: one feed per hall and process, whatever the number of screens.

Guarantee: a screen shows what the database holds, at most ``REFETCH_S`` plus one read behind, or it is
told how old its data is. A feed subscribes, then reads the board, then applies events; a repeat changes
nothing, a gap or a lost message refetches, and a refetch every few seconds catches what the bus never
carried. Each change is encoded once; each screen has a slot for the latest frame only, so a stuck one
delays nobody and catches up with a single frame.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from pydantic import ValidationError

from displays.frames import EncodedBoard, beat, looks_alike
from kernel.clock import monotonic
from kernel.errors import Refusal
from kernel.events import EventFrame
from queueing import service
from queueing.events import event_of
from queueing.rules.board import MissedEvents, apply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kernel.bus import Bus, Subscription
    from kernel.clock import Clock
    from kernel.database import Database
    from kernel.ids import HallId
    from queueing.rules.board import Board

log = structlog.get_logger(__name__)

REFETCH_S = 3.0  # the page's banner comes at 6 s: two refetches may fail before it does
RETRY_S = 1.0
READ_TIMEOUT_S = 5.0
BEAT_S = 2.0
LINGER_S = 30.0  # a feed outlives its last screen by this, so that reloads do not start it anew
INBOX_LIMIT = 1_000


class Screen:
    """One client's slot: the latest frame, and nothing that it missed."""

    def __init__(self) -> None:
        self._frame: str | None = None
        self._filled = asyncio.Event()

    def put(self, frame: str) -> None:
        """Replace what has not been sent yet."""
        self._frame = frame
        self._filled.set()

    @property
    def behind(self) -> bool:
        """Whether a frame waits that has not been sent: the next one will skip it."""
        return self._frame is not None

    def put_beat(self, frame: str) -> None:
        """Take a beat only if nothing waits; a board tells more than a beat."""
        if self._frame is None:
            self.put(frame)

    async def next(self) -> str:
        """Wait for a frame and take it."""
        await self._filled.wait()
        self._filled.clear()
        frame, self._frame = self._frame, None
        assert frame is not None
        return frame


class Feed:
    """One hall's board, followed."""

    def __init__(self, hall_id: HallId, database: Database, bus: Bus, clock: Clock) -> None:
        self._hall_id = hall_id
        self._database = database
        self._bus = bus
        self._clock = clock
        self._board: Board | None = None
        self._encoded: EncodedBoard | None = None
        self._confirmed_at = monotonic()
        self._refetch_at = 0.0
        self._inbox: list[bytes | None] = []
        self._woken = asyncio.Event()
        self.screens: set[Screen] = set()
        self.left_at = monotonic()

    @property
    def age_s(self) -> float:
        """Seconds since the board was last known to be what the database holds."""
        return monotonic() - self._confirmed_at

    def whole_frame(self) -> str | None:
        """Return the frame a new screen begins with, or None before the first read."""
        if self._encoded is None:
            return None
        return self._encoded.whole(age_s=self.age_s, now=self._clock.now())

    async def run(self) -> None:
        """Follow the hall until cancelled: subscribe, read, apply."""
        async with self._bus.subscribe(f"hall.{self._hall_id}") as subscription, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(subscription))
            tasks.create_task(self._follow())

    async def _listen(self, subscription: Subscription) -> None:
        async for message in subscription:
            if len(self._inbox) >= INBOX_LIMIT:
                self._inbox.clear()
                message = None
            self._inbox.append(message)
            self._woken.set()

    async def _follow(self) -> None:
        while True:
            # Not wait_for: before Python 3.12 it can swallow the cancellation that ends us.
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._refetch_at - monotonic())):
                    await self._woken.wait()
            self._woken.clear()
            messages, self._inbox = self._inbox, []
            complete = self._apply(messages)
            if not complete or monotonic() >= self._refetch_at:
                await self._refetch()

    def _apply(self, messages: list[bytes | None]) -> bool:
        """Apply what came and publish it as one change; False if the board must be read again."""
        board = self._board
        if board is None:
            return False
        applied: list[EventFrame] = []
        try:
            for message in messages:
                if message is None:
                    return False
                frame = EventFrame.model_validate_json(message)
                after = apply(board, event_of(frame), seq=frame.seq, at=frame.at)
                if after is not board:
                    applied.append(frame)
                board = after
        except (MissedEvents, ValidationError, KeyError) as gap:
            log.info("board refetched", hall=str(self._hall_id), because=repr(gap)[:120])
            return False
        if applied:
            self._show(board, applied)
        return True

    async def _refetch(self) -> None:
        started = monotonic()
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                board = await self._database.read(service.board, self._hall_id, now=self._clock.now())
        except (Refusal, OSError, TimeoutError) as failure:
            log.warning("board not read", hall=str(self._hall_id), because=repr(failure)[:200])
            self._refetch_at = monotonic() + RETRY_S
            return
        self._refetch_at = monotonic() + REFETCH_S
        if self._board is None or not looks_alike(board, self._board):
            self._show(board, [])
        self._confirmed_at = started

    def _show(self, board: Board, events: list[EventFrame]) -> None:
        """Encode a changed board once and put it into every screen's slot."""
        now = self._clock.now()
        self._board = board
        self._encoded = EncodedBoard.of(board, made_at=now)
        self._confirmed_at = monotonic()
        whole = self._encoded.whole(age_s=0.0, now=now)
        change = self._encoded.change(events, now=now) if events else whole
        for screen in self.screens:
            # Whoever skips a frame has missed its events, and is better off with a plain board.
            screen.put(whole if screen.behind else change)

    def beat(self) -> None:
        """Tell all screens how old the data is."""
        frame = beat(age_s=self.age_s, now=self._clock.now())
        for screen in self.screens:
            screen.put_beat(frame)


class Hub:
    """All feeds of this process; they start with a hall's first screen and end after its last."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._feeds: dict[HallId, tuple[Feed, asyncio.Task[None]]] = {}
        self._beating: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, hall_id: HallId) -> AsyncIterator[Screen]:
        """Give a screen the hall's frames for as long as the block runs."""
        feed = self._feed(hall_id)
        screen = Screen()
        feed.screens.add(screen)
        if (whole := feed.whole_frame()) is not None:
            screen.put(whole)
        try:
            yield screen
        finally:
            feed.screens.discard(screen)
            feed.left_at = monotonic()

    def screens(self) -> dict[HallId, int]:
        """Return how many screens and phones follow each hall through this process."""
        return {hall_id: len(feed.screens) for hall_id, (feed, _) in self._feeds.items()}

    async def snapshot(self, hall_id: HallId) -> str:
        """Return the whole frame for a poll: the feed's while it is fresh, else one read for it."""
        feed, _ = self._feeds.get(hall_id, (None, None))
        if feed is not None and feed.age_s <= REFETCH_S and (whole := feed.whole_frame()) is not None:
            return whole
        now = self._clock.now()
        board = await self._database.read(service.board, hall_id, now=now)
        return EncodedBoard.of(board, made_at=now).whole(age_s=0.0, now=now)

    def _feed(self, hall_id: HallId) -> Feed:
        known = self._feeds.get(hall_id)
        if known is not None and not known[1].done():
            return known[0]
        feed = Feed(hall_id, self._database, self._bus, self._clock)
        self._feeds[hall_id] = (feed, asyncio.create_task(self._keep(feed)))
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat())
        return feed

    @staticmethod
    async def _keep(feed: Feed) -> None:
        """Run a feed; should it break, its screens see their data age, and it starts again."""
        while True:
            try:
                await feed.run()
            except Exception:
                log.exception("feed broke")
            await asyncio.sleep(RETRY_S)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            for hall_id, (feed, task) in tuple(self._feeds.items()):
                if feed.screens:
                    feed.beat()
                elif monotonic() - feed.left_at > LINGER_S:
                    task.cancel()
                    del self._feeds[hall_id]

    async def close(self) -> None:
        """End all feeds."""
        running = [task for _, task in self._feeds.values()]
        running += [self._beating] if self._beating else []
        self._feeds.clear()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
