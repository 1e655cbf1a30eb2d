"""The ranking of halls and what is told before one goes."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete

from booking import service
from booking.city import city_of, forget_city
from booking.errors import NoServiceChosen, OriginMissing
from booking.finder import Ranking, Wish, rank_halls
from booking.guidance import guidance, hall_page, search_services
from booking.ranking_schemas import PositionIn, RankingOut
from geo.errors import UnknownArea
from geo.rules.coordinates import Datum, Position
from geo.rules.prospects import Opening, Standing, Way
from geo.rules.reasons import SortKey
from geo.rules.travel import TravelMode
from kernel.catalogue import ServiceNotFound
from kernel.tables import OpeningHoursRow, ServicePaperRow
from queueing.estimate import QueueOutlook, estimate_on_arrival
from queueing.rules.waits import WaitRange
from tests.booking.booking_city import build_city, client, local, plan_windows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.booking.booking_city import BookingCity

MORNING, TEN = local(9, 40), local(9, 45)
HAICHENG = Position(22.9701, 115.3312, Datum.WGS84)
ELDER = Wish(services=("elder-benefit",), mode=TravelMode.RIDE, position=HAICHENG)


@pytest.fixture
def city(sqlite_database: Database) -> BookingCity:
    return sqlite_database.write_now(build_city)


def waits(by_queue: dict[Any, float], waiting: int = 3) -> Any:
    """Return an outlook that knows each queue's wait; its ``calls`` are how it was asked."""
    calls: list[Any] = []

    def outlook(_session: Any, asks: Any, *, now: datetime) -> dict[Any, QueueOutlook]:
        calls.append(list(asks))
        return {
            ask.queue_id: QueueOutlook(
                waiting,
                WaitRange(*(by_queue[ask.queue_id] * part for part in (0.5, 1, 2)))
                if ask.queue_id in by_queue
                else None,
                now,
            )
            for ask in asks
        }

    outlook.calls = calls  # type: ignore[attr-defined]
    return outlook


def ranked(database: Database, wish: Wish, outlook: Any, now: datetime = MORNING) -> Ranking:
    return database.read_now(rank_halls, wish, now=now, outlook=outlook)


def order(ranking: Ranking) -> list[str]:
    return [option.hall.code for option in ranking.options]


def test_a_long_wait_nearby_loses_to_a_short_one_farther_away(
    sqlite_database: Database, city: BookingCity
) -> None:
    a, town = city.queues["city/A"], city.queues["town/A"]
    near = ranked(sqlite_database, ELDER, waits({a: 5.0, town: 5.0}))
    far = ranked(sqlite_database, ELDER, waits({a: 5.0, town: 240.0}))
    assert (order(near)[0], order(far)[0]) == ("town", "city")
    assert near.options[0].reason_zh != far.options[0].reason_zh


def test_a_free_slot_soon_beats_a_long_wait_in_the_same_hall(
    sqlite_database: Database, city: BookingCity
) -> None:
    def eases(_session: Any, asks: Any, *, now: datetime) -> dict[Any, QueueOutlook]:
        long, short = WaitRange(60, 90, 120), WaitRange(5, 12, 30)
        return {ask.queue_id: QueueOutlook(9, long if ask.at < TEN else short, now) for ask in asks}

    ranking = ranked(sqlite_database, ELDER, eases, now=local(9, 20))
    done = ranking.options[0].ranked.prospect.done
    assert done is not None
    assert (ranking.options[0].hall.code, done.way) == ("town", Way.SLOT)
    start = ranking.options[0].next_slots[0]
    assert done.starts_at == start + timedelta(minutes=12 - 10)


def test_a_place_that_cannot_do_it_stands_last(sqlite_database: Database, city: BookingCity) -> None:
    ranking = ranked(sqlite_database, ELDER, waits(dict.fromkeys(city.queues.values(), 10.0)))
    assert order(ranking)[-1] == "bank"
    assert not ranking.options[-1].ranked.prospect.hall.can_do
    assert ranking.options[-1].next_slots == ()


def test_a_terminal_serves_without_a_queue_even_at_night(
    sqlite_database: Database, city: BookingCity
) -> None:
    wish = replace(ELDER, services=("social-card",))
    ranking = ranked(sqlite_database, wish, waits({city.queues["city/B"]: 1.0}), now=local(22))
    first = ranking.options[0]
    assert (first.hall.code, first.waiting) == ("bank", None)
    assert first.ranked.prospect.hall.opening is Opening.OPEN


def test_a_terminal_behind_doors_is_no_help_at_night(sqlite_database: Database, city: BookingCity) -> None:
    def doors(session: Session) -> None:
        for weekday in range(5):
            session.add(
                OpeningHoursRow(hall_id=city.halls["bank"], weekday=weekday, opens=time(8), closes=time(18))
            )

    sqlite_database.write_now(doors)
    sqlite_database.read_now(forget_city)
    wish = replace(ELDER, services=("social-card",))
    ranking = ranked(sqlite_database, wish, waits({city.queues["city/B"]: 1.0}), now=local(22))
    bank = next(option for option in ranking.options if option.hall.code == "bank")
    assert bank.ranked.prospect.hall.opening is Opening.CLOSED
    assert (bank.opens_at, bank.always_open) == (local(8, days=1), False)


