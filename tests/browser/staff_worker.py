"""The worker's part in tests of staff pages: the job that waits is done here, its result stored as wired."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.wiring import JOB_RESULTS
from kernel import jobs
from kernel.ids import HallId
from kernel.jobs import JobContext
from queueing import service
from queueing.learned import store_wait_profiles
from queueing.plans import jobs as plan_jobs
from queueing.plans import study_jobs
from queueing.plans.search import Budget
from queueing.plans.study_jobs import week_answer
from queueing.rules.drain import QUARTERS
from queueing.rules.windows import PlanEntry
from queueing.today.service import pending_alerts, record_alerts
from tests.support.proposals import write_history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.jobs import Job
    from tests.browser.staff_site import Site

COMES_WITHIN_S = 10.0
JOBS = {**study_jobs.JOBS, **plan_jobs.JOBS}
QUICK = {"common": Budget(60, None), "own": Budget(30, None)}


LEARNING = ("learn_waits", "learn_correction")


def crowd(site: Site) -> None:
    """Give the hall a history of many for A, and a plan in which the second window serves B only."""
    city, database = site.city, site.parts.database
    one, two, three = city.windows
    narrow = [(one, city.queue_a), (two, city.queue_b), (three, city.queue_b)]
    entries = [PlanEntry(window, queue, False, 0, 1440) for window, queue in narrow]
    database.write_now(
        service.apply_plan, city.hall, entries, source="manual", by=city.manager, clock=site.parts.clock
    )
    database.write_now(write_history, city)


def _job_that_comes(site: Site) -> Job:
    """Return the job that a manager has asked for; the request may still be on its way.

    What a day taught is learned by jobs of its own, which nobody waits for here.
    """
    ends = time.monotonic() + COMES_WITHIN_S
    while time.monotonic() < ends:
        job = site.parts.database.write_now(jobs.claim, now=site.parts.clock.now(), but=LEARNING)
        if job is not None:
            return job
        time.sleep(0.05)
    raise AssertionError("no job came")


def work(site: Site) -> str:
    """Do the job that waits and store its result; return the job's name."""
    parts = site.parts
    job = _job_that_comes(site)
    context = JobContext(parts.database, parts.clock, parts.settings, lambda _: None)
    result: dict[str, Any]
    if job.name == "plan_week":  # the same search, with a budget for a test
        result = week_answer(parts.database, job.args, progress=lambda _: None, **QUICK)
    else:
        result = JOBS[job.name](context, job.args)
    _hand_back(site, job, result)
    return job.name


@contextmanager
def searching(site: Site, budget: Budget) -> Iterator[None]:
    """Search for the proposal that is asked for, beside the test, telling how far it is; wait for its end."""
    with ThreadPoolExecutor(1) as worker:
        search = worker.submit(_search, site, budget)
        yield
        search.result(timeout=60)


def _search(site: Site, budget: Budget) -> None:
    database, job = site.parts.database, _job_that_comes(site)
    found: dict[str, Any] = {}

    def told(done: float) -> None:
        database.write_now(jobs.note_progress, job.id, done, found or None)

    result = plan_jobs.plan_for(
        database,
        HallId(UUID(job.args["hall_id"])),
        date.fromisoformat(job.args["for_day"]),
        today=date.fromisoformat(job.args["today"]),
        budget=budget,
        spare_every_queue=job.args["spare_every_queue"],
        progress=told,
        watch=lambda standing: found.update(now=standing.now, best=standing.best),
        stopped=lambda: database.read_now(jobs.stop_asked, job.id),
    )
    _hand_back(site, job, result)


def _hand_back(site: Site, job: Job, result: dict[str, Any]) -> None:
    database, clock = site.parts.database, site.parts.clock
    database.write_now(JOB_RESULTS[job.name], job.args, result, clock=clock)
    database.write_now(jobs.finish, job.id, now=clock.now())


def learn(site: Site) -> None:
    """Queue A is known to have five people in each quarter hour: more than its windows can serve."""
    demand = {
        "rates": {str(day): [5.0] * QUARTERS for day in range(5)}, "usual_rates": [5.0] * QUARTERS,
        "marks": {}, "hall_cv": 0.1, "own_cv": 0.1, "dispersion": 1.0, "minutes": 10.0, "days": 40,
    }  # fmt: skip
    flat = [0.1] * QUARTERS
    profile = {"calls": flat, "arrivals": flat, "windows": [1.0] * QUARTERS, "bands": {}, "demand": demand}
    learned = {"days": 40, "profiles": {str(site.city.queue_a): profile}}
    site.parts.database.write_now(store_wait_profiles, {}, learned, clock=site.parts.clock)


def raise_alerts(site: Site) -> None:
    seen = site.parts.database.read_now(pending_alerts, site.city.hall, now=site.parts.clock.now())
    assert seen is not None
    site.parts.database.write_now(record_alerts, site.city.hall, seen, clock=site.parts.clock)
