"""Which use case stores the result of which job. The API knows jobs by name and never imports them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing.learned import note_correction, store_wait_profiles
from queueing.plans import studies
from queueing.plans.service import proposal_done, proposal_measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.jobs import JobResult

# A manager sits before these; they must not wait behind a proposal that computes for a minute.
QUICK_JOBS = frozenset({"replan_today", "try_window_plan"})

JOB_RESULTS: Mapping[str, JobResult] = {
    "learn_waits": store_wait_profiles,
    "learn_correction": note_correction,
    "propose_window_plan": proposal_done,
    "replan_today": proposal_done,
    "measure_proposal": proposal_measured,
    **dict.fromkeys(studies.JOBS.values(), studies.answered),
}