def test_a_way_past_midnight_makes_no_far_hall_one_of_today(
    sqlite_database: Database, city: BookingCity
) -> None:
    outlook = waits(dict.fromkeys(city.queues.values(), 10.0))
    ranking = ranked(sqlite_database, ELDER, outlook, now=local(23, 30))
    near, far = ranking.options[:2]
    assert (near.hall.code, far.hall.code) == ("town", "city")
    assert local(23, 30) + far.travel.range.typical > local(0, days=1), "one would be there after midnight"
    assert {own.ranked.prospect.standing for own in (near, far)} == {Standing.ANOTHER_DAY}
    assert far.opens_at == near.opens_at == local(9, days=1)
    on_foot = replace(ELDER, mode=TravelMode.WALK)
    there_when_open = ranked(sqlite_database, on_foot, outlook, now=local(17, 40)).options
    assert [own.ranked.prospect.standing for own in there_when_open[:2]] == [Standing.ANOTHER_DAY] * 2


def test_a_terminal_in_the_street_is_reached_past_midnight_too(
    sqlite_database: Database, city: BookingCity
) -> None:
    wish = replace(ELDER, services=("social-card",), position=Position(22.782, 115.347, Datum.WGS84))
    ranking = ranked(sqlite_database, wish, waits({city.queues["city/B"]: 1.0}), now=local(23, 30))
    bank = ranking.options[0]
    assert local(23, 30) + bank.travel.range.typical > local(0, days=1)
    assert (bank.hall.code, bank.ranked.prospect.standing) == ("bank", Standing.TODAY)


def test_only_halls_that_do_all_the_services_can_do_the_errand(
    sqlite_database: Database, city: BookingCity
) -> None:
    wish = replace(ELDER, services=("elder-benefit", "social-card"))
    ranking = ranked(sqlite_database, wish, waits(dict.fromkeys(city.queues.values(), 10.0)))
    assert [option.hall.code for option in ranking.options if option.ranked.prospect.hall.can_do] == ["city"]
    assert ranking.options[0].waiting == 6  # two queues, three in each


def test_the_wait_is_asked_for_the_moment_of_arrival_or_of_opening(
    sqlite_database: Database, city: BookingCity
) -> None:
    outlook = waits(dict.fromkeys(city.queues.values(), 10.0))
    ranking = ranked(sqlite_database, ELDER, outlook, now=local(9, 40))
    town = next(option for option in ranking.options if option.hall.code == "town")
    asked = {ask.queue_id: ask.at for ask in outlook.calls[0]}
    assert asked[city.queues["town/A"]] == local(9, 40) + town.travel.range.typical
    noon = waits(dict.fromkeys(city.queues.values(), 10.0))
    ranking = ranked(sqlite_database, ELDER, noon, now=local(12, 10))
    assert {ask.at for ask in noon.calls[0]} >= {local(14)}
    town = next(option for option in ranking.options if option.hall.code == "town")
    assert (town.ranked.prospect.hall.opening, town.opens_at) == (Opening.OPENS_LATER, local(14))


def test_slots_are_shown_only_if_even_a_slow_trip_is_in_time(
    sqlite_database: Database, city: BookingCity
) -> None:
    ranking = ranked(sqlite_database, ELDER, waits({}), now=local(9, 40))
    for option in ranking.options:
        for start in option.next_slots:
            assert start >= local(9, 40) + option.travel.range.high
    assert len(ranking.options[0].next_slots) == 3


def test_a_booked_out_slot_is_not_the_next_one(
    sqlite_database: Database, city: BookingCity, clock: ManualClock, vault: Vault
) -> None:
    first = ranked(sqlite_database, ELDER, waits({}))
    town = next(option for option in first.options if option.hall.code == "town")
    sqlite_database.write_now(
        service.hold, "town", ["elder-benefit"], town.next_slots[0], client=client(), clock=clock, vault=vault
    )
    again = ranked(sqlite_database, ELDER, waits({}))
    after = next(option for option in again.options if option.hall.code == "town")
    assert after.next_slots[0] == town.next_slots[1]


def test_an_area_by_name_ranks_like_a_position_in_it(sqlite_database: Database, city: BookingCity) -> None:
    outlook = waits(dict.fromkeys(city.queues.values(), 10.0))
    named = ranked(sqlite_database, replace(ELDER, position=None, area="海城"), outlook)
    placed = ranked(sqlite_database, ELDER, outlook)
    assert order(named) == order(placed)
    assert named.taken.name == "海城镇"
    with pytest.raises(UnknownArea):
        ranked(sqlite_database, replace(ELDER, position=None, area="上海"), outlook)


