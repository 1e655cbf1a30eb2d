"""Plans in the staff's own calendars: stable ids, rising sequences, the hall's clock, links with a token."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from kernel.identity import WrongHall
from queueing import service
from queueing.errors import FeedNotFound, WindowNotFound
from queueing.plans import feeds
from queueing.plans.errors import ClosedOnThatDay
from queueing.rules.windows import PlanEntry
from tests.conftest import bearer
from tests.support.statements import statements_of

CHINA = ZoneInfo("Asia/Shanghai")
WEDNESDAY = 2


def events(file: bytes, day: date):
    found = Calendar.from_ical(file).walk("VEVENT")
    return [event for event in found if event["dtstart"].dt.date() == day]


def split_day(city):
    """Window 1 serves A until noon, then A and nothing of B; window 2 serves B all day."""
    one, two, three = city.windows
    return [
        PlanEntry(one, city.queue_a, False, 0, 720), PlanEntry(two, city.queue_b, False, 0, 1440),
        PlanEntry(two, city.queue_a, False, 720, 1440), PlanEntry(three, city.queue_b, False, 0, 1440),
    ]  # fmt: skip


def ics(database, city, clock, window=None):
    return database.read_now(feeds.plan_calendar, "H1", window, by=city.manager, now=clock.now())


def test_a_window_has_an_event_per_list_in_the_halls_time(database, city, clock) -> None:
    base = database.read_now(service.plan_of, city.hall, now=clock.now()).version
    database.write_now(
        service.publish_plan, city.hall, split_day(city), base_version=base, by=city.manager, clock=clock
    )
    morning, afternoon = events(ics(database, city, clock, city.windows[1]), date(2026, 11, 18))
    assert morning["dtstart"].dt == datetime(2026, 11, 18, 8, 30, tzinfo=CHINA)
    assert morning["dtend"].dt == afternoon["dtstart"].dt == datetime(2026, 11, 18, 12, tzinfo=CHINA)
    assert afternoon["dtend"].dt == datetime(2026, 11, 18, 17, 30, tzinfo=CHINA)
    assert "2 号窗口：社保医保" in morning["summary"]
    assert {"综合受理", "社保医保"} <= set(afternoon["summary"].split("：")[1].split("、"))
    assert not events(ics(database, city, clock), date(2026, 11, 21))  # a Saturday off


def test_a_calendar_defines_the_zone_that_its_times_name(sqlite_database, sqlite_city, clock) -> None:
    file = Calendar.from_ical(ics(sqlite_database, sqlite_city, clock))
    assert file.get_used_tzids() == {"Asia/Shanghai"}
    assert file.get_missing_tzids() == set()


def test_a_day_on_which_the_hall_is_closed_has_no_table(sqlite_database, sqlite_city, clock) -> None:
    """It said that every window is open from midnight to midnight."""
    with pytest.raises(ClosedOnThatDay):
        sqlite_database.read_now(feeds.plan_table, "H1", date(2026, 11, 21), by=sqlite_city.manager)


def test_a_changed_plan_updates_its_events_and_cancels_what_is_no_more(database, city, clock) -> None:
    window = city.windows[1]
    database.write_now(
        service.publish_plan, city.hall, split_day(city), base_version=1, by=city.manager, clock=clock
    )
    before = events(ics(database, city, clock, window), date(2026, 11, 18))
    whole = [PlanEntry(own, city.queue_b, False, 0, 1440) for own in city.windows[1:]]
    database.write_now(service.publish_plan, city.hall, whole, base_version=2, by=city.manager, clock=clock)
    after = events(ics(database, city, clock, window), date(2026, 11, 18))
    assert [event["uid"] for event in after] == [event["uid"] for event in before]
    assert [event["sequence"] for event in before] == [2, 2]
    assert [event["sequence"] for event in after] == [3, 3]
    assert [event["status"] for event in after] == ["CONFIRMED", "CANCELLED"]


def test_ids_are_told_apart_within_a_calendar(database, city, clock) -> None:
    found = Calendar.from_ical(ics(database, city, clock)).walk("VEVENT")
    assert len({event["uid"] for event in found}) == len(found) > 3 * 15


def test_a_plan_that_waits_is_in_the_calendar_from_its_day_on(database, city, clock) -> None:
    database.write_now(
        service.schedule_plan, city.hall, split_day(city), base_version=1, by=city.manager, clock=clock,
        applies_at=datetime(2026, 11, 19, 6, tzinfo=CHINA),
    )  # fmt: skip
    file = ics(database, city, clock, city.windows[0])
    assert [event["sequence"] for event in events(file, date(2026, 11, 18))] == [1]
    (tomorrow,) = events(file, date(2026, 11, 19))
    assert (tomorrow["sequence"], tomorrow["dtend"].dt.hour) == (2, 12)


def test_a_plan_for_the_rest_of_today_is_in_the_calendar_and_the_table_of_today_alone(
    database, city, clock
) -> None:
    """Links promise that a change need not be told apart; the day's own plan was left out of them."""
    today, tomorrow, window = date(2026, 11, 18), date(2026, 11, 19), city.windows[1]
    usual = database.read_now(service.plan_of, city.hall, now=clock.now()).entries
    before = [len(events(ics(database, city, clock, window), day)) for day in (today, tomorrow)]
    for entries, stretches in ((split_day(city), 2), (usual, before[0])):
        database.write_now(
            service.apply_for_a_day, city.hall, entries,
            day=today, source="proposal", by=city.manager, clock=clock,
        )  # fmt: skip
        found = events(ics(database, city, clock, window), today)
        assert [event["status"] for event in found].count("CONFIRMED") == stretches
        assert len(events(ics(database, city, clock, window), tomorrow)) == before[1]
        table = database.read_now(feeds.plan_table, "H1", today, by=city.manager)
        assert len([line for line in table.splitlines() if line.startswith("2,")]) == stretches
    assert [event["status"] for event in found][-1] == "CANCELLED"  # taken back: its second stretch goes


