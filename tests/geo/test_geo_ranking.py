"""The order: its promises as properties, the near-ties, the reasons and their words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.rules.coordinates import Datum, Position
from geo.rules.prospects import HallFacts, Opening, Spread, Standing, Way
from geo.rules.ranking import DEFAULT_POLICY, Ranked, rank
from geo.rules.reasons import SortKey, Why
from geo.rules.sentences import Language, sentence
from geo.rules.travel import TravelRange
from queueing.rules.waits import WaitRange, told_minutes

if TYPE_CHECKING:
    import random

LEAVE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ORIGIN = Position(22.78, 115.35, Datum.WGS84)
ZONE = ZoneInfo("Asia/Shanghai")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def about(number: float) -> Spread:
    return Spread(minutes(number * 0.5), minutes(number), minutes(number * 1.7))


def trip(number: float) -> TravelRange:
    return TravelRange(minutes(number * 0.8), minutes(number), minutes(number * 1.5))


def hall(
    code: str, *, travel: float, wait: float | None, km: float | None = None, **facts: object
) -> HallFacts:
    """A hall ``km`` to the north, by default as far as its travel time says at 20 km/h."""
    north = (travel / 3 if km is None else km) / 110.6
    known = HallFacts(
        code=code,
        name_zh=f"{code}大厅",
        name_en=f"Hall {code}",
        position=Position(ORIGIN.lat + north, ORIGIN.lon, Datum.WGS84),
        travel=trip(travel),
        wait=None if wait is None else about(wait),
        service=about(10),
    )
    return replace(known, **facts)  # type: ignore[arg-type]


def ranked(*halls: HallFacts, sort: SortKey = SortKey.DONE) -> tuple[Ranked, ...]:
    return rank(halls, origin=ORIGIN, departs_at=LEAVE, sort=sort)


def codes(lines: tuple[Ranked, ...]) -> list[str]:
    return [line.hall.code for line in lines]


def place(lines: tuple[Ranked, ...], code: str) -> int:
    return next(line.place for line in lines if line.hall.code == code)


def words(line: Ranked, language: Language = Language.EN) -> str:
    return sentence(line.reason, language, ZONE)


@st.composite
def cities(draw: st.DrawFn) -> list[HallFacts]:
    """Two to nine halls of every kind; times and doors repeat, so that ties are common."""
    halls = []
    for index in range(draw(st.integers(2, 9))):
        opening = draw(st.sampled_from([Opening.OPEN] * 4 + [Opening.OPENS_LATER, Opening.CLOSED]))
        slot = draw(st.none() | st.integers(5, 90) | st.integers(1400, 1600))
        stops = draw(st.none() | st.integers(10, 120))
        halls.append(
            hall(
                f"h{index}",
                travel=draw(st.integers(0, 40)),
                wait=draw(st.none() | st.integers(0, 60)),
                km=draw(st.integers(0, 6)),
                opening=opening,
                opens_at=LEAVE + minutes(draw(st.integers(1, 60)))
                if opening is Opening.OPENS_LATER
                else None,
                can_do=draw(st.integers(0, 5)) > 0,
                next_slot_at=None if slot is None else LEAVE + minutes(slot),
                last_start_at=None if stops is None else LEAVE + minutes(stops),
            )
        )
    return halls


SORTS = st.sampled_from(list(SortKey))


@pytest.mark.slow
@given(cities(), st.data())
def test_a_shorter_wait_never_lowers_a_hall(halls: list[HallFacts], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(halls) - 1))
    wait = halls[index].wait
    assume(wait is not None)
    assert wait is not None
    factor = data.draw(st.floats(0, 1))
    better = replace(halls[index], wait=Spread(wait.p10 * factor, wait.p50 * factor, wait.p90 * factor))
    for sort in (SortKey.DONE, SortKey.WAITING):
        before, after = (
            ranked(*halls, sort=sort),
            ranked(*halls[:index], better, *halls[index + 1 :], sort=sort),
        )
        assert place(after, better.code) <= place(before, better.code)


@pytest.mark.slow
@given(cities(), st.data())
def test_a_shorter_trip_never_lowers_a_hall(halls: list[HallFacts], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(halls) - 1))
    old = halls[index]
    factor = data.draw(st.floats(0, 1))
    shorter = TravelRange(*(end * factor for end in (old.travel.low, old.travel.typical, old.travel.high)))
    better = replace(old, travel=shorter)
    after = ranked(*halls[:index], better, *halls[index + 1 :])
    assert place(after, better.code) <= place(ranked(*halls), better.code)


@given(cities(), SORTS, st.randoms(use_true_random=False))
@pytest.mark.slow
def test_the_order_of_the_input_does_not_matter(
    halls: list[HallFacts], sort: SortKey, shuffler: random.Random
) -> None:
    shuffled = list(halls)
    shuffler.shuffle(shuffled)
    assert ranked(*halls, sort=sort) == ranked(*shuffled, sort=sort)


@given(cities(), SORTS)
@pytest.mark.slow
def test_nothing_stands_above_what_can_serve_better(halls: list[HallFacts], sort: SortKey) -> None:
    lines = ranked(*halls, sort=sort)
    for above, below in pairwise(lines):
        assert above.prospect.standing <= below.prospect.standing
    for line in lines:
        if not line.hall.can_do:
            assert line.prospect.standing is Standing.CANNOT_DO
        if line.hall.opening is Opening.CLOSED:
            assert line.prospect.standing is not Standing.TODAY
    assert [line.place for line in lines] == list(range(1, len(halls) + 1))


@given(cities())
@pytest.mark.slow
def test_a_group_lies_within_the_tolerance_of_its_first_and_is_ordered_by_wait(
    halls: list[HallFacts],
) -> None:
    lines = ranked(*halls)
    assert [line.group for line in lines] == sorted(line.group for line in lines)
    groups = [[line for line in lines if line.group == number] for number in {line.group for line in lines}]
    for group in groups:
        known = [line.hall.wait.p50 for line in group if line.hall.wait]
        assert known == sorted(known)
        assert all(line.hall.wait is None for line in group[len(known) :])
        assert all(line.tied == (len(group) > 1) for line in group)
        if len(group) > 1:
            done = [(line.prospect.done.done_at - LEAVE) / minutes(1) for line in group if line.prospect.done]
            assert len(done) == len(group), "an assumed wait is equal to nothing"
            assert max(done) - min(done) <= max(3, 0.1 * min(done)) + 1e-6


@given(cities())
@pytest.mark.slow
def test_groups_never_chain_and_never_split_what_is_equal_to_the_first(halls: list[HallFacts]) -> None:
    known = [line for line in ranked(*halls) if line.prospect.done]
    for standing in Standing:
        lines = [line for line in known if line.prospect.standing is standing]
        firsts: dict[int, datetime] = {}
        for line in lines:
            done_at = line.prospect.done.done_at if line.prospect.done else LEAVE
            firsts[line.group] = min(firsts.get(line.group, done_at), done_at)
        for one, following in pairwise(sorted(firsts.values())):
            limit = max(DEFAULT_POLICY.tie_floor, (one - LEAVE) * DEFAULT_POLICY.tie_share)
            assert following - one > limit


@pytest.mark.slow
@given(cities(), SORTS)
def test_every_reason_can_be_said_in_both_languages(halls: list[HallFacts], sort: SortKey) -> None:
    for line in ranked(*halls, sort=sort):
        chinese, english = (words(line, language) for language in (Language.ZH, Language.EN))
        assert chinese.endswith("。")
        assert english.endswith(".")
        assert english[0].isupper() or english[0].isdigit()
        assert not re.search(
            r"[一-鿿]", english.replace(line.reason.against.name_zh if line.reason.against else "", "")
        )


@given(cities())
@pytest.mark.slow
def test_the_minutes_of_a_reason_add_up_and_agree_with_the_order(halls: list[HallFacts]) -> None:
    lines = {line.hall.code: line for line in ranked(*halls)}
    for line in lines.values():
        against = line.reason.against
        if against is None:
            continue
        assert (
            against.travel_minutes + against.start_minutes + against.service_minutes == against.done_minutes
        )
        mine, theirs = line.prospect.done, lines[against.code].prospect.done
        assert mine is not None
        assert theirs is not None
        apart = (mine.done_at - theirs.done_at) / minutes(1)
        assert abs(apart - against.done_minutes) <= 1
        assert against.metres == round(line.prospect.metres - lines[against.code].prospect.metres)
        if line.reason.why is Why.LATER:
            assert against.done_minutes >= 0
        if line.reason.why in (Why.SOONEST, Why.SOONEST_AND_NEAREST):
            assert against.done_minutes <= 0
        told = [
            abs(each) for each in (against.travel_minutes, against.start_minutes, against.service_minutes)
        ]
        numbers = {int(each) for each in re.findall(r"(\d+) min", words(line))}
        assert {each for each in (*told, abs(against.done_minutes)) if 0 < each < 120} <= numbers


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 40), st.integers(0, 40))
def test_exchanging_the_numbers_of_two_halls_changes_the_sentence(a: int, b: int, x: int, y: int) -> None:
    """A hall's sentence is exactly as different as its numbers: exchange them and the signs turn."""
    assume((a, x) != (b, y))
    one, two = hall("A", travel=a, wait=x, km=2), hall("B", travel=b, wait=y, km=3)
    three = hall("A", travel=b, wait=y, km=2)
    four = hall("B", travel=a, wait=x, km=3)
    before = {line.hall.code: words(line) for line in ranked(one, two)}
    after = {line.hall.code: words(line) for line in ranked(three, four)}
    assert before["A"] != after["A"]
    assert before["B"] != after["B"]


