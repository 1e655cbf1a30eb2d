"""The rules of ratings and of their cases: the lifecycle is one table, deadlines count the hall's days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from booking.rules.rating_cases import (
    BY_HALL,
    BY_SUPERVISOR,
    CASE_TRANSITIONS,
    ENDINGS,
    UNANSWERED,
    CaseAction,
    CaseStatus,
    due_at,
    is_overdue,
)
from booking.rules.ratings import BAD, Level, RatingSums, Reason, together
from kernel.calendar import OpeningCalendar

PAGE = Path(__file__).parents[2] / "docs" / "subsystems" / "ratings.md"
ZONE = ZoneInfo("Asia/Shanghai")
WEEKDAYS = {weekday: [(time(8, 30), time(17, 30))] for weekday in range(5)}


def diagram() -> str:
    lines = [
        f"    {before.value} --> {after.value}: {action.value}"
        for (before, action), after in CASE_TRANSITIONS.items()
    ]
    return "```mermaid\nstateDiagram-v2\n    [*] --> open: bad rating\n" + "\n".join(lines) + "\n```"


def test_the_diagram_in_the_docs_is_the_table_of_cases() -> None:
    assert diagram() in PAGE.read_text(), f"put this into {PAGE.name}:\n{diagram()}"


def test_every_status_of_a_case_is_reached_and_every_action_used() -> None:
    assert {after for after in CASE_TRANSITIONS.values()} == set(CaseStatus)
    assert {action for _, action in CASE_TRANSITIONS} == set(CaseAction)


def test_a_case_that_staff_ended_stays_ended() -> None:
    """Only the citizen, who may change the rating within its time, brings a case back."""
    leaving = {action for (status, action) in CASE_TRANSITIONS if status in ENDINGS}
    assert leaving == {CaseAction.RENEW}
    assert not leaving & (BY_HALL | BY_SUPERVISOR)
    assert CaseStatus.ACCEPTED not in {status for status, _ in CASE_TRANSITIONS}


def test_a_deadline_counts_the_days_on_which_the_hall_is_open() -> None:
    calendar = OpeningCalendar(ZONE, WEEKDAYS, closed_on=frozenset({date(2026, 11, 24)}))
    friday = datetime(2026, 11, 20, 16, 0, tzinfo=ZONE)
    ends = due_at(calendar, friday, 3)  # Monday, not the closed Tuesday, Wednesday, Thursday
    assert ends == datetime(2026, 11, 26, 17, 30, tzinfo=ZONE)


def test_a_make_up_saturday_is_a_working_day() -> None:
    made_up = OpeningCalendar(ZONE, WEEKDAYS, worked_as={date(2026, 11, 21): 0})
    assert due_at(made_up, datetime(2026, 11, 20, 9, tzinfo=ZONE), 1).date() == date(2026, 11, 21)


def test_a_hall_that_never_opens_still_has_an_end() -> None:
    opened = datetime(2026, 11, 20, 9, tzinfo=ZONE)
    assert due_at(OpeningCalendar(ZONE, {}), opened, 5) == opened + timedelta(days=5)


def test_only_what_is_not_answered_is_overdue() -> None:
    due = datetime(2026, 11, 20, 17, 30, tzinfo=ZONE)
    for status in CaseStatus:
        assert not is_overdue(status, due, now=due)
        assert is_overdue(status, due, now=due + timedelta(seconds=1)) == (status in UNANSWERED)


COUNTS = st.builds(
    RatingSums,
    levels=st.dictionaries(st.sampled_from(Level), st.integers(0, 40)),
    unrated=st.integers(0, 40),
    open=st.integers(0, 40),
)


@given(st.lists(COUNTS, max_size=4))
def test_every_visit_is_counted_once_and_no_silence_is_taken_for_a_level(cells: list[RatingSums]) -> None:
    whole = together(cells)
    assert whole.visits == sum(sum(cell.levels.values()) + cell.unrated + cell.open for cell in cells)
    assert whole.rated == sum(sum(cell.levels.values()) for cell in cells)
    assert whole.satisfied.count == sum(
        n for own in cells for level, n in own.levels.items() if level not in BAD
    )
    assert whole.satisfied.of == whole.rated


def test_levels_and_reasons_of_few_are_not_told() -> None:
    four = RatingSums({Level.DISSATISFIED: 4}, reasons={Reason.WAIT: 4})
    assert [four.told(level) for level in Level] == [None] * 5
    assert (four.satisfied.value, four.satisfied.interval, four.reasons_told()) == (None, None, [])
    five = RatingSums({Level.DISSATISFIED: 5}, reasons={Reason.WAIT: 2, Reason.SKILL: 3})
    assert [five.told(level) for level in Level] == [0, 0, 0, 5, 0]
    assert five.reasons_told() == [(Reason.SKILL, 3), (Reason.WAIT, 2)]
