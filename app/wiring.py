"""Which use case stores the result of which job. The API knows jobs by name and never imports them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing.learned import store_wait_profiles
from queueing.plans import studies
from queueing.plans.service import proposal_done

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.jobs import JobResult

JOB_RESULTS: Mapping[str, JobResult] = {
    "learn_waits": store_wait_profiles,
    "propose_window_plan": proposal_done,
    "replan_today": proposal_done,
    **dict.fromkeys(studies.JOBS.values(), studies.answered),
}
