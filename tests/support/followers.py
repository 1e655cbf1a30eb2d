"""Screens and phones that follow a hall by websocket and come back by themselves, as the pages do."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 1.5  # between two tries, as static/js has it


@dataclass(slots=True)
class Follower:
    """One screen. ``away_s``: how long each loss lasted; ``seen_at``: when a number was first called.

    ``urls`` are tried in turn, as a front server would; the list may change meanwhile.
    """

    urls: list[str]
    turn: int = 0
    board: dict[str, Any] = field(default_factory=dict)
    seq: int = 0
    age_s: float = 0.0
    opened: int = 0
    codes: Counter[int | None] = field(default_factory=Counter)
    away_s: list[float] = field(default_factory=list)
    back_at: list[float] = field(default_factory=list)
    seen_at: dict[str, float] = field(default_factory=dict)
    went_back: int = 0
    there: bool = False

    async def follow(self) -> None:
        """Follow until cancelled."""
        lost_at: float | None = None
        wait = FIRST_WAIT_S
        while True:
            try:
                async with connect(
                    self.urls[self.turn % len(self.urls)], open_timeout=5, proxy=None
                ) as socket:
                    async for message in socket:
                        if self._take(json.loads(message)) and lost_at is not None:
                            self.back_at.append(time.monotonic())
                            self.away_s.append(self.back_at[-1] - lost_at)
                            lost_at, wait = None, FIRST_WAIT_S
                    self.codes[socket.close_code] += 1
            except ConnectionClosed as closed:
                self.codes[closed.rcvd.code if closed.rcvd else None] += 1
            except (OSError, InvalidHandshake, TimeoutError):
                pass
            self.turn += 1
            self.there = False
            lost_at = lost_at if lost_at is not None else time.monotonic()
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)

    def _take(self, frame: dict[str, Any]) -> bool:
        """Keep a frame; return whether it told the board."""
        self.age_s = frame["age_s"]
        if "board" not in frame:
            return False
        self.opened += 1
        self.there = True
        self.went_back += frame["seq"] < self.seq
        self.seq, self.board = frame["seq"], frame["board"]
        now = time.monotonic()
        for call in self.board["calls"]:
            self.seen_at.setdefault(call["number"], now)
        return True


@dataclass(slots=True)
class Followers:
    """Several screens of one hall."""

    all: list[Follower]

    @property
    def codes(self) -> Counter[int | None]:
        """How sockets were closed: close codes, None where there was no close frame."""
        return sum((own.codes for own in self.all), Counter())

    @property
    def away_s(self) -> list[float]:
        """All losses, the longest last."""
        return sorted(length for own in self.all for length in own.away_s)

    async def until(self, true_of: Callable[[Follower], bool], within_s: float) -> float:
        """Return after how many seconds it was true of all."""
        begun = time.monotonic()
        while not all(true_of(own) for own in self.all):
            waited = time.monotonic() - begun
            assert waited < within_s, f"{sum(map(true_of, self.all))} of {len(self.all)} in {within_s} s"
            await asyncio.sleep(0.02)
        return time.monotonic() - begun


@asynccontextmanager
async def following(urls: list[str], screens: int) -> AsyncIterator[Followers]:
    """So many screens, spread over the URLs, follow until the block ends; all have a board when it begins."""
    made = Followers([Follower(urls, turn) for turn in range(screens)])
    tasks = [asyncio.create_task(own.follow()) for own in made.all]
    try:
        await made.until(lambda own: bool(own.board), 30)
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
