"""How soon "soon" is, chosen with the number and kept with it, on both databases."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from sqlalchemy import insert, select

import displays.rendering
from booking.messages import tickets
from booking.messages.tables import MessageRow
from booking.messages.tickets import Todo
from booking.rules.message_times import SOON_AHEAD, SOON_MINUTES, Soon, SoonAhead, SoonMinutes
from booking.rules.messages import MessageStatus
from kernel.identity import Actor, Role
from kernel.tables import OpeningHoursRow
from queueing import service
from tests.conftest import CHINA
from tests.messages.conftest import TERMS

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

PHONE = "13800138000"
MESSAGES = MessageRow.__table__  # type: ignore[attr-defined]
HOURS = OpeningHoursRow.__table__  # type: ignore[attr-defined]


class Line:
    """Six people in a queue where no wait is told, so that the people ahead decide."""

    def __init__(self, database: Database, city: Any, vault: Vault, clock: ManualClock) -> None:
        database.carry(messages=TERMS)
        self.database = database
        self.parts: dict[str, Any] = {"clock": clock, "vault": vault}
        self.tokens = [
            database.write_now(
                service.issue_ticket, city.hall, [city.services["id-card"]],
                priority=False, by=Actor(Role.DEVICE), **self.parts,
            ).token
            for _ in range(7)
        ]  # fmt: skip

    def wish(self, ahead_of: int, phone: str | None = PHONE, **chosen: int) -> Any:
        return self.database.write_now(
            tickets.tell_me_soon, self.tokens[ahead_of], phone, "zh", **chosen, **self.parts
        )

    def told(self) -> int:
        seen = self.database.read_now(tickets.look_round, now=self.parts["clock"].now())
        return sum(own.todo is Todo.TELL for own in seen)

    def look_round(self) -> list[str]:
        """Do what a look round finds; return where the messages stand then."""
        seen = self.database.read_now(tickets.look_round, now=self.parts["clock"].now())
        self.database.write_now(tickets.follow_up, seen, **self.parts)
        return self.stand()

    def stand(self, *, becomes: MessageStatus | None = None) -> list[str]:
        if becomes is not None:
            self.database.write_now(
                lambda session: session.execute(MESSAGES.update().values(status=becomes)) and None
            )
        asked = select(MESSAGES.c.status).order_by(MESSAGES.c.id)
        return self.database.read_now(lambda session: list(session.scalars(asked)))


@pytest.fixture
def line(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Line:
    return Line(database, city, vault, clock)


def test_who_chooses_nothing_is_told_at_three_people_or_ten_minutes(line: Line) -> None:
    assert line.wish(3).soon == Soon(SOON_AHEAD, SOON_MINUTES) == Soon(3, 10)
    line.wish(4)
    assert line.told() == 1, "the fourth has three ahead, the fifth four"


def test_who_asks_to_be_told_earlier_or_later_is_told_then(line: Line) -> None:
    line.wish(5, ahead=5)
    assert line.told() == 1
    line.wish(3, ahead=2)
    assert line.told() == 1, "three ahead is too many for whoever asked for two"
    line.wish(2, ahead=2)
    assert line.told() == 2


def test_nobody_is_told_soon_during_a_break_and_all_are_after_it(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    at_ten = time(10)
    database.write_now(lambda session: session.execute(HOURS.update().values(closes=at_ten)) and None)
    afternoon = [
        {"hall_id": city.hall, "weekday": day, "opens": time(11), "closes": time(17)} for day in range(5)
    ]
    database.write_now(lambda session: session.execute(insert(HOURS), afternoon) and None)
    line = Line(database, city, vault, clock)
    line.wish(0)
    clock.set(datetime.combine(clock.now().date(), at_ten, CHINA))
    assert line.told() == 0
    clock.advance(timedelta(hours=1))
    assert line.told() == 1
    clock.advance(timedelta(hours=6))
    assert line.told() == 1, "after the last closing clerks go on with those who are there"


def test_a_choice_is_changed_without_typing_the_number_again(line: Line) -> None:
    line.wish(5, ahead=2, minutes=5)
    assert line.told() == 0
    changed = line.wish(5, None, ahead=8)
    assert (changed.phone_masked, changed.soon) == ("138****8000", Soon(8, 5)), "the minutes stay"
    assert line.told() == 1


def test_who_takes_it_back_before_it_went_and_leaves_a_number_again_is_told(line: Line) -> None:
    line.wish(0)
    assert line.look_round() == ["planned"]
    stopped = line.database.write_now(tickets.tell_me_nothing, line.tokens[0], **line.parts)
    assert (stopped.phone_masked, stopped.message, line.stand()) == (None, None, ["void"])
    assert line.wish(0).message is None
    assert line.look_round() == ["void", "planned"]
    assert line.look_round() == ["void", "planned"], "once"


@pytest.mark.parametrize("unsent", [MessageStatus.FAILED, MessageStatus.HELD])
def test_whose_message_did_not_go_can_leave_another_number(line: Line, unsent: MessageStatus) -> None:
    line.wish(0)
    line.look_round()
    line.stand(becomes=unsent)
    assert line.look_round() == [unsent], "nobody asked for another"
    line.wish(0, "13900139000")
    assert line.look_round() == [unsent, "planned"]


@pytest.mark.parametrize("gone", [MessageStatus.SENT, MessageStatus.SENDING])
def test_whose_message_went_or_goes_gets_no_second_about_that_ticket(line: Line, gone: MessageStatus) -> None:
    line.wish(0)
    line.look_round()
    line.stand(becomes=gone)
    assert line.wish(0, "13900139000").message is gone
    assert line.look_round() == [gone]


def test_one_that_was_taken_back_on_its_way_stands_in_nobodys_way(line: Line) -> None:
    """The sender has it; the gateway may refuse it, and then it is not tried again."""
    line.wish(0)
    line.look_round()
    line.stand(becomes=MessageStatus.SENDING)
    line.database.write_now(tickets.tell_me_nothing, line.tokens[0], **line.parts)
    line.wish(0)
    assert line.look_round() == ["sending", "planned"]


def test_a_page_offers_what_can_be_chosen_and_no_more() -> None:
    text = (Path(displays.rendering.__file__).parent / "templates" / "soon_choice.html").read_text()
    for choices in (SoonAhead, SoonMinutes):
        assert f"{{% for n in {get_args(choices)} %}}" in text
