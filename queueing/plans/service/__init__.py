"""The life of a proposal: asked for, computed by the worker, shown, accepted or declined, taken back."""

from queueing.plans.service.asking import (
    JOB,
    REPLAN_JOB,
    proposal_view,
    proposals,
    request_proposal,
    request_replan,
    stop,
)
from queueing.plans.service.deciding import accept, decline, rollback
from queueing.plans.service.results import MEASURE_JOB, measure_accepted, proposal_done, proposal_measured

__all__ = [
    "JOB",
    "MEASURE_JOB",
    "REPLAN_JOB",
    "accept",
    "decline",
    "measure_accepted",
    "proposal_done",
    "proposal_measured",
    "proposal_view",
    "proposals",
    "request_proposal",
    "request_replan",
    "rollback",
    "stop",
]
