"""What goes round by itself goes on, whatever happens to one hall or in one piece of work."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

import app.lasting
import app.main
from app import jobs as lanes
from app.misses import Misses
from app.offers import Offers
from app.retention import Retention
from app.rounds import Rounds
from kernel import catalogue, jobs
from kernel.errors import Busy, Conflict
from tests.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

WITHIN_S = 10


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.lasting, "ANEW_AFTER_S", 0.0)


async def test_an_error_of_ours_in_one_piece_of_work_ends_none(
    sqlite_parts: Parts, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, cancelled = asyncio.Event(), asyncio.Event()

    class Broken(Offers):
        begun = 0

        async def run(self) -> None:
            Broken.begun += 1
            if Broken.begun == 1:
                raise ZeroDivisionError
            again.set()
            await super().run()

    class Watched(Rounds):
        async def run(self) -> None:
            try:
                await super().run()
            finally:
                cancelled.set()

    monkeypatch.setattr(app.main, "Offers", Broken)
    monkeypatch.setattr(app.main, "Rounds", Watched)
    async with client_of(sqlite_parts) as client, asyncio.timeout(WITHIN_S):
        await again.wait()
        assert not cancelled.is_set(), "the others never noticed"
        assert (await client.get("/livez")).status_code == 200


async def test_work_that_returns_is_done_and_what_is_cancelled_ends() -> None:
    async def done() -> None:
        return None

    await app.lasting.lasting("done", done)
    going = asyncio.create_task(app.lasting.lasting("going", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going


def in_one_hall(
    hall: object, seen: list[object], answer: Any, wrong: type[Exception] = ZeroDivisionError
) -> Callable[..., Any]:
    """Return a use case that goes wrong in one hall, and notes the others."""

    def use_case(_session: object, hall_id: object, *_: object, **__: object) -> Any:
        if hall_id == hall:
            raise wrong
        seen.append(hall_id)
        return answer

    return use_case


async def test_an_error_of_ours_in_one_hall_keeps_no_other_from_its_turn(
    sqlite_parts: Parts, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    halls = [hall.id for hall in sqlite_parts.database.read_now(catalogue.halls)]
    offered: list[object] = []
    monkeypatch.setattr("app.offers.halls_waited_for", lambda _session: halls)
    monkeypatch.setattr("app.offers.something_to_offer", in_one_hall(halls[0], offered, False))
    erased: list[object] = []
    monkeypatch.setattr("app.retention.anything_due", in_one_hall(halls[0], erased, False))
    with capture_logs() as logs:
        await Offers(sqlite_parts).once()
        await Retention(sqlite_parts).once()
    assert offered == halls[1:]
    assert set(erased) == {*halls[1:]}
    assert [line["log_level"] for line in logs if line["log_level"] == "error"] == ["error"] * 2


@pytest.mark.parametrize("wrong", [ZeroDivisionError, Conflict])
async def test_an_error_with_one_ticket_keeps_no_other_from_being_missed(
    sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch, wrong: type[Exception]
) -> None:
    marked: list[object] = []
    monkeypatch.setattr("app.misses.missed_by_now", lambda _session, **_: [1, 2, 3])
    monkeypatch.setattr("app.misses.miss_by_itself", in_one_hall(2, marked, True, wrong))
    await Misses(sqlite_parts).once()
    assert marked == [1, 3]


@pytest.mark.parametrize("wrong", [ZeroDivisionError, Conflict])
@pytest.mark.slow
async def test_a_hall_whose_plan_cannot_be_applied_keeps_no_hall_from_its_visit(
    sqlite_parts: Parts, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch, wrong: type[Exception]
) -> None:
    halls = [sqlite_city.hall, sqlite_city.other_hall]
    applied: list[object] = []
    monkeypatch.setattr("app.rounds.halls_with_plans_due", lambda _session, **_: halls)
    monkeypatch.setattr("app.rounds.apply_due_plans", in_one_hall(halls[0], applied, None, wrong))
    visited: list[object] = []
    monkeypatch.setattr("app.rounds.fresh_estimates", in_one_hall(halls[0], visited, None))
    monkeypatch.setattr("app.rounds.EVERY_S", 0.0)
    going = asyncio.create_task(Rounds(sqlite_parts.database, sqlite_parts.clock, sqlite_parts.vault).run())
    async with asyncio.timeout(WITHIN_S):
        while not visited and not going.done():
            await asyncio.sleep(0.01)
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going
    assert set(applied) == set(visited) == {halls[1]}


async def test_a_worker_that_comes_to_no_end_is_ended_and_its_job_tried_again(
    sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, clock = sqlite_parts.database, sqlite_parts.clock
    job_id = database.write_now(jobs.enqueue, "learn_waits", {}, at=clock.now())
    stopped: list[bool] = []

    class Hangs:
        alive = True

        async def run(self, *_: object) -> None:
            await asyncio.Event().wait()

        async def stop(self) -> None:
            stopped.append(True)

    lane = lanes.Lane(sqlite_parts, {})
    lane.worker = Hangs()  # type: ignore[assignment]
    monkeypatch.setattr(lanes, "LONGEST_S", 0.05)
    monkeypatch.setattr(lanes, "RESTART_AFTER_S", 0.0)
    job = await lane._claim()
    assert job is not None
    async with asyncio.timeout(WITHIN_S):
        await lane._do(job)
    assert (stopped, lane.worker) == ([True], None)
    found = database.read_now(jobs.state, job_id)
    assert (found.status, found.error) == ("waiting", "WorkerDied: no result within 0 s")


async def test_a_job_that_fails_while_the_database_is_away_is_tried_again(
    sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane outlives it too: nobody else would claim a job until the process is started anew."""
    database, clock = sqlite_parts.database, sqlite_parts.clock
    database.write_now(jobs.enqueue, "learn_waits", {}, at=clock.now())
    lane, tries = lanes.Lane(sqlite_parts, {}), []

    def away(session: Any, *given: Any, **told: Any) -> None:
        tries.append(given)
        if len(tries) == 1:
            raise Busy
        jobs_fail(session, *given, **told)

    async def no_worker() -> lanes.Worker:
        raise RuntimeError("no memory")

    jobs_fail = jobs.fail
    monkeypatch.setattr(jobs, "fail", away)
    monkeypatch.setattr(lanes.Worker, "start", no_worker)
    monkeypatch.setattr(lanes, "LOOK_EVERY_S", 0.0)
    job = await lane._claim()
    assert job is not None
    await lane._do(job)
    assert len(tries) == 2
    clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    assert await lane._claim() is not None


