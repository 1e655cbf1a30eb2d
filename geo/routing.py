"""Travel times by whoever knows best: a road router if one is configured and well, else the great circle."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from geo.rules.distance import great_circle_metres
from geo.rules.travel import Travel, TravelMode, TravelSource, believable, estimate, routed
from kernel.circuit import Circuit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from geo.rules.coordinates import Position


class Fallback(StrEnum):
    """Why the great circle answered although a road router is configured."""

    RESTING = "router-resting"
    TIMED_OUT = "router-timed-out"
    UNREACHABLE = "router-unreachable"
    REFUSED = "router-refused"
    GARBAGE = "router-answer-unusable"
    MODE_NOT_SERVED = "mode-not-routed"
    NO_ROAD = "no-road-found"


@dataclass(frozen=True, slots=True)
class TravelAnswer:
    """Trips in the order of the destinations; each says its source.

    ``fallback`` is None when every trip came from the configured source, else the reason why some or all
    did not.
    """

    trips: tuple[Travel, ...]
    fallback: Fallback | None = None


class Router(Protocol):
    """Travel times from one origin to many destinations; never raises for a service that is away."""

    async def travel(
        self, origin: Position, destinations: Sequence[Position], mode: TravelMode
    ) -> TravelAnswer: ...

    async def aclose(self) -> None: ...


class GreatCircleRouter:
    """The default: needs nothing, knows no roads, says so by its range."""

    async def travel(
        self, origin: Position, destinations: Sequence[Position], mode: TravelMode
    ) -> TravelAnswer:
        return TravelAnswer(estimate(origin, destinations, mode))

    async def aclose(self) -> None:
        return None


class RouterFailed(Exception):
    """The road service gave no usable answer; caught in ``RoadRouter``, never seen by callers."""

    def __init__(self, fallback: Fallback) -> None:
        super().__init__(fallback.value)
        self.fallback = fallback


class RoadService(Protocol):
    """A client of one road service.

    ``seconds`` returns one duration per destination, or None where it found no road; it raises
    ``RouterFailed``. ``profile_of`` returns None for a mode that the service cannot route.
    """

    source: TravelSource

    def profile_of(self, mode: TravelMode) -> str | None: ...

    async def seconds(
        self, origin: Position, destinations: Sequence[Position], profile: str
    ) -> list[float | None]: ...

    async def aclose(self) -> None: ...


class RoadRouter:
    """A road service under a deadline and a circuit breaker, with the great circle behind it.

    ``deadline`` covers the whole answer, body included: a server that sends one byte a second keeps every
    socket time-out happy and must not hold a citizen's ranking.
    """

    def __init__(self, service: RoadService, *, now: Callable[[], datetime], deadline: timedelta) -> None:
        self._service = service
        self._deadline_seconds = deadline.total_seconds()
        self.circuit = Circuit(now)

    async def travel(
        self, origin: Position, destinations: Sequence[Position], mode: TravelMode
    ) -> TravelAnswer:
        """Return a trip for every destination, from the road service where it gave a believable one."""
        by_formula = estimate(origin, destinations, mode)
        if not destinations:
            return TravelAnswer(())
        profile = self._service.profile_of(mode)
        if profile is None:
            return TravelAnswer(by_formula, Fallback.MODE_NOT_SERVED)
        if not self.circuit.lets_through():
            return TravelAnswer(by_formula, Fallback.RESTING)
        try:
            seconds = await self._ask(origin, destinations, profile)
        except RouterFailed as failure:
            self.circuit.failed()
            return TravelAnswer(by_formula, failure.fallback)
        km = (great_circle_metres(origin, destinations) / 1000).tolist()
        answer = self._mixed(by_formula, seconds, km, mode)
        if answer.fallback is Fallback.GARBAGE:
            self.circuit.failed()
        else:
            self.circuit.succeeded()
        return answer

    async def aclose(self) -> None:
        await self._service.aclose()

    async def _ask(
        self, origin: Position, destinations: Sequence[Position], profile: str
    ) -> list[float | None]:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                seconds = await self._service.seconds(origin, destinations, profile)
        except TimeoutError:
            raise RouterFailed(Fallback.TIMED_OUT) from None
        if len(seconds) != len(destinations):
            raise RouterFailed(Fallback.GARBAGE)
        return seconds

    def _mixed(
        self,
        by_formula: tuple[Travel, ...],
        seconds: list[float | None],
        km: list[float],
        mode: TravelMode,
    ) -> TravelAnswer:
        trips: list[Travel] = []
        fallback: Fallback | None = None
        for formula, each, distance in zip(by_formula, seconds, km, strict=True):
            if each is not None and believable(each, distance, mode):
                trips.append(Travel(routed(each, mode), self._service.source))
                continue
            trips.append(formula)
            if fallback is not Fallback.GARBAGE:
                fallback = Fallback.NO_ROAD if each is None else Fallback.GARBAGE
        return TravelAnswer(tuple(trips), fallback)
