"""Lobby screens and phones of a live day: each holds a websocket and notes when it learns of a call."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx2
import websockets
from websockets.typing import Origin

from sim.load.place import CODE

if TYPE_CHECKING:
    from collections.abc import Callable

AGAIN_S = 0.5  # a screen that lost its socket connects again, as the lobby page does


@dataclass(frozen=True, slots=True)
class Call:
    """A call as screens show it: the ticket's number and the server's instant."""

    number: str
    at: str


@dataclass(frozen=True, slots=True)
class _Frame:
    called: tuple[tuple[int, Call], ...]  # (seq, call) of the events in it
    shown: tuple[Call, ...]  # the calls on its board


@lru_cache(maxsize=64)
def _read(text: str) -> _Frame:
    """Read a frame; all screens of a hall get the same text, so each is parsed once."""
    frame: dict[str, Any] = json.loads(text)
    shown = tuple(Call(call["number"], call["at"]) for call in (frame.get("board") or {}).get("calls", ()))
    by_number = {call.number: call for call in reversed(shown)}
    called = tuple(
        (event["seq"], by_number[event["payload"]["number"]])
        for event in frame.get("events", ())
        if event["kind"] == "ticket_called" and event["payload"]["number"] in by_number
    )
    return _Frame(called, shown)


@dataclass(slots=True)
class Screen:
    """One lobby screen: when it first showed each call, how often a call came twice."""

    seen: dict[Call, float] = field(default_factory=dict)
    doubled: int = 0
    reconnects: int = -1
    _seqs: set[int] = field(default_factory=set)

    def take(self, text: str) -> None:
        """Note what a frame shows."""
        arrived = time.time()
        frame = _read(text)
        for seq, call in frame.called:
            if seq in self._seqs:
                self.doubled += 1
            self._seqs.add(seq)
            self.seen.setdefault(call, arrived)
        for call in frame.shown:
            self.seen.setdefault(call, arrived)


@dataclass(slots=True)
class Phone:
    """One citizen's phone; ``pages`` are the seconds that its page took each time it was fetched."""

    number: str
    called_seen: float | None = None
    pages: list[float] = field(default_factory=list)
    errors: int = 0


class Audience:
    """All screens and phones of one hall."""

    def __init__(self, base: str, client: httpx2.AsyncClient, *, screens: int, phones: int) -> None:
        self._base, self._client, self._phones_free = base, client, phones
        self.screens = [Screen() for _ in range(screens)]
        self.phones: list[Phone] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect all screens; return when each has its first board."""
        ready = [asyncio.Event() for _ in self.screens]
        for screen, event in zip(self.screens, ready, strict=True):
            self._start(self._watch(screen, event))
        async with asyncio.timeout(60):
            await asyncio.gather(*(event.wait() for event in ready))

    def follow(self, number: str, token: str) -> None:
        """Let the holder of a new ticket follow it on a phone, if one is free."""
        if self._phones_free > 0:
            self._phones_free -= 1
            phone = Phone(number)
            self.phones.append(phone)
            self._start(self._carry(phone, token))

    async def close(self) -> None:
        """End all sockets."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _socket(self) -> websockets.connect:
        address = f"{self._base.replace('http', 'ws')}/api/v1/halls/{CODE}/live"
        return websockets.connect(address, origin=Origin(self._base), compression=None, proxy=None)

    async def _watch(self, screen: Screen, ready: asyncio.Event) -> None:
        while True:
            with suppress(websockets.WebSocketException, OSError):
                async with self._socket() as socket:
                    screen.reconnects += 1
                    async for text in socket:
                        screen.take(str(text))
                        ready.set()
            await asyncio.sleep(AGAIN_S)

    async def _carry(self, phone: Phone, token: str) -> None:
        """Follow one ticket as its page does: each change in the hall fetches the panel anew."""
        changed = asyncio.Event()
        fetching = asyncio.create_task(self._fetch(phone, token, changed))
        try:
            while phone.called_seen is None:
                with suppress(websockets.WebSocketException, OSError):
                    async with self._socket() as socket:
                        await self._until_called(phone, socket, changed)
        finally:
            fetching.cancel()
            self._phones_free += 1

    async def _until_called(self, phone: Phone, socket: Any, changed: asyncio.Event) -> None:
        async for text in socket:
            frame = _read(str(text))
            if any(call.number == phone.number for call in frame.shown):
                phone.called_seen = time.time()
                return
            if frame.called:
                changed.set()

    async def _fetch(self, phone: Phone, token: str, changed: asyncio.Event) -> None:
        while True:
            await changed.wait()
            changed.clear()
            begun = time.perf_counter()
            try:
                answer = await self._client.get(f"/t/{token}/now")
                phone.errors += not answer.is_success
            except httpx2.TransportError:
                phone.errors += 1
            phone.pages.append(time.perf_counter() - begun)


@dataclass(frozen=True, slots=True)
class Watched:
    """What screens and phones saw of a day's calls; latencies in real seconds from the call's instant."""

    screens: int
    phones: int
    missed: int
    doubled: int
    reconnects: int
    frame_seconds: tuple[float, ...]
    phone_seconds: tuple[float, ...]
    page_seconds: tuple[float, ...]
    page_errors: int
    phones_missed: int


def watched(audience: Audience, calls: dict[str, str], real: Callable[[str], float]) -> Watched:
    """Compare what was seen with the calls that were made (number -> instant); ``real``: epoch seconds."""
    made = [Call(number, at) for number, at in calls.items()]
    frames = [
        screen.seen[call] - real(call.at)
        for screen in audience.screens
        for call in made
        if call in screen.seen
    ]
    own = [phone for phone in audience.phones if phone.number in calls]
    return Watched(
        screens=len(audience.screens),
        phones=len(audience.phones),
        missed=len(audience.screens) * len(made) - len(frames),
        doubled=sum(screen.doubled for screen in audience.screens),
        reconnects=sum(screen.reconnects for screen in audience.screens),
        frame_seconds=tuple(frames),
        phone_seconds=tuple(
            phone.called_seen - real(calls[phone.number]) for phone in own if phone.called_seen is not None
        ),
        page_seconds=tuple(seconds for phone in audience.phones for seconds in phone.pages),
        page_errors=sum(phone.errors for phone in audience.phones),
        phones_missed=sum(phone.called_seen is None for phone in own),
    )
