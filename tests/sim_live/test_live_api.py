"""Simulated people repeat themselves politely, stop with their parent, and keep their keys to themselves."""

from __future__ import annotations

import asyncio
import random
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from kernel.clock import ManualClock, ShiftedClock
from sim.catalogue import load_city
from sim.live import api as api_module
from sim.live.api import Api, Unexpected, Unreachable
from sim.live.demand import Errands, calendar_of, day_curve, people_on
from sim.live.pace import Agenda, Pace
from sim.live.tokens import AppointmentKey, ClerkKey, DemoKeys, HallKeys, VisitKey, read_keys, write_keys

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(api_module, "LONGEST_PAUSE_S", 0.01)


def api_over(handler: Callable[[httpx2.Request], httpx2.Response]) -> Api:
    return Api(httpx2.AsyncClient(transport=httpx2.MockTransport(handler), base_url="http://demo"))


async def test_a_repeated_request_carries_the_same_key_and_a_new_one_another() -> None:
    keys: list[str] = []
    answers: Iterator[int] = iter((0, 503, 429, 200, 200))

    def server(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["idempotency-key"])
        status = next(answers)
        if status == 0:
            raise httpx2.ConnectError("away")
        return httpx2.Response(status, json={"ok": True}, headers={"retry-after": "0"})

    api = api_over(server)
    assert (await api.post("/windows/1/call-next")).done
    assert (await api.post("/windows/1/call-next")).done
    assert len(keys) == 5
    assert len(set(keys[:4])) == 1
    assert keys[4] != keys[0]
    assert api.counts["repeated"] == 3


async def test_an_expected_refusal_is_an_answer_and_another_is_not() -> None:
    api = api_over(lambda _: httpx2.Response(409, json={"code": "nobody-waiting"}))
    answer = await api.post("/windows/1/call-next", expects=("nobody-waiting",))
    assert (answer.done, answer.refusal) == (False, "nobody-waiting")
    with pytest.raises(Unexpected, match="nobody-waiting"):
        await api.post("/windows/1/call-next")
    assert api.counts["unexpected"] == 1


async def test_a_server_that_stays_away_is_given_up_on() -> None:
    def away(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("too slow")

    with pytest.raises(Unreachable):
        await api_over(away).get("/halls")


async def test_no_more_requests_are_on_their_way_than_allowed() -> None:
    flying, most = 0, 0

    async def server(_: httpx2.Request) -> httpx2.Response:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.001)
        flying -= 1
        return httpx2.Response(200, json={})

    api = Api(httpx2.AsyncClient(transport=httpx2.MockTransport(server), base_url="http://demo"))
    await asyncio.gather(*(api.get("/halls") for _ in range(100)))
    assert most == api_module.MOST_AT_ONCE


@pytest.mark.slow
async def test_deeds_are_done_in_order_of_time_whatever_the_order_they_came_in() -> None:
    pace = Pace(ManualClock(NOON), 6_000)  # it stands while they come in: a tenth of a second is ten minutes
    done: list[int] = []
    finished = asyncio.Event()

    def start(deed: Callable[[], object]) -> None:
        deed()

    agenda = Agenda(pace, start)  # type: ignore[arg-type]
    for minutes in (30, 5, 20, 10):

        def deed(minutes: int = minutes) -> None:
            done.append(minutes)
            if len(done) == 4:
                finished.set()

        agenda.within(minutes, deed)  # type: ignore[arg-type]
    pace._clock = ShiftedClock(NOON, speed=6_000)
    running = asyncio.create_task(agenda.run())
    await asyncio.wait_for(finished.wait(), 20)
    running.cancel()
    assert done == [5, 10, 20, 30]


def test_keys_come_back_as_they_were_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    clerk = ClerkKey("id", "H-01", "secret", "1", ("q1",))
    keys = DemoKeys(
        start=NOON,
        level=1.2,
        halls=(HallKeys("H", "kiosk", "lobby", {"1": "w1"}, (clerk,)),),
        visits=(VisitKey("H", "t1", "token"),),
        appointments=(AppointmentKey("H", "token", NOON, shows=True),),
        pages=(("Page", "/"),),
        volume="1 hall",
    )
    path = tmp_path / "keys.json"
    path.write_text("older and open to all")
    path.chmod(0o644)
    write_keys(path, keys)
    assert read_keys(path) == keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.slow
def test_the_driver_ends_when_its_parent_closes_the_pipe(tmp_path: Path) -> None:
    write_keys(tmp_path / "keys.json", DemoKeys(NOON, 1.0, (), (), (), (), ""))
    options = ["--base-url", "http://127.0.0.1:9", "--tokens", str(tmp_path / "keys.json")]
    clock = ["--start", NOON.isoformat(), "--origin", "1790000000", "--speed", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "sim.live", *options, *clock], stdin=subprocess.PIPE
    ) as driver:
        assert driver.stdin is not None
        with pytest.raises(subprocess.TimeoutExpired):
            driver.wait(2)
        driver.stdin.close()
        assert driver.wait(20) == 0


def test_a_day_brings_as_many_people_as_its_date_has() -> None:
    city = load_city()
    hall = city.halls["441500"]
    calendar = calendar_of(city, hall)
    wednesday, monday, sunday = date(2026, 11, 18), date(2026, 11, 16), date(2026, 11, 15)
    curve = day_curve(hall, calendar, wednesday)
    assert curve.total == pytest.approx(people_on(hall, wednesday))
    assert people_on(hall, monday) > people_on(hall, wednesday)
    assert day_curve(hall, calendar, sunday).total == 0
    drawn = [len(curve.arrivals(random.Random(seed))) for seed in range(60)]
    assert sum(drawn) / 60 == pytest.approx(curve.total, rel=0.03)
    late = curve.arrivals(random.Random(1), after=600)
    assert min(late) > 600
    assert late == sorted(late)


def test_the_first_workday_after_a_holiday_and_a_made_up_saturday_are_known() -> None:
    city = load_city()
    hall = city.halls["441521"]
    calendar = calendar_of(city, hall)
    after_holiday, week_later = date(2026, 10, 8), date(2026, 10, 15)
    assert people_on(hall, after_holiday) > 1.15 * people_on(hall, week_later)
    made_up_saturday, saturday = date(2026, 10, 10), date(2026, 10, 17)
    assert day_curve(hall, calendar, made_up_saturday).total > 100
    assert day_curve(hall, calendar, saturday).total == 0


def test_people_ask_for_what_the_hall_offers_as_often_as_the_catalogue_says() -> None:
    city = load_city()
    hall = city.halls["441521"]
    errands, chance = Errands(city, hall), random.Random(3)
    offers = {offer.service: offer.queue for offer in hall.offers}
    asked = [errands.draw(chance).code for _ in range(6_000)]
    social = sum(offers[code] == "social" for code in asked) / len(asked)
    assert social == pytest.approx(hall.demand.queue_shares["social"], abs=0.025)


def test_pace_measures_real_seconds_in_demo_time() -> None:
    pace = Pace(ManualClock(NOON), 20)
    assert pace.real(3) == timedelta(minutes=1)
