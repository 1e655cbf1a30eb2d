"""The skeleton keeps every rule, or names the rules that cannot be kept together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queueing.plans.demand import fit
from queueing.plans.moves import opened_up
from queueing.plans.propose import load_by_block, planning_hall
from queueing.plans.rules import Layout, Limits, PlanHall, Rest, Rule, open_minutes, violations
from queueing.plans.skeleton import Infeasible, contradiction, explain, find_skeleton
from queueing.plans.skeleton_model import Conflict
from sim.bench.plan_instances import Shape, make_instance
from tests.plans.small_halls import hall, layout


def skeleton(of: PlanHall, present: Layout | None = None) -> Layout:
    nothing = layout(of, *[""] * len(of.windows))
    return find_skeleton(of, present or nothing, [[1.0] * len(of.blocks) for _ in of.queues], seed=1)


def conflicts(of: PlanHall, present: Layout | None = None) -> set[tuple[Rule, str]]:
    with pytest.raises(Infeasible) as refused:
        skeleton(of, present)
    return {(one.rule, one.subject) for one in refused.value.conflicts}


def test_lists_are_filled_up_to_the_limit() -> None:
    of = hall(["ABC", "ABC", "ABC"], list_limit=2)
    found = skeleton(of)
    assert all((own | helped).bit_count() == 2 for w in range(3) for own, helped in found.cells(w))


def test_a_queue_that_nobody_is_equipped_for_is_named() -> None:
    of = hall(["A", "A", "AB"])
    blind = [PlanHall(of.queues, of.windows[:2], (), of.blocks, (2, 2, 2), of.limits)]
    assert conflicts(blind[0]) == {(Rule.COVERAGE, "B"), (Rule.EQUIPMENT, "B")}


def test_three_queues_on_one_window_with_a_list_of_two_name_all_parties() -> None:
    of = hall(["ABC"], list_limit=2)
    assert conflicts(of) == {
        (Rule.COVERAGE, "A"), (Rule.COVERAGE, "B"), (Rule.COVERAGE, "C"), (Rule.LIST_LIMIT, "1"),
    }  # fmt: skip


def test_too_few_clerks_are_named() -> None:
    of = hall(["AB", "BC"], list_limit=2, staffed=(2, 1, 2))
    found = conflicts(of)
    assert (Rule.CLERKS, "") in found
    assert {rule for rule, _ in found} <= {Rule.CLERKS, Rule.COVERAGE, Rule.EQUIPMENT, Rule.LIST_LIMIT}


def test_a_skill_that_nobody_has_is_named() -> None:
    of = hall(["AB", "AB"], clerks=["A", "A"])
    assert conflicts(of) == {(Rule.COVERAGE, "B"), (Rule.SKILL, "B")}


@pytest.mark.parametrize("clerks", [["A", "A"], ["A", "AC"]])
def test_equipment_is_not_named_where_it_would_not_help(clerks: list[str]) -> None:
    """The second window lacks what B needs, but no clerk could serve B there either."""
    of = hall(["ABC", "AC"], list_limit=3, clerks=clerks)
    assert conflicts(of) >= {(Rule.COVERAGE, "B"), (Rule.SKILL, "B")}
    assert Rule.EQUIPMENT not in {rule for rule, _ in conflicts(of)}


def test_a_pinned_window_that_blocks_the_only_way_is_named() -> None:
    of = hall(["AB", "B"], list_limit=1, limits=Limits(pinned=frozenset({"1"})))
    assert (Rule.PINNED, "1") in conflicts(of, layout(of, "B", "B"))


def test_breaks_that_leave_a_queue_alone_are_named() -> None:
    of = hall(["A", "A"], list_limit=1, clerks=["A", "A"], staffed=(1, 1, 1))
    resting = replace(of, clerks=tuple(replace(clerk, rest=Rest(60, 600, 660)) for clerk in of.clerks))
    with pytest.raises(Infeasible) as refused:
        skeleton(resting)
    assert {str(one.rule) for one in refused.value.conflicts} == {"break", "coverage"}


def test_breaks_follow_one_another_so_that_every_queue_is_served() -> None:
    of = hall(["AB", "AB"], list_limit=2, clerks=["AB", "AB"])
    resting = replace(of, clerks=tuple(replace(clerk, rest=Rest(60, 540, 660)) for clerk in of.clerks))
    found = skeleton(resting)
    assert list(violations(resting, found, found)) == []
    assert any(not any(cell) for window in range(2) for cell in found.cells(window))


def test_a_queue_that_no_list_has_room_for_needs_an_integrated_window() -> None:
    of = hall(["AB"], list_limit=1)
    with pytest.raises(Infeasible):
        skeleton(of)
    assert skeleton(replace(of, limits=Limits(integrated=1))).primary[0][0] == 0b11


def test_shifts_that_leave_an_hour_alone_are_named() -> None:
    of = hall(["A", "A"], list_limit=1, clerks=["A", "A"])
    early = replace(of, clerks=tuple(replace(clerk, shift=(540, 660)) for clerk in of.clerks))
    with pytest.raises(Infeasible) as refused:
        skeleton(early)
    assert {str(one.rule) for one in refused.value.conflicts} == {"shift", "coverage"}


def test_no_named_rule_could_be_left_out() -> None:
    of = hall(["ABCD", "ABCD", "AB"], list_limit=1)
    nothing = layout(of, "", "", "")
    named = explain(of, nothing)
    assert Conflict(Rule.COVERAGE, "C") in named
    assert contradiction(of, nothing, named) is not None
    for one in named:
        assert contradiction(of, nothing, [other for other in named if other != one]) is None


def test_the_same_seed_gives_the_same_skeleton() -> None:
    of = hall(["ABCD", "ABC", "BCD", "AD", "ACD"], list_limit=2, clerks=["ABCD"] * 3 + ["AB", "CD"])
    assert skeleton(of) == skeleton(of)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_every_skeleton_keeps_every_rule(data: st.DataObject) -> None:
    equipped = data.draw(st.lists(st.text("ABCD", min_size=1, max_size=4), min_size=2, max_size=5))
    clerks = data.draw(st.none() | st.lists(st.text("ABCD", min_size=1), min_size=1, max_size=6))
    staffed = data.draw(st.lists(st.integers(1, len(equipped)), min_size=3, max_size=3))
    limits = Limits(
        changes_per_window=data.draw(st.integers(0, 2)),
        changes_per_day=data.draw(st.integers(0, 3)),
        windows_changed=data.draw(st.none() | st.integers(0, 3)),
        pinned=data.draw(st.just(frozenset()) | st.just(frozenset({"1"}))),
        integrated=data.draw(st.integers(0, 1)),
    )
    letters = "".join(sorted(set("".join(equipped))))
    renamed = str.maketrans(letters, "ABCD"[: len(letters)])
    skills = None if clerks is None else [
        "".join(one for one in clerk if one in letters).translate(renamed) for clerk in clerks
    ]  # fmt: skip
    of = hall(
        [able.translate(renamed) for able in equipped],
        list_limit=data.draw(st.integers(1, 3)),
        clerks=skills,
        staffed=staffed,
        limits=limits,
    )
    hours = st.none() | st.sampled_from([(540, 660), (600, 720)])
    rests = st.none() | st.sampled_from([Rest(60, 540, 720), Rest(30, 570, 690)])
    of = replace(
        of,
        clerks=tuple(replace(c, shift=data.draw(hours), rest=data.draw(rests)) for c in of.clerks),
        open_minutes=data.draw(st.none() | st.sampled_from([240, 360, 480])),
    )
    rows = [data.draw(st.sampled_from(["", *able.translate(renamed)])) for able in equipped]
    present = layout(of, *rows)
    try:
        found = skeleton(of, present)
    except Infeasible:
        assert explain(of, present)
        return
    assert list(violations(of, found, present)) == []


@pytest.mark.slow
def test_a_large_hall_with_breaks_begins_with_its_windows_open() -> None:
    """Found in haste, the skeleton of this hall once opened 7 of 40 windows, and people waited four hours."""
    large = make_instance(Shape(40, 14, 1.1, 2, seed=72, integrated=4, through_noon=True))
    of, now, _ = planning_hall(large.history, large.view, large.history.limits)
    load = load_by_block(fit(large.history, large.history.days), of.blocks)
    found = opened_up(find_skeleton(of, now, load, seed=1), of, now)
    assert list(violations(of, found, now)) == []
    assert of.open_minutes is not None
    assert open_minutes(of.blocks, found) > 0.95 * of.open_minutes


def test_nothing_is_opened_beyond_the_rules() -> None:
    of = replace(hall(["AB", "AB", "A"]), staffed=(2,) * 3)
    planned = layout(of, "AB", ["B", "", "B"], "")
    opened = opened_up(planned, of, planned)
    assert opened.primary[1] == (2, 2, 2)
    assert opened.primary[2] == (0, 0, 0)
