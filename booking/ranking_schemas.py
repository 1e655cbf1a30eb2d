"""The ranking's request and response."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from booking.city import datum_named
from booking.city_schemas import HallOut, NamedOut, PositionOut, hall_fields
from booking.finder import Option, Ranking, Wish
from booking.rules.meeting import AppointmentKind
from booking.schemas import ServiceCodes
from geo.rules.coordinates import PRIVATE_DECIMALS, Position
from geo.rules.links import NavigationLinks  # noqa: TC001 - pydantic reads it at run time
from geo.rules.prospects import Opening, Outcome  # noqa: TC001 - pydantic reads it at run time
from geo.rules.reasons import SortKey
from geo.rules.travel import TravelMode
from kernel.days import Instant
from kernel.web.schemas import In, Out
from queueing.rules.waits import WaitRange
from queueing.schemas import WaitOut

if TYPE_CHECKING:
    from booking.remote_times import RemoteTime
    from booking.service import Going
    from geo.rules.travel import Travel


class PositionIn(In):
    """A place in degrees; ``datum`` is WGS-84 (a browser), GCJ-02 (Amap, Tencent) or BD-09 (Baidu)."""

    lat: float
    lon: float
    datum: Literal["WGS-84", "GCJ-02", "BD-09", "wgs84", "gcj02", "bd09"] = "WGS-84"

    def position(self) -> Position:
        return Position(self.lat, self.lon, datum_named(self.datum))


class RankingIn(In):
    """Where from (a position or the name of an area), what for, how and when."""

    services: list[str] = ServiceCodes
    position: PositionIn | None = None
    area: str | None = Field(default=None, max_length=60)
    mode: TravelMode = TravelMode.RIDE
    depart_at: Instant | None = None
    sort: SortKey = SortKey.DONE

    def wish(self) -> Wish:
        return Wish(
            services=tuple(self.services),
            mode=self.mode,
            sort=self.sort,
            position=self.position.position() if self.position else None,
            area=self.area,
            depart_at=self.depart_at,
        )


class OriginOut(Out):
    """Where the ranking starts from, rounded to about a kilometre; ``name``: what was typed, as it was taken.

    ``whole``: all of it is known but for a house number; else the part that is.
    """

    name: str | None
    whole: bool
    rounded: PositionOut


# What an answer holds dozens of is a plain dataclass: its values are ours, and checking each anew cost a
# fifth of the interpreter's time while many people ask.


@dataclass(frozen=True, slots=True)
class TravelOut:
    """Minutes of a quick, a usual and a slow trip, and where they come from."""

    low: int
    typical: int
    high: int
    source: str

    @classmethod
    def of(cls, travel: Travel) -> Self:
        trip = travel.range
        low, typical, high = (round(_minutes(each)) for each in (trip.low, trip.typical, trip.high))
        return cls(low=low, typical=typical, high=high, source=travel.source)


@dataclass(frozen=True, slots=True)
class DoneOut:
    low: datetime
    typical: datetime
    high: datetime

    @classmethod
    def of(cls, outcome: Outcome | None) -> Self | None:
        if outcome is None:
            return None
        return cls(low=outcome.done_low_at, typical=outcome.done_at, high=outcome.done_high_at)


class OptionOut(HallOut):
    """A hall in the ranking. ``group`` numbers near-equals, ``tied`` says that there are others in it.

    ``missing``: which of the services asked for are not done here.
    ``no_numbers``: all walk-in numbers of the day of arrival are given; ``numbers_at``: those up to then are.
    ``leave_at``: when it is early enough to leave for what ``best`` names; ``departs_at`` if at once.
    """

    rank: int
    group: int
    tied: bool
    can_do: bool
    missing: list[NamedOut]
    open_state: Opening
    opens_at: datetime | None
    always_open: bool
    no_numbers: bool
    numbers_at: datetime | None
    distance_km: float
    travel: TravelOut
    waiting: int | None
    wait: WaitOut | None
    next_slots: list[datetime]
    walk_in_done: DoneOut | None
    slot_done: DoneOut | None
    done_at: DoneOut | None
    best: Literal["walk_in", "slot", "none"]
    leave_at: datetime | None
    reason_zh: str
    reason_en: str
    links: NavigationLinks

    @classmethod
    def ranked(cls, option: Option) -> Self:
        prospect, line = option.ranked.prospect, option.ranked
        best = prospect.done.way.value.replace("-", "_") if prospect.done else "none"
        return cls(
            **hall_fields(option.hall),
            rank=line.place,
            group=line.group,
            tied=line.tied,
            can_do=prospect.hall.can_do,
            missing=[NamedOut.model_validate(service) for service in option.missing],
            open_state=prospect.hall.opening,
            opens_at=option.opens_at,
            always_open=option.always_open,
            no_numbers=prospect.hall.no_numbers,
            numbers_at=prospect.hall.numbers_at,
            distance_km=round(prospect.metres / 1000, 1),
            travel=TravelOut.of(option.travel),
            waiting=option.waiting,
            wait=_wait(option),
            next_slots=list(option.next_slots),
            walk_in_done=DoneOut.of(prospect.walk_in),
            slot_done=DoneOut.of(prospect.by_slot),
            done_at=DoneOut.of(prospect.done),
            best=best,
            leave_at=prospect.done.leave_at if prospect.done else None,
            reason_zh=option.reason_zh,
            reason_en=option.reason_en,
            links=option.links,
        )


def _wait(option: Option) -> WaitOut | None:
    wait = option.ranked.prospect.hall.wait
    if wait is None:
        return None
    return WaitOut.of(WaitRange(_minutes(wait.p10), _minutes(wait.p50), _minutes(wait.p90)))


def _minutes(duration: timedelta) -> float:
    return duration / timedelta(minutes=1)


class RemoteTimeOut(Out):
    """The next free start of a hall by telephone or video."""

    hall: str
    name_zh: str
    name_en: str
    kind: AppointmentKind
    starts_at: datetime

    @classmethod
    def of(cls, own: RemoteTime) -> Self:
        return cls(
            hall=own.hall.code,
            name_zh=own.hall.name_zh,
            name_en=own.hall.name_en,
            kind=own.kind,
            starts_at=own.starts_at,
        )


class RankingOut(Out):
    """``without_way``: the soonest times by telephone and video in the city, for which nobody travels."""

    made_at: datetime
    departs_at: datetime
    services: list[NamedOut]
    origin: OriginOut
    halls: list[OptionOut]
    without_way: list[RemoteTimeOut]

    @classmethod
    def of(cls, ranking: Ranking) -> Self:
        origin = ranking.origin
        return cls(
            made_at=ranking.made_at,
            departs_at=ranking.departs_at,
            services=[NamedOut.model_validate(service) for service in ranking.services],
            origin=OriginOut(
                name=ranking.taken.name if ranking.taken else None,
                whole=ranking.taken is None or ranking.taken.whole,
                rounded=PositionOut(
                    lat=round(origin.lat, PRIVATE_DECIMALS),
                    lon=round(origin.lon, PRIVATE_DECIMALS),
                    datum=origin.datum,
                ),
            ),
            halls=[OptionOut.ranked(option) for option in ranking.options],
            without_way=[RemoteTimeOut.of(own) for own in ranking.without_way],
        )


class GoingIn(In):
    """The services one goes for, and about when one arrives; no place, no person."""

    services: list[str] = ServiceCodes
    arrives_at: Instant


class GoingOut(Out):
    """``expected_at`` is null where nothing was counted: too far ahead, too often said, or nobody queues."""

    hall: str
    expected_at: datetime | None

    @classmethod
    def of(cls, going: Going) -> Self:
        return cls(hall=going.hall_code, expected_at=going.expected_at)