PIECES_OF_A_DAY = ("seal_log", "judge_bands", "mark_no_shows", "mark_unreached", "measure_accepted")


@pytest.mark.parametrize("wrong", [ZeroDivisionError, Conflict])
async def test_what_goes_wrong_with_the_day_before_keeps_nobody_from_being_called_today(
    sqlite_parts: Parts, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch, wrong: type[Exception]
) -> None:
    broken = dict.fromkeys(PIECES_OF_A_DAY, True)
    asked: list[str] = []

    def failing(name: str) -> Callable[..., None]:
        def use_case(*_: object, **__: object) -> None:
            asked.append(name)
            if broken[name]:
                raise wrong

        return use_case

    for name in PIECES_OF_A_DAY:
        monkeypatch.setattr(f"app.rounds.{name}", failing(name))
    entered: list[object] = []
    monkeypatch.setattr("app.rounds.remote_due", lambda *_, **__: [1, 2, 3])
    monkeypatch.setattr("app.rounds.enter_remote", in_one_hall(2, entered, None, wrong))
    rounds = Rounds(sqlite_parts.database, sqlite_parts.clock, sqlite_parts.vault)
    await rounds._visit(sqlite_city.hall)
    assert (entered, asked) == ([1, 3], [*PIECES_OF_A_DAY])
    broken["judge_bands"] = broken["measure_accepted"] = False
    await rounds._visit(sqlite_city.hall)
    broken = broken | dict.fromkeys(broken, False)
    asked.clear()
    await rounds._visit(sqlite_city.hall)
    assert asked == ["seal_log", "mark_no_shows", "mark_unreached"], "what is done is not done twice"
    await rounds._visit(sqlite_city.hall)
    assert len(asked) == 3