def test_what_is_missing_is_said(sqlite_database: Database, city: BookingCity) -> None:
    with pytest.raises(OriginMissing):
        ranked(sqlite_database, replace(ELDER, position=None), waits({}))
    with pytest.raises(NoServiceChosen):
        ranked(sqlite_database, replace(ELDER, services=()), waits({}))
    with pytest.raises(ServiceNotFound):
        ranked(sqlite_database, replace(ELDER, services=("nothing",)), waits({}))


@pytest.mark.parametrize("sort", list(SortKey))
def test_every_order_keeps_those_who_can_above_those_who_cannot(
    sqlite_database: Database, city: BookingCity, sort: SortKey
) -> None:
    wish = replace(ELDER, sort=sort)
    ranking = ranked(sqlite_database, wish, waits(dict.fromkeys(city.queues.values(), 10.0)))
    can = [option.ranked.prospect.hall.can_do for option in ranking.options]
    assert can == sorted(can, reverse=True)
    assert [option.ranked.place for option in ranking.options] == [1, 2, 3]


def test_the_answer_and_the_log_know_the_origin_to_a_kilometre_only(
    sqlite_database: Database, city: BookingCity, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ranking = ranked(sqlite_database, ELDER, waits(dict.fromkeys(city.queues.values(), 10.0)))
    body = RankingOut.of(ranking).model_dump_json()
    for exact in ("22.9701", "115.3312"):
        assert exact not in body
        assert exact not in caplog.text
        assert exact not in repr(ranking.origin)


def test_one_place_in_three_datums_gives_one_distance(sqlite_database: Database, city: BookingCity) -> None:
    distances = []
    for datum, name in ((Datum.WGS84, "WGS-84"), (Datum.GCJ02, "GCJ-02"), (Datum.BD09, "BD-09")):
        there = HAICHENG.to(datum)
        position = PositionIn(lat=there.lat, lon=there.lon, datum=name).position()
        ranking = ranked(sqlite_database, replace(ELDER, position=position), waits({}))
        distances.append({option.hall.code: option.ranked.prospect.metres for option in ranking.options})
    assert distances[1] == pytest.approx(distances[0], abs=1)
    assert distances[2] == pytest.approx(distances[0], abs=1)


def test_the_real_estimate_answers_too(database: Database) -> None:
    database.write_now(build_city)
    ranking = ranked(database, ELDER, estimate_on_arrival)
    assert {option.hall.code for option in ranking.options} == {"city", "town", "bank"}
    assert RankingOut.of(ranking).halls[0].links.geo.startswith("geo:")


def test_a_newly_applied_plan_is_seen_at_once(sqlite_database: Database, city: BookingCity) -> None:
    def free() -> int:
        table = sqlite_database.read_now(city_of).timetables[city.halls["city"]]
        return table._planned(_key(city), 2)

    def _key(city: BookingCity) -> Any:
        from booking.rules.slots import SlotKey  # noqa: PLC0415

        return SlotKey(city.queues["city/A"], local(10, 30))

    assert free() == 2
    sqlite_database.write_now(
        lambda session: plan_windows(session, city, "city", {"1": ["A"], "4": ["B"]}, version=2)
    )
    assert free() == 1


def test_what_need_not_be_brought_is_said_and_what_one_service_wants_is_brought(
    sqlite_database: Database, city: BookingCity
) -> None:
    guide = sqlite_database.read_now(guidance, ["elder-benefit"])
    assert [paper.name_zh for paper in guide.bring] == ["银行账户"]
    assert [paper.name_zh for paper in guide.need_not_bring] == ["居民身份证"]
    assert [paper.name_zh for paper in guide.prefilled] == ["申请表"]
    assert [each.code for each in guide.related] == ["minimum-living"]
    assert [theme.code for theme in guide.themes] == ["old-age"]
    assert [each.code for each in guide.online] == ["elder-benefit"]

    def ask_for_the_card(session: Any) -> None:
        papers = ServicePaperRow.__table__
        mine = papers.c.service_id == city.services["social-card"]
        session.execute(papers.update().where(mine, papers.c.need == "licence").values(need="bring"))
        session.execute(delete(papers).where(mine, papers.c.need == "prefilled"))

    sqlite_database.write_now(ask_for_the_card)
    sqlite_database.read_now(forget_city)
    both = sqlite_database.read_now(guidance, ["elder-benefit", "social-card"])
    assert "居民身份证" in [paper.name_zh for paper in both.bring]
    assert both.need_not_bring == ()


def test_companies_find_their_services_and_people_theirs(
    sqlite_database: Database, city: BookingCity
) -> None:
    everything = sqlite_database.read_now(search_services, "", audience=None)
    companies = sqlite_database.read_now(search_services, "", audience="company")
    assert len(everything) == 4
    assert [each.code for each in companies] == ["company-start"]


def test_a_halls_page_says_when_it_opens_again(sqlite_database: Database, city: BookingCity) -> None:
    page = sqlite_database.read_now(hall_page, "town", now=local(12, 30))
    assert (page.open_now, page.opens_at) == (False, local(14))
    assert [span.closes_at - span.opens_at for span in page.today] == [timedelta(hours=3)] * 2
    assert {each.code for each in page.services} == {"elder-benefit", "minimum-living"}