def test_the_sentence_says_nearer_but_longer_wait() -> None:
    far, near = hall("A", travel=14, wait=10), hall("B", travel=10, wait=35)
    first, second = ranked(far, near)
    assert codes((first, second)) == ["A", "B"]
    assert words(second) == "Done 21 min later than Hall A, 4 min nearer but 25 min longer wait."
    assert words(second, Language.ZH) == "比A大厅晚 21 分钟办完，路上少 4 分钟，但等候多 25 分钟。"
    assert (
        words(first)
        == "Soonest done: done 21 min earlier than Hall B, 4 min farther but 25 min shorter wait."
    )


def test_two_halls_at_one_door_are_ordered_by_code_and_not_said_to_be_nearer() -> None:
    lines = ranked(hall("B", travel=10, wait=10), hall("A", travel=10, wait=10))
    assert codes(lines) == ["A", "B"]
    assert all(line.tied for line in lines)
    assert words(lines[1]) == "About the same: done at the same time as Hall A."
    assert "km" not in words(lines[0])


def test_near_ties_are_not_a_false_first_and_second() -> None:
    lines = ranked(
        hall("far", travel=14, wait=12.5), hall("near", travel=4, wait=20), hall("late", travel=4, wait=27)
    )
    assert [(line.hall.code, line.group, line.tied) for line in lines] == [
        ("far", 1, True),
        ("near", 1, True),
        ("late", 2, False),
    ]
    assert lines[0].reason.why is Why.CALMEST_OF_EQUALS
    assert words(lines[0], Language.ZH).startswith("与最早办完的差不多：比near大厅晚 2 分钟办完，")


