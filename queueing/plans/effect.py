"""A proposal as plain JSON: what is stored, shown on the manager's page and sent by the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from queueing.plans.rules import cells_changed, list_changes, queues_in, windows_changed
from queueing.plans.store import plain_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from queueing.plans.history import HistoryReport
    from queueing.plans.intraday import Replan
    from queueing.plans.judge import Judgement
    from queueing.plans.propose import Proposal
    from queueing.plans.rules import Layout
    from queueing.plans.skeleton_model import Conflict


def proposal_json(proposal: Proposal, report: HistoryReport) -> dict[str, Any]:
    """Return ``{status, plan, effect}`` of a proposal, in the shape of ``schemas.EffectOut``."""
    return {
        "status": proposal.status,
        "base_version": proposal.base_version,
        "plan": [plain_entry(entry) for entry in proposal.entries],
        "effect": {
            "reason": proposal.reason,
            **_judged(proposal.judgement),
            "changes": proposal.changes,
            "blocks": [asdict(block) for block in proposal.hall.blocks],
            "windows": [_window(proposal, window) for window in range(len(proposal.hall.windows))],
            "history": report_json(report),
            "evaluations": proposal.evaluations,
            "stopped_by_time": proposal.stopped_by_time,
            "stopped_by_hand": proposal.stopped_by_hand,
            "seed": proposal.seed,
            "notes": list(proposal.notes),
        },
    }


def made_under(rules: str, result: dict[str, Any]) -> dict[str, Any]:
    """Return a result that also says under which rules of the hall it was made (``rules_on``)."""
    return {**result, "effect": {**result["effect"], "rules": rules}}


def failure_json(reason: str, conflicts: tuple[Conflict, ...], report: HistoryReport) -> dict[str, Any]:
    """Return ``{status, plan, effect}`` where no plan could be made: why, and the rules that conflict."""
    return {
        "status": "failed",
        "plan": [],
        "effect": {
            "reason": reason,
            "conflicts": conflicts_json(conflicts),
            "history": report_json(report),
        },
    }


def conflicts_json(conflicts: Sequence[Conflict]) -> list[dict[str, Any]]:
    """Return rules that cannot be kept together as plain JSON, in the shape of ``schemas.ConflictOut``."""
    return [{"rule": one.rule.value, "subject": one.subject} for one in conflicts]


def report_json(report: HistoryReport) -> dict[str, Any]:
    """Return what was used of the history and what was left out."""
    return {
        "days_used": report.days_used,
        "tickets_used": report.tickets_used,
        "rows_left_out": dict(report.rows_left_out),
        "days_left_out": [{"day": day.isoformat(), "reason": reason} for day, reason in report.days_left_out],
    }


def _judged(judgement: Judgement) -> dict[str, Any]:
    return {
        "judged_days": [day.isoformat() for day in judgement.days],
        "tickets": judgement.tickets,
        "now": asdict(judgement.now),
        "planned": asdict(judgement.planned),
        "difference": {"mean": judgement.difference, "low": judgement.low, "high": judgement.high},
        "weighted": _weighted(judgement),
        "days_better": judgement.days_better,
        "queues": [{**asdict(queue), "verdict": queue.verdict} for queue in judgement.queues],
        "stress": [asdict(stress) for stress in judgement.stress],
    }


def _weighted(judgement: Judgement) -> dict[str, float] | None:
    """Return the difference with queues' urgency counted; None where no queue counts more than another."""
    if judgement.weighted == judgement.difference:
        return None
    return {"mean": judgement.weighted, "low": judgement.weighted_low, "high": judgement.weighted_high}


NOTHING_LEFT: dict[str, Any] = {"status": "failed", "plan": [], "effect": {"reason": "nothing_left"}}


def replan_json(found: Replan, base_version: int) -> dict[str, Any]:
    """Return ``{status, plan, effect}`` of a plan for the rest of a day, in the shape of ``EffectOut``."""
    return {
        "status": found.status,
        "base_version": base_version,
        "plan": [plain_entry(entry) for entry in found.entries],
        "effect": {
            "reason": found.reason,
            "tickets": found.people,
            "now": asdict(found.now),
            "planned": asdict(found.planned),
            "difference": {"mean": found.difference, "low": found.low, "high": found.high},
            "days_better": found.futures_better,
            "futures": found.futures,
            "queues": [{**asdict(queue), "verdict": queue.verdict} for queue in found.queues],
            "changes": {
                "windows": windows_changed(found.layout, found.present),
                "cells": cells_changed(found.layout, found.present),
                "during_day": sum(list_changes(found.layout, w) for w in range(len(found.hall.windows))),
            },
            "blocks": [asdict(block) for block in found.hall.blocks],
            "windows": [_window(found, window) for window in range(len(found.hall.windows))],
            "until_minute": found.until_minute,
            "evaluations": found.evaluations,
            "seconds": round(found.seconds, 3),
        },
    }


def _window(proposal: Proposal | Replan, window: int) -> dict[str, Any]:
    present, planned, seat = proposal.present, proposal.layout, proposal.layout.seats[window]
    return {
        "label": proposal.hall.windows[window].label,
        "clerk_id": None if seat is None else str(proposal.hall.clerks[seat].id),
        "changed": present.cells(window) != planned.cells(window),
        "now": _cells(proposal, present, window),
        "planned": _cells(proposal, planned, window),
    }


def _cells(proposal: Proposal | Replan, layout: Layout, window: int) -> list[dict[str, Any]]:
    queues = proposal.hall.queues
    return [
        {"primary": queues_in(primary, queues), "helping": queues_in(helping, queues)}
        for primary, helping in layout.cells(window)
    ]
