"""Numbers given out without the server: reserved, judged, merged, and closed by hand, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kernel.audit import lines_of
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.identity import WrongHall
from kernel.secrets import Vault
from queueing import service
from queueing.errors import NotPossibleNow, UndoTooLate
from queueing.facts import facts
from queueing.provisional import staff
from queueing.provisional.errors import BlocksUsedUp, DayNotReservable, NoProvisionalNumbers, SlipNotFound
from queueing.provisional.service import hand_in, kit
from queueing.reports import city_report
from queueing.rules.provisional import BLOCK, MOST_BLOCKS, Reason, Slip, counts_from
from queueing.rules.tickets import TicketStatus
from queueing.setup import lines
from queueing.setup.errors import LetterReserved
from queueing.setup.schemas import NewQueueIn
from queueing.store.ticket_writes import log
from tests.conftest import bearer
from tests.queueing.test_boards_follow_events import Day
from tests.support.kiosks import CutOff, a_slip
from tests.support.small_city import SmallCity
from tests.support.trail import noted

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
DOORS = NOON - timedelta(hours=3, minutes=30)
minutes = st.integers(-600, 600).map(lambda count: NOON + timedelta(minutes=count))


@pytest.fixture
def kiosk(database: Database, city: Any, vault: Vault, clock: ManualClock) -> CutOff:
    return CutOff.new(database, city, vault, clock)


# --- the rule ---------------------------------------------------------------------------------------------


@given(printed=minutes, heard=minutes, reserved=minutes)
def test_a_slip_counts_from_no_instant_that_cannot_be(
    printed: datetime, heard: datetime, reserved: datetime
) -> None:
    slip = a_slip(1, printed, heard_at=heard)
    found = counts_from(slip, not_before=(DOORS, reserved), previous=None, now=NOON)
    assert min(max(heard, reserved, DOORS), NOON) <= found.at <= NOON
    assert found.at == printed or found.precision == max(timedelta(seconds=1), abs(found.at - printed))


@given(st.lists(minutes, min_size=2, max_size=8))
def test_a_clock_that_jumps_never_turns_the_paper_round(printed: list[datetime]) -> None:
    previous, arrivals = None, []
    for number, at in enumerate(printed):
        slip = a_slip(number + 1, at, heard_at=DOORS)
        previous = counts_from(slip, not_before=(DOORS,), previous=previous, now=NOON).at
        arrivals.append(previous)
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] <= NOON


# --- what a kiosk holds -----------------------------------------------------------------------------------


def test_a_kiosk_holds_all_it_needs_to_work_alone(kiosk: CutOff, clock: ManualClock) -> None:
    found = kiosk.database.read_now(kit, "H1", device=kiosk.device, clock=clock)
    assert [queue.prefix for queue in found.queues] == ["A", "B"]
    assert [own.code for own in found.services[found.queues[0].id]] == ["household", "id-card"]
    assert found.spans[0].opens_at == DOORS
    assert found.days[0] == clock.now().date()
    assert len(found.days) == 4


def test_blocks_are_of_the_next_days_only_and_not_without_end(kiosk: CutOff, clock: ManualClock) -> None:
    today = clock.now().date()
    made = kiosk.reserve(today, today + timedelta(days=3))
    assert [(block.first, block.last) for block in made] == [(1, BLOCK), (1, BLOCK)]
    for day in (today - timedelta(days=1), today + timedelta(days=4)):
        with pytest.raises(DayNotReservable):
            kiosk.reserve(day)
    for _ in range(MOST_BLOCKS - 1):
        kiosk.reserve()
    with pytest.raises(BlocksUsedUp):
        kiosk.reserve()


def test_no_queue_gets_the_letter_and_a_hall_that_has_it_gives_no_numbers(
    kiosk: CutOff, city: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = NewQueueIn(prefix="X", name_zh="税务")
    with pytest.raises(LetterReserved):
        kiosk.database.write_now(lines.add_queue, "H1", wanted, by=city.manager, clock=clock)
    monkeypatch.setattr(lines, "LETTER", "Z")  # a hall set up before the letter was reserved
    kiosk.database.write_now(lines.add_queue, "H1", wanted, by=city.manager, clock=clock)
    with pytest.raises(NoProvisionalNumbers):
        kiosk.reserve()
    assert kiosk.database.read_now(kit, "H1", device=kiosk.device, clock=clock).days == ()


# --- merging ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_people_are_called_as_if_the_link_had_never_broken(
    kiosk: CutOff, city: Any, clock: ManualClock
) -> None:
    day = Day(kiosk.database, city, kiosk.vault, clock)
    kiosk.reserve()
    broke_at = clock.now()
    first = day.issue().ticket.label  # 25 s of clock for each step
    slips = [a_slip(number, broke_at + timedelta(minutes=number)) for number in (1, 2)]
    slips.append(a_slip(3, broke_at + timedelta(minutes=3), priority=True))
    clock.advance(timedelta(minutes=10))
    late = day.issue().ticket.label
    day.does(merge, kiosk, slips)
    day.does(service.open_window, day.window, by=day.clerk)
    called = []
    for _ in range(5):
        ticket = day.call()
        called.append(ticket.label)
        day.does(service.start, ticket.id, by=day.clerk)
        day.does(service.finish, ticket.id, by=day.clerk)
    assert called == ["X003", first, "X001", "X002", late]


def merge(session: Any, kiosk: CutOff, slips: list[Slip], *, clock: ManualClock) -> Any:
    return hand_in(session, "H1", slips, device=kiosk.device, clock=clock, vault=kiosk.vault)


def test_the_log_says_when_a_slip_was_printed_and_how_sure_that_is(kiosk: CutOff, clock: ManualClock) -> None:
    kiosk.reserve()
    clock.advance(timedelta(minutes=20))
    true, ahead = clock.now() - timedelta(minutes=5), clock.now() + timedelta(minutes=30)
    kiosk.hand_in(a_slip(1, true), a_slip(2, ahead, heard_at=true))
    lines_ = kiosk.database.read_now(lambda session: session.execute(select(log).order_by(log.c.id)).all())
    assert [(line.what, line.at, line.precision_s) for line in lines_] == [
        ("issue", true, 1.0),
        ("issue", clock.now(), 1800.0),
    ]


def test_handing_in_again_changes_nothing_and_answers_the_same(kiosk: CutOff, clock: ManualClock) -> None:
    kiosk.reserve()
    slips = [a_slip(number, clock.now()) for number in (2, 1)]
    once = kiosk.hand_in(*slips)
    assert [own.number for own in once] == [1, 2]
    clock.advance(timedelta(minutes=5))
    assert kiosk.hand_in(*slips) == once
    assert kiosk.hand_in(slips[0]) == once[1:]


def refused(kiosk: CutOff, slip: Slip) -> Reason | None:
    return kiosk.hand_in(slip)[0].refused


def test_what_can_become_no_ticket_is_refused_with_its_reason_and_shown(
    kiosk: CutOff, city: Any, clock: ManualClock
) -> None:
    today = clock.now().date()
    kiosk.reserve(today, today + timedelta(days=1))
    now = clock.now()
    assert kiosk.hand_in(a_slip(1, now))[0].ticket_id is not None
    assert refused(kiosk, a_slip(1, now)) is Reason.NUMBER_TAKEN
    assert refused(kiosk, a_slip(BLOCK + 1, now)) is Reason.NOT_RESERVED
    assert refused(kiosk, a_slip(2, now, service="gone")) is Reason.NOT_OFFERED
    assert refused(kiosk, a_slip(3, now, day=today + timedelta(days=1))) is Reason.DAY_TO_COME
    assert refused(kiosk, a_slip(4, now, day=today - timedelta(days=1))) is Reason.DAY_OVER
    clock.advance(timedelta(hours=8))
    assert refused(kiosk, a_slip(5, now)) is Reason.HALL_CLOSED
    day = kiosk.database.read_now(staff.paper_day, "H1", by=city.clerks[0], now=clock.now())
    shown = [own.label for own in day.refused]
    assert sorted(shown) == sorted(["X001", f"X{BLOCK + 1}", "X002", "X003", "X004", "X005"])
    gone = kiosk.database.write_now(
        staff.put_away, "H1", day.refused[0].slip.id, by=city.clerks[0], clock=clock
    )
    assert [own.label for own in gone.refused] == shown[1:]
    with pytest.raises(SlipNotFound):
        kiosk.database.write_now(staff.put_away, "H1", day.refused[0].slip.id, by=city.clerks[0], clock=clock)


# --- served on paper --------------------------------------------------------------------------------------


@pytest.fixture
def merged(kiosk: CutOff, city: Any, clock: ManualClock) -> list[Any]:
    """The tickets of four slips."""
    kiosk.reserve()
    slips = [a_slip(number, clock.now() + timedelta(minutes=number)) for number in range(1, 5)]
    clock.advance(timedelta(minutes=10))
    kiosk.hand_in(*slips)
    day = kiosk.database.read_now(staff.paper_day, "H1", by=city.clerks[0], now=clock.now())
    assert [own.label for own in day.tickets] == ["X001", "X002", "X003", "X004"]
    return [own.id for own in day.tickets]


def test_served_on_paper_is_an_ending_without_times_and_no_loss(
    kiosk: CutOff, city: Any, clock: ManualClock, merged: list[Any]
) -> None:
    day = Day(kiosk.database, city, kiosk.vault, clock)
    day.does(service.open_window, day.window, by=day.clerk)
    missed = day.call()
    day.does(service.miss, missed.id, by=day.clerk)  # nobody comes: X001 was served before
    day.does(_serve, merged[:2], by=day.clerk)
    today = kiosk.database.read_now(city_report, days=1, now=clock.now()).halls[0].today.tally
    assert (today.issued, today.ended, today.left, today.called) == (4, 2, 0, 0)
    clock.advance(timedelta(days=1))
    kiosk.database.write_now(service.close_day, city.hall, clock=clock)
    rows = kiosk.database.read_now(lambda session: session.execute(select(facts)).all())
    served = [row for row in rows if row.outcome == TicketStatus.SERVED_ON_PAPER]
    assert len(served) == 2
    for row in served:
        assert (row.called_at, row.started_at, row.ended_at, row.window_id) == (None, None, None, None)
    history = kiosk.database.read_now(city_report, days=1, now=clock.now()).halls[0].history.tally
    assert (history.issued, history.ended, history.left, history.called) == (4, 4, 2, 0)


def _serve(session: Any, ids: list[Any], *, by: Any, clock: ManualClock) -> Any:
    return staff.serve_on_paper(session, "H1", ids, by=by, clock=clock)


def test_served_on_paper_is_taken_back_within_its_day_into_the_old_place(
    kiosk: CutOff, city: Any, clock: ManualClock, merged: list[Any]
) -> None:
    day = Day(kiosk.database, city, kiosk.vault, clock)
    day.does(_serve, merged[:3], by=day.clerk)
    day.does(_take_back, merged[0], by=day.clerk)
    with pytest.raises(NotPossibleNow):
        kiosk.database.write_now(_take_back, merged[0], by=day.clerk, clock=clock)
    day.does(service.open_window, day.window, by=day.clerk)
    assert [day.call().label] == ["X001"]
    clock.advance(timedelta(hours=11, minutes=30))
    kiosk.database.write_now(_take_back, merged[1], by=day.clerk, clock=clock)
    clock.advance(timedelta(hours=4))
    with pytest.raises(UndoTooLate):
        kiosk.database.write_now(_take_back, merged[2], by=day.clerk, clock=clock)


def _take_back(session: Any, ticket_id: Any, *, by: Any, clock: ManualClock) -> Any:
    return staff.undo_on_paper(session, "H1", ticket_id, by=by, clock=clock)


def test_only_numbers_from_paper_are_served_on_paper_and_each_change_is_in_the_trail(
    kiosk: CutOff, city: Any, clock: ManualClock, merged: list[Any]
) -> None:
    day = Day(kiosk.database, city, kiosk.vault, clock)
    ordinary = day.issue().ticket.id
    with pytest.raises(NotPossibleNow):
        kiosk.database.write_now(_serve, [merged[0], ordinary], by=day.clerk, clock=clock)
    with pytest.raises(WrongHall):
        kiosk.database.write_now(_serve, merged[:1], by=city.other_clerk, clock=clock)
    day.does(service.open_window, day.window, by=day.clerk)
    at_window = day.call()
    seen = day.does(_serve, merged, by=day.clerk)
    assert next(own.status for own in seen.tickets if own.id == at_window.id) is TicketStatus.CALLED
    day.does(_take_back, merged[1], by=day.clerk)
    trail = kiosk.database.read_now(lines_of, city.hall, prefix="paper.", limit=10)
    assert [(line.what, line.detail["number"], line.who) for line in trail] == [
        ("paper.undone", "X002", "Clerk1"),
        *(("paper.served", label, "Clerk1") for label in ("X004", "X003", "X002")),
    ]


def test_a_kiosk_of_another_hall_reserves_and_hands_in_nothing(
    kiosk: CutOff, city: Any, clock: ManualClock
) -> None:
    other = replace(kiosk, device=replace(kiosk.device, hall_id=city.other_hall))
    for use in (lambda: other.reserve(), lambda: other.hand_in(a_slip(1, clock.now()))):
        with pytest.raises(Refusal, match="wrong-hall"):
            use()


def test_days_are_local(kiosk: CutOff, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=15))  # 00:40 in Shanwei, still yesterday by UTC
    assert kiosk.reserve(date(2026, 11, 22))[0].day == date(2026, 11, 22)


async def test_a_clerk_lets_somebody_wait_again_and_puts_a_refused_number_away_by_the_api(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database, vault: Vault,
    clock: ManualClock,
) -> None:  # fmt: skip
    kiosk = CutOff.new(sqlite_database, sqlite_city, vault, clock)
    kiosk.reserve()
    kiosk.hand_in(a_slip(1, clock.now()), a_slip(BLOCK + 1, clock.now()))
    at, clerk = "/api/v1/halls/H1/provisional-numbers", sqlite_city.tokens["clerk1"]
    day = (await sqlite_client.get(at, headers=bearer(clerk))).json()
    (ticket,), (refused,) = day["tickets"], day["refused"]
    served = {"ticket_ids": [ticket["id"]]}
    await sqlite_client.post(f"{at}/served", json=served, headers=bearer(clerk))
    back = {"ticket_id": ticket["id"]}
    day = (await sqlite_client.post(f"{at}/take-back", json=back, headers=bearer(clerk))).json()
    assert [own["status"] for own in day["tickets"]] == ["waiting"]
    away = {"slip_id": refused["id"]}
    day = (await sqlite_client.post(f"{at}/put-away", json=away, headers=bearer(clerk))).json()
    assert (day["refused"], len(day["tickets"])) == ([], 1)
    assert noted(sqlite_database, "paper.")[-2:] == [
        (sqlite_city.clerks[0].id, "paper.undone"),
        (sqlite_city.clerks[0].id, "paper.seen"),
    ]