def test_a_hall_reached_by_a_slot_says_which() -> None:
    lines = ranked(
        hall("A", travel=10, wait=50, next_slot_at=LEAVE + minutes(20)), hall("B", travel=10, wait=30)
    )
    done = lines[0].prospect.done
    assert done is not None
    assert done.way is Way.SLOT
    assert "(with the 24 Nov 09:20 appointment)" in words(lines[0])
    assert "（预约 11月24日 09:20 的号）" in words(lines[0], Language.ZH)
    assert "wait" not in words(lines[0]), "the time before a slot is not called waiting"


def test_an_unknown_wait_stands_behind_known_ones_of_its_kind_and_says_so() -> None:
    lines = ranked(
        hall("unknown", travel=5, wait=None, km=0),
        hall("same", travel=5, wait=50, km=4),
        hall("worse", travel=5, wait=60, km=2),
        hall("better", travel=20, wait=20, km=5),
    )
    assert codes(lines) == ["better", "same", "unknown", "worse"]
    assert not lines[2].tied
    assert words(lines[2]) == "The wait is not known; ordered as if it were 50 min."


def test_with_no_wait_known_the_quickest_trip_comes_first_and_no_wait_is_invented() -> None:
    lines = ranked(hall("far", travel=20, wait=None), hall("near", travel=5, wait=None))
    assert codes(lines) == ["near", "far"]
    assert all(line.prospect.done is None and line.reason.why is Why.WAIT_UNKNOWN for line in lines)


