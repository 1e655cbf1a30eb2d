"""A reason in words, Chinese or English, from its numbers and nothing else."""

from __future__ import annotations

from enum import StrEnum
from math import ceil, floor
from typing import TYPE_CHECKING

from geo.rules.reasons import Comparison, Reason, SortKey, Why

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from geo.rules.prospects import Spread


GRID = 5  # minutes on which waits are told; ends round outwards, so that the promise is never narrowed
LONGEST_TOLD = 90  # minutes; above it only "over 1 h 30"
MENTIONED_METRES = 100  # nobody chooses a hall for less, and the figure would read 0.0 km


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


def sentence(reason: Reason, language: Language, zone: tzinfo) -> str:
    """Return the reason in words; instants are told in ``zone``, the hall's.

    In another order than by done-time, the figure that the list is ordered by comes first.
    """
    words = _zh if language is Language.ZH else _en
    return _sorted_by(reason, language, zone) + words(reason, zone)


def _plain_zh(reason: Reason, zone: tzinfo) -> str | None:
    """The sentence of a hall that is compared with no other, or None."""
    match reason.why:
        case Why.CANNOT_DO:
            return "此处不办理该事项。"
        case Why.CLOSED:
            return "今天不开放，也没有赶得上的号。"
        case Why.TOO_LATE:
            return "今天已来不及，也没有赶得上的号。"
        case Why.NO_NUMBERS:
            return "今天的现场号已发完，也没有赶得上的预约号。"
        case Why.ANOTHER_DAY:
            return f"今天不能办，最早可约 {_when(reason.next_slot_at, Language.ZH, zone)}。"
        case Why.WAIT_UNKNOWN:
            return f"等候时间未知，排序时按 {_assumed_minutes(reason)} 分钟计。"
    return None


def _zh(reason: Reason, zone: tzinfo) -> str:
    plain = _plain_zh(reason, zone)
    if plain:
        return plain
    against = reason.against
    slot = f"（预约 {_when(reason.slot_at, Language.ZH, zone)} 的号）" if reason.slot_at else ""
    if against is None:
        return f"目前唯一今天能办且知道等候时间的地方{slot}。"
    parts = _clauses(_parts(against, _ZH_PARTS), but="，但", comma="，")
    difference = _difference_zh(against, parts)
    match reason.why:
        case Why.SOONEST_AND_NEAREST:
            return f"今天能办的地方中最近，也最早办完{slot}：{difference}。"
        case Why.SOONEST:
            return f"最早办完{slot}：{difference}。"
        case Why.CALMEST_OF_EQUALS:
            return f"与最早办完的差不多{slot}：{difference}{_distance_zh(against)}。"
        case Why.NEAR_TIE:
            return f"差不多{slot}：{difference}{_distance_zh(against)}。"
        case _:
            return f"{difference}{slot}。"


def _plain_en(reason: Reason, zone: tzinfo) -> str | None:
    """The sentence of a hall that is compared with no other, or None."""
    match reason.why:
        case Why.CANNOT_DO:
            return "This service is not offered here."
        case Why.CLOSED:
            return "Closed today, and there is no free appointment that you could reach."
        case Why.TOO_LATE:
            return "Too late for today, and there is no free appointment that you could reach."
        case Why.NO_NUMBERS:
            return "No walk-in numbers left for today, and no free appointment that you could reach."
        case Why.ANOTHER_DAY:
            return f"Not possible today; first free slot {_when(reason.next_slot_at, Language.EN, zone)}."
        case Why.WAIT_UNKNOWN:
            return f"The wait is not known; ordered as if it were {_assumed_minutes(reason)} min."
    return None


def _en(reason: Reason, zone: tzinfo) -> str:
    plain = _plain_en(reason, zone)
    if plain:
        return plain
    against = reason.against
    slot = f" (with the {_when(reason.slot_at, Language.EN, zone)} appointment)" if reason.slot_at else ""
    if against is None:
        return f"The only place with a known wait that can serve you today{slot}."
    parts = _clauses(_parts(against, _EN_PARTS), but=" but ", comma=", ")
    difference = _difference_en(against, parts)
    match reason.why:
        case Why.SOONEST_AND_NEAREST:
            return f"Nearest of those that can serve you today and soonest done{slot}: {difference}."
        case Why.SOONEST:
            return f"Soonest done{slot}: {difference}."
        case Why.CALMEST_OF_EQUALS:
            return f"About as soon as the soonest{slot}: {difference}{_distance_en(against)}."
        case Why.NEAR_TIE:
            return f"About the same{slot}: {difference}{_distance_en(against)}."
        case _:
            return f"{difference[0].upper()}{difference[1:]}{slot}."


# What is compared: (more here, less here), for the way, the wait, the start and the service.
_ZH_PARTS = {
    "travel": ("路上多 {n}", "路上少 {n}"),
    "wait": ("等候多 {n}", "等候少 {n}"),
    "start": ("到达后晚 {n}开始办理", "到达后早 {n}开始办理"),
    "service": ("办理多 {n}", "办理少 {n}"),
    "minutes": ("{n} 分钟", "{h} 小时 {n} 分钟"),
}
_EN_PARTS = {
    "travel": ("{n} farther", "{n} nearer"),
    "wait": ("{n} longer wait", "{n} shorter wait"),
    "start": ("{n} later start after arriving", "{n} earlier start after arriving"),
    "service": ("{n} longer service", "{n} shorter service"),
    "minutes": ("{n} min", "{h} h {n} min"),
}