def test_a_link_shows_one_windows_plan_until_it_is_withdrawn(database, city, clock, vault) -> None:
    feed = database.write_now(
        feeds.make_feed, "H1", city.windows[0], by=city.clerks[0], clock=clock, vault=vault
    )
    file = database.read_now(feeds.feed_calendar, feed.token, vault=vault, now=clock.now())
    assert {event["location"].rpartition(" ")[2] for event in Calendar.from_ical(file).walk("VEVENT")} == {
        "号窗口"
    }
    assert [one.window for one in database.read_now(feeds.feeds, "H1", by=city.manager)] == ["1"]
    with pytest.raises(WrongHall):
        database.write_now(feeds.withdraw_feed, "H1", feed.id, by=city.other_clerk, clock=clock)
    database.write_now(feeds.withdraw_feed, "H1", feed.id, by=city.manager, clock=clock)
    with pytest.raises(FeedNotFound):
        database.read_now(feeds.feed_calendar, feed.token, vault=vault, now=clock.now())
    with pytest.raises(FeedNotFound):
        database.write_now(feeds.withdraw_feed, "H1", feed.id, by=city.manager, clock=clock)


def test_a_window_of_another_hall_has_no_calendar_here(sqlite_database, sqlite_city, clock) -> None:
    with pytest.raises(WindowNotFound):
        ics(sqlite_database, sqlite_city, clock, sqlite_city.other_window)


@pytest.mark.slow
async def test_files_and_links_over_http(sqlite_client, sqlite_city, clock) -> None:
    manager, clerk = bearer(sqlite_city.tokens["manager"]), bearer(sqlite_city.tokens["clerk1"])
    table = await sqlite_client.get("/api/v1/halls/H1/plan.csv?day=2026-11-19", headers=manager)
    heads, first, *_ = table.text.splitlines()
    assert heads == "\ufeffwindow,from,to,primary,helping"
    assert first.startswith("1,08:30,17:30,")  # stored for the whole day, told within opening hours
    assert "plan-H1-2026-11-19.csv" in table.headers["content-disposition"]
    file = await sqlite_client.get("/api/v1/halls/H1/plan.ics", headers=clerk)
    assert file.headers["content-type"].startswith("text/calendar")
    by_form = await sqlite_client.get("/api/v1/halls/H1/plan.ics?window=", headers=clerk)
    assert (by_form.status_code, by_form.content) == (200, file.content)  # the form's "all windows"
    made = await sqlite_client.post("/api/v1/halls/H1/plan/feeds", json={}, headers=clerk)
    sqlite_client.cookies.clear()
    read = await sqlite_client.get(made.json()["path"])
    assert read.content.startswith(b"BEGIN:VCALENDAR")
    unknown = await sqlite_client.get("/api/v1/plan-feeds/nobody-has-this.ics")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "feed-not-found")
    wrong = await sqlite_client.post(
        "/api/v1/halls/H2/plan/feeds", json={}, headers=bearer(sqlite_city.tokens["clerk1"])
    )
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong-hall")
    clock.advance(timedelta(seconds=1))


def test_a_calendar_of_many_weeks_asks_the_database_no_more_than_one_of_a_week(
    database, city, clock, monkeypatch
) -> None:
    """A link is read by every calendar program of the staff, each hour, without anybody signing in."""
    manages = {"by": city.manager, "clock": clock}
    database.write_now(service.publish_plan, city.hall, split_day(city), base_version=1, **manages)
    later = clock.now() + timedelta(days=2)
    database.write_now(
        service.schedule_plan, city.hall, split_day(city)[:2], applies_at=later, base_version=2, **manages
    )
    asked = {}
    for days in (7, 70):
        monkeypatch.setattr(feeds, "DAYS_AHEAD", days)
        asked[days] = len(
            statements_of(
                database,
                feeds.plan_calendar,
                "H1",
                None,
                by=city.manager,
                now=clock.now() + timedelta(days=3),
            )
        )
    assert asked[70] <= asked[7] + 4  # further pairs of weekday and version, which end with the weekdays