def test_closed_too_late_and_unable_halls_each_say_why() -> None:
    lines = ranked(
        hall("cannot", travel=1, wait=0, can_do=False),
        hall("closed", travel=1, wait=0, opening=Opening.CLOSED),
        hall("late", travel=2, wait=30, last_start_at=LEAVE + minutes(10)),
        hall("tomorrow", travel=1, wait=0, opening=Opening.CLOSED, next_slot_at=LEAVE + minutes(1440)),
        hall("open", travel=40, wait=60),
    )
    assert codes(lines) == ["open", "tomorrow", "closed", "late", "cannot"]
    assert [line.reason.why for line in lines] == [
        Why.ONLY_CHOICE,
        Why.ANOTHER_DAY,
        Why.CLOSED,
        Why.TOO_LATE,
        Why.CANNOT_DO,
    ]
    assert words(lines[1]) == "Not possible today; first free slot 25 Nov 09:00."


@given(st.lists(st.integers(0, 1300).map(lambda tenths: tenths / 10), min_size=3, max_size=3).map(sorted))
def test_in_the_order_of_waits_a_wait_is_told_as_on_boards_and_tickets(ends: list[float]) -> None:
    told = told_minutes(WaitRange(*ends))
    own = hall("A", travel=5, wait=1)
    line = ranked(replace(own, wait=Spread(*map(minutes, ends))), sort=SortKey.WAITING)[0]
    figures = [int(each) for each in re.findall(r"\d+", words(line).split(". ")[0])]
    if told is None:
        assert figures == [1, 30]  # over 1 h 30 min
    else:
        assert figures == [each for each in told if each > 0]


def test_the_citizen_may_order_by_distance_wait_or_slot() -> None:
    halls = (
        hall("A", travel=6, wait=40, next_slot_at=LEAVE + minutes(600)),
        hall("B", travel=9, wait=3),
        hall("C", travel=30, wait=8, next_slot_at=LEAVE + minutes(60)),
        hall("D", travel=3, wait=None, km=7),
        hall("E", travel=1, wait=1, can_do=False),
    )
    assert codes(ranked(*halls)) == ["B", "C", "A", "D", "E"]
    assert codes(ranked(*halls, sort=SortKey.DISTANCE)) == ["A", "B", "D", "C", "E"]
    assert codes(ranked(*halls, sort=SortKey.WAITING)) == ["B", "C", "A", "D", "E"]
    assert codes(ranked(*halls, sort=SortKey.SLOT)) == ["C", "A", "B", "D", "E"]
    by_wait = ranked(*halls, sort=SortKey.WAITING)
    assert words(by_wait[1]).startswith("Wait within about 15 min. Done 26 min later than Hall B")
    by_slot = ranked(*halls, sort=SortKey.SLOT)
    assert words(by_slot[0]).startswith("First free slot 24 Nov 10:00. ")
    assert words(by_slot[2], Language.ZH).startswith("没有可约的号。")


def test_two_halls_of_one_code_are_refused_since_ties_would_be_decided_by_chance() -> None:
    with pytest.raises(ValueError, match="unique"):
        ranked(hall("A", travel=1, wait=1), hall("A", travel=2, wait=2))


def test_no_halls_give_an_empty_list() -> None:
    assert ranked() == ()
