"""A number by phone through the use cases, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select

from app.migrate import migrate
from kernel.clock import ShiftedClock, wall
from kernel.devices import device_by_token
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from queueing import reads, service
from queueing.errors import NotTakingTickets, NumbersUsedUp
from queueing.phone.errors import HallCodeOld, NoPhoneTickets, NumberHeld
from queueing.phone.proofs import Code, Seen, present_code
from queueing.phone.rules import CODE_LASTS, MAY_CHOOSE
from queueing.phone.service import hall_with_code, number_of, shown_code, take_number
from queueing.phone.store import phones
from queueing.phone.tables import PhoneRow
from queueing.store.ticket_writes import log
from tests.phone.standing import Standing, a_phone
from tests.support.migrations import check_in_step, downgrade


def at_kiosk(standing: Standing, *, priority: bool = False) -> str:
    device = standing.database.read_now(device_by_token, standing.city.tokens["kiosk"], vault=standing.vault)
    issued = standing.database.write_now(
        reads.issue_by_codes, "H1", ["id-card"], priority=priority, device=device,
        clock=standing.clock, vault=standing.vault,
    )  # fmt: skip
    return issued.ticket.label


def test_a_number_by_phone_stands_where_a_kiosks_would_and_the_log_says_whence(standing: Standing) -> None:
    order = []
    for take in (
        lambda: at_kiosk(standing),
        lambda: standing.take(a_phone()).ticket.label,
        lambda: at_kiosk(standing, priority=True),
        lambda: standing.take(a_phone(), priority=True).ticket.label,
    ):
        order.append(take())
        standing.clock.advance(timedelta(minutes=1))
    window, clerk = standing.city.windows[0], standing.city.clerks[0]
    do = standing.database.write_now
    do(service.open_window, window, by=clerk, clock=standing.clock)
    called = []
    for _ in order:
        ticket = do(service.call_next, window, by=clerk, clock=standing.clock)
        called.append(ticket.label)
        for step in (service.start, service.finish):
            do(step, ticket.id, by=clerk, clock=standing.clock)
    assert called == [order[2], order[3], order[0], order[1]]
    issued = select(log.c.role).where(log.c.what == "issue").order_by(log.c.id)
    roles = standing.database.read_now(lambda session: list(session.execute(issued).scalars()))
    assert roles == ["device", "phone", "device", "phone"]
    day = standing.database.read_now(service.hall_day, standing.city.hall, now=standing.clock.now())
    assert day.by_phone == 2, "the manager sees it too"
    tomorrow = standing.clock.now() + timedelta(days=1)
    assert standing.database.read_now(service.hall_day, standing.city.hall, now=tomorrow).by_phone == 0


def test_asked_again_for_the_same_the_phone_gets_the_same_number(standing: Standing) -> None:
    mine = a_phone()
    first, again = standing.take(mine), standing.take(mine)
    assert (again.token, again.ticket.label) == (first.token, first.ticket.label)
    assert standing.take(a_phone()).token != first.token
    with pytest.raises(NumberHeld) as refused:
        standing.take(mine, "insurance")
    assert refused.value.facts["number"] == first.ticket.label
    with pytest.raises(NumberHeld):
        standing.take(mine, priority=True)


def test_who_gave_the_number_up_may_take_another(standing: Standing) -> None:
    mine = a_phone()
    for wanted in ("id-card", "insurance", "id-card"):
        issued = standing.take(mine, wanted)
        held = standing.database.read_now(
            number_of, standing.city.hall, mine, clock=standing.clock, vault=standing.vault
        )
        assert held is not None
        assert held.token == issued.token
        standing.database.write_now(service.give_up, issued.token, clock=standing.clock, vault=standing.vault)


def test_without_a_code_that_holds_there_is_no_number(standing: Standing) -> None:
    mine, code = a_phone(), standing.code()
    mark = Seen.now(standing.city.hall, mine, now=standing.clock.now(), vault=standing.vault)
    of_another = Seen.now(standing.city.other_hall, mine, now=standing.clock.now(), vault=standing.vault)
    standing.clock.advance(2 * CODE_LASTS)
    for proof in (Code(code), Code(""), Code("12345678"), of_another):
        with pytest.raises(HallCodeOld):
            standing.take(mine, proof=proof)
    assert standing.take(mine, proof=mark).ticket.label == "A001", "whoever scanned may still choose"
    standing.clock.advance(MAY_CHOOSE)
    with pytest.raises(HallCodeOld):
        standing.take(a_phone(), proof=mark)


def test_a_closed_hall_a_full_day_and_a_hall_that_wants_none_say_so(standing: Standing) -> None:
    standing.set_policy(last_number=1)
    standing.take(a_phone())
    with pytest.raises(NumbersUsedUp):
        standing.take(a_phone())
    standing.set_policy(phone_tickets=0)
    with pytest.raises(NoPhoneTickets):
        standing.take(a_phone())
    standing.set_policy()
    standing.clock.advance(timedelta(hours=9))
    with pytest.raises(NotTakingTickets) as closed:
        standing.take(a_phone())
    assert closed.value.facts["opens_at"] is not None


def test_the_code_is_for_screens_of_the_hall_and_gone_where_it_is_switched_off(standing: Standing) -> None:
    read, now = standing.database.read_now, standing.clock.now()
    screen = read(device_by_token, standing.city.tokens["lobby"], vault=standing.vault)
    assert screen is not None
    shown = read(shown_code, "H1", device=screen, clock=standing.clock, vault=standing.vault)
    assert shown is not None
    assert shown.code == standing.code()
    assert timedelta() < shown.changes_at - now <= CODE_LASTS
    assert shown.holds_until - shown.changes_at == CODE_LASTS
    assert read(hall_with_code, shown.code, now=now, vault=standing.vault).code == "H1"
    for hall, refusal in (("H2", WrongHall), ("H9", HallNotFound)):
        with pytest.raises(refusal):
            read(shown_code, hall, device=screen, clock=standing.clock, vault=standing.vault)
    standing.clock.advance(timedelta(hours=9))
    assert read(shown_code, "H1", device=screen, clock=standing.clock, vault=standing.vault) is None
    standing.clock.advance(timedelta(hours=-9))
    standing.set_policy(phone_tickets=0)
    assert read(shown_code, "H1", device=screen, clock=standing.clock, vault=standing.vault) is None
    with pytest.raises(HallCodeOld):
        read(hall_with_code, shown.code, now=now, vault=standing.vault)


def test_browsers_are_forgotten_with_their_day_and_nothing_kept_leads_to_a_ticket(standing: Standing) -> None:
    mine = a_phone()
    token = standing.take(mine).token
    kept = standing.database.read_now(lambda session: session.execute(select(phones)).all())
    assert [(row.taken, len(row.browser)) for row in kept] == [(1, 32)]
    assert not any(word.encode() in bytes(kept[0].browser) for word in (mine, token))
    standing.clock.advance(timedelta(days=1))
    standing.database.write_now(service.close_day, standing.city.hall, clock=standing.clock)
    assert standing.database.read_now(lambda session: session.execute(select(phones)).all()) == []
    assert standing.take(mine).token != token


@pytest.mark.slow
def test_the_table_of_browsers_goes_and_comes_back(standing: Standing) -> None:
    token = standing.take(a_phone()).token
    downgrade(standing.database, "0018")
    assert PhoneRow.__tablename__ not in inspect(standing.database.engine).get_table_names()
    migrate(standing.database)
    check_in_step(standing.database)
    followed = standing.database.read_now(service.follow, token, clock=standing.clock, vault=standing.vault)
    assert followed.label == "A001"


def test_a_clock_that_was_put_back_keeps_nobody_from_a_number(standing: Standing) -> None:
    standing.clock.advance(timedelta(minutes=30))
    at_kiosk(standing)
    standing.clock.advance(timedelta(minutes=-30))
    mine, other = a_phone(), a_phone()
    mark = Seen.now(standing.city.hall, mine, now=standing.clock.now(), vault=standing.vault)
    assert standing.take(mine, proof=mark).ticket.label == "A002", "the hall's own clock stands meanwhile"
    assert standing.take(other, proof=Code(standing.code())).ticket.label == "A003"


def test_in_a_demo_that_runs_faster_people_have_as_long_as_ever(standing: Standing) -> None:
    fast = ShiftedClock(standing.clock.now(), speed=600)
    code = present_code(standing.city.hall, now=wall(fast), vault=standing.vault)
    fast.origin -= 1  # a second later, which is ten minutes of the demo's day
    taken = standing.database.write_now(
        take_number, "H1", ["id-card"], priority=False, browser=a_phone(), proof=Code(code),
        clock=fast, vault=standing.vault,
    )  # fmt: skip
    assert taken.ticket.label == "A001"