def _parts(against: Comparison, words: dict[str, tuple[str, str]]) -> list[tuple[int, str]]:
    start = "wait" if against.waiting_only else "start"
    minutes = (
        ("travel", against.travel_minutes),
        (start, against.start_minutes),
        ("service", against.service_minutes),
    )
    return [
        (more, words[what][0 if more > 0 else 1].format(n=_duration(more, words)))
        for what, more in minutes
        if more
    ]


def _duration(minutes: int, words: dict[str, tuple[str, str]]) -> str:
    hours, rest = divmod(abs(minutes), 60)
    short, long = words["minutes"]
    return short.format(n=abs(minutes)) if abs(minutes) < 120 else long.format(h=hours, n=rest)


def _clauses(parts: Sequence[tuple[int, str]], *, but: str, comma: str) -> str:
    """Join the parts; where the sign turns, the joint is a "but"."""
    text = ""
    before = 0
    for more, words in parts:
        if text:
            text += but if before * more < 0 else comma
        text += words
        before = more
    return text


def _difference_zh(against: Comparison, parts: str) -> str:
    done = against.done_minutes
    when = "同时办完" if done == 0 else f"{'晚' if done > 0 else '早'} {_duration(done, _ZH_PARTS)}办完"
    verb = "与" if done == 0 else "比"
    return f"{verb}{against.name_zh}{when}" + (f"，{parts}" if parts else "")


def _difference_en(against: Comparison, parts: str) -> str:
    done = against.done_minutes
    name = against.name_en
    if done == 0:
        text = f"done at the same time as {name}"
    else:
        text = f"done {_duration(done, _EN_PARTS)} {'later' if done > 0 else 'earlier'} than {name}"
    return text + (f", {parts}" if parts else "")


def _distance_zh(against: Comparison) -> str:
    if abs(against.metres) < MENTIONED_METRES:
        return ""
    return f"，{'远' if against.metres > 0 else '近'} {_km(abs(against.metres))} 公里"


def _distance_en(against: Comparison) -> str:
    if abs(against.metres) < MENTIONED_METRES:
        return ""
    return f", {_km(abs(against.metres))} km {'farther away' if against.metres > 0 else 'closer'}"


def _km(metres: int) -> str:
    return f"{round(metres / 100) / 10:.1f}"


def _assumed_minutes(reason: Reason) -> int:
    if reason.assumed_wait is None:
        raise ValueError("a reason of an unknown wait carries the wait that was assumed")
    return round(reason.assumed_wait.total_seconds() / 60)


def _when(instant: datetime | None, language: Language, zone: tzinfo) -> str:
    if instant is None:
        raise ValueError("a reason that rests on a slot carries the slot's start")
    local = instant.astimezone(zone)
    day = f"{local.month}月{local.day}日" if language is Language.ZH else f"{local:%d %b}"
    return f"{day} {local:%H:%M}"


def _wait(wait: Spread | None, *, zh: bool) -> str:
    """Return a wait in words as boards and tickets tell it: a range on five minutes, never one number."""
    if wait is None:
        return "等候时间未知或不适用。" if zh else "No known wait. "
    low, high = (each.total_seconds() / 60 / GRID for each in (wait.p10, wait.p90))
    ends = floor(low) * GRID, ceil(high) * GRID
    if ends[1] == 0:
        return "无需等候。" if zh else "No wait. "
    if ends[1] > LONGEST_TOLD:
        return "等候超过 1 小时 30 分。" if zh else "Wait over 1 h 30 min. "
    if ends[0] == 0:
        return f"等候约 {ends[1]} 分钟内。" if zh else f"Wait within about {ends[1]} min. "
    return f"等候约 {ends[0]}–{ends[1]} 分钟。" if zh else f"Wait about {ends[0]}–{ends[1]} min. "


_NO_FIGURE = (Why.CANNOT_DO, Why.CLOSED, Why.TOO_LATE, Why.NO_NUMBERS, Why.ANOTHER_DAY)


def _sorted_by(reason: Reason, language: Language, zone: tzinfo) -> str:
    zh = language is Language.ZH
    if reason.sort in (SortKey.WAITING, SortKey.SLOT) and reason.why in _NO_FIGURE:
        return ""
    match reason.sort:
        case SortKey.DONE:
            return ""
        case SortKey.DISTANCE:
            return f"距离 {_km(reason.metres)} 公里。" if zh else f"{_km(reason.metres)} km away. "
        case SortKey.WAITING:
            return _wait(reason.wait, zh=zh)
        case SortKey.SLOT:
            if reason.next_slot_at is None:
                return "没有可约的号。" if zh else "No free appointment. "
            when = _when(reason.next_slot_at, language, zone)
            return f"最早可约 {when}。" if zh else f"First free slot {when}. "
