"""The lifecycle tables: every status reachable, endings final, and the diagram in the docs is theirs."""

from __future__ import annotations

from pathlib import Path

from queueing.rules.tickets import ENDINGS, TRANSITIONS, UNDO_WITHIN, TicketAction, TicketStatus
from queueing.rules.windows import WINDOW_TRANSITIONS, WindowAction, WindowStatus

PAGE = Path(__file__).parents[2] / "docs" / "subsystems" / "call-order.md"


def diagram() -> str:
    lines = [
        f"    {before.value} --> {after.value}: {action.value}"
        for (before, action), after in TRANSITIONS.items()
    ]
    return "```mermaid\nstateDiagram-v2\n    [*] --> waiting: issue\n" + "\n".join(lines) + "\n```"


def test_endings_are_final_but_for_a_timed_undo() -> None:
    leaving = {action for (status, action) in TRANSITIONS if status in ENDINGS}
    assert leaving <= set(UNDO_WITHIN)


def test_every_status_can_be_reached() -> None:
    reached, todo = {TicketStatus.WAITING}, [TicketStatus.WAITING]
    while todo:
        status = todo.pop()
        for (before, _), after in TRANSITIONS.items():
            if before is status and after not in reached:
                reached.add(after)
                todo.append(after)
    assert reached == set(TicketStatus)


def test_every_action_is_in_a_table() -> None:
    assert {action for _, action in TRANSITIONS} == set(TicketAction)
    assert {action for _, action in WINDOW_TRANSITIONS} == set(WindowAction)
    assert {status for status, _ in WINDOW_TRANSITIONS} == set(WindowStatus)


def test_every_living_ticket_ends_with_its_day() -> None:
    for status in set(TicketStatus) - ENDINGS:
        assert TRANSITIONS[status, TicketAction.CLOSE_DAY] in ENDINGS


def test_the_diagram_in_the_docs_is_the_table() -> None:
    assert diagram() in PAGE.read_text(), f"put this into {PAGE.name}:\n{diagram()}"
