"""The one checker: each rule is seen to bite, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queueing.plans.layouts import blocks_of, entries_of, layout_of, seated
from queueing.plans.moves import fill_up
from queueing.plans.rules import Limits, Rest, Rule, list_changes, violations, windows_changed
from tests.plans.small_halls import hall, layout

ABC = hall(["ABC", "ABC", "ABC"])
GOOD = layout(ABC, "A+B", "B+C", "C+A")


def broken(of, planned, present=None):
    return {found.rule for found in violations(of, planned, present or planned)}


def test_a_plan_that_keeps_every_rule_is_not_complained_about() -> None:
    assert broken(ABC, GOOD) == set()


@pytest.mark.parametrize(
    ("of", "planned", "rule"),
    [
        (hall(["AB", "BC"]), ("A+C", "BC"), Rule.EQUIPMENT),
        (hall(["AB", "AB"], clerks=["A", "AB"]), ("B", "A"), Rule.SKILL),
        (hall(["ABC", "ABC"], list_limit=2), ("AB+C", "C"), Rule.LIST_LIMIT),
        (hall(["AB", "AB"]), ("A", "A+B"), Rule.COVERAGE),
        (hall(["AB", "AB"], staffed=(1, 2, 2)), ("A", "B"), Rule.CLERKS),
        (hall(["AB", "AB"], limits=Limits(changes_per_window=1)), (["AB", "A", "AB"], "B+A"),
         Rule.CHANGES_PER_WINDOW),
        (hall(["AB", "AB"], limits=Limits(changes_per_day=1)), (["AB", "A", "A"], ["B", "B", "AB"]),
         Rule.CHANGES_PER_DAY),
    ],
)  # fmt: skip
def test_each_rule_bites(of, planned, rule) -> None:
    assert broken(of, layout(of, *planned)) == {rule}


def test_windows_are_not_open_longer_in_all_than_allowed() -> None:
    of = replace(hall(["AB", "AB"]), open_minutes=300)
    assert broken(of, layout(of, ["AB", "A", "AB"], ["", "B", "AB"])) == set()
    assert broken(of, layout(of, "A", "B")) == {Rule.CLERKS}


def with_clerks(of, *, shift=None, rest=None):
    return replace(of, clerks=tuple(replace(clerk, shift=shift, rest=rest) for clerk in of.clerks))


def test_a_window_is_open_only_while_its_clerk_is_there() -> None:
    of = hall(["AB", "AB"], clerks=["AB", "AB"])
    early = with_clerks(of, shift=(540, 660))
    assert broken(early, layout(early, ["A", "A", ""], ["B", "B", ""])) == {Rule.COVERAGE}
    assert Rule.SHIFT in broken(early, layout(early, "A", "B"))


def test_a_clerk_gets_the_whole_break_inside_its_band() -> None:
    of = with_clerks(hall(["AB", "AB", "AB"], clerks=["AB"] * 3), rest=Rest(60, 540, 720))
    assert broken(of, layout(of, ["A", "", "AB"], ["", "AB", "B"], ["B", "A", ""])) == set()
    assert broken(of, layout(of, "A", ["", "AB", "B"], ["B", "A", ""])) == {Rule.BREAK}
    longer = with_clerks(of, rest=Rest(90, 540, 720))
    assert Rule.BREAK in broken(longer, layout(of, ["A", "", "AB"], ["", "AB", "B"], ["B", "A", ""]))


def test_only_so_many_windows_may_be_integrated_at_once() -> None:
    of = hall(["ABC"] * 3, list_limit=1, limits=Limits(integrated=1))
    assert broken(of, layout(of, "AB+C", "B", "C")) == set()
    assert broken(of, layout(of, "AB+C", "B+A", "C")) == {Rule.INTEGRATED}
    assert broken(replace(of, limits=Limits()), layout(of, "AB+C", "B", "C")) == {Rule.LIST_LIMIT}


def test_a_pinned_window_may_not_move() -> None:
    pinned = hall(["AB", "AB"], limits=Limits(pinned=frozenset({"1"})))
    assert broken(pinned, layout(pinned, "B", "A"), layout(pinned, "A", "B")) == {Rule.PINNED}


def test_no_more_windows_than_allowed_may_have_another_day() -> None:
    held = hall(["AB", "AB"], limits=Limits(windows_changed=1))
    assert broken(held, layout(held, "B", "A"), layout(held, "A", "B")) == {Rule.WINDOWS_CHANGED}


def test_an_open_window_without_a_clerk_serves_nothing() -> None:
    of = hall(["AB", "AB", "AB"], clerks=["AB", "AB"])
    planned = seated(layout(of, "A", "B", "A"), of)
    assert planned.seats == (0, 1, None)
    assert broken(of, planned) == {Rule.SKILL}


def test_clerks_move_on_so_that_everyone_finds_a_seat() -> None:
    of = hall(["AB", "AB"], clerks=["AB", "A"])
    planned = seated(layout(of, "A", "B"), of)
    assert planned.seats == (1, 0)
    assert broken(of, planned) == set()


def test_a_list_that_returns_after_a_closed_hour_is_no_change() -> None:
    planned = layout(ABC, ["AB", "", "AB"], "AB", "C")
    assert list_changes(planned, 0) == 0
    assert list_changes(layout(ABC, ["AB", "", "A"], "AB", "C"), 0) == 1


def test_only_the_windows_asked_for_are_looked_at_one_by_one() -> None:
    wrong = layout(ABC, "AB+C", "B", "C")
    assert broken(ABC, wrong) == {Rule.LIST_LIMIT}
    assert list(violations(ABC, wrong, wrong, only=[1, 2])) == []


def test_a_layout_survives_being_stored() -> None:
    entries = entries_of(ABC, GOOD)
    again = layout_of(entries, ABC.queues, ABC.windows, ABC.blocks, GOOD.seats)
    assert again == GOOD
    assert windows_changed(again, GOOD) == 0


def test_stored_entries_cover_the_time_before_and_after_the_doors_are_open() -> None:
    """Whoever is inside when the doors close is still served by a plan."""
    entries = entries_of(ABC, GOOD)
    assert {entry.from_minute for entry in entries} == {0}
    assert {entry.to_minute for entry in entries} == {24 * 60}


def test_blocks_are_cut_where_the_present_plan_changes() -> None:
    of = hall(["AB", "AB"], blocks=1)
    changed = entries_of(hall(["AB", "AB"]), layout(hall(["AB", "AB"]), ["A", "AB", "AB"], "B"))
    assert {block.from_minute for block in blocks_of([(510, 720)], changed)} >= {510, 600}
    assert len(blocks_of([(510, 720), (840, 1050)], [])) == 6
    assert of.blocks[0].from_minute == 540


def test_filling_up_uses_the_limit_and_keeps_the_rules() -> None:
    filled = fill_up(layout(ABC, "A", "B", "C"), ABC)
    assert broken(ABC, filled) == set()
    assert all((own | helped).bit_count() == 2 for w in range(3) for own, helped in filled.cells(w))
