"""Answers of studies as plain JSON: what is stored, sent and drawn."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from queueing.plans.effect import conflicts_json
from queueing.plans.rules import queues_in
from queueing.plans.store import plain_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.ids import QueueId
    from queueing.plans.appointments import Capacity
    from queueing.plans.staffing import Staffing
    from queueing.plans.staffing_ground import Answer
    from queueing.plans.trial import Trial
    from queueing.plans.week import DayPlan


def trial_json(trial: Trial) -> dict[str, Any]:
    """Return a trial as plain JSON, in the shape of ``study_schemas.TrialOut``."""
    plain = asdict(trial)
    for queue, facts in zip(plain["queues"], trial.queues, strict=True):
        queue["verdict"] = facts.verdict
    plain["conflicts"] = [
        {
            "rule": found.rule.value,
            "subject": found.subject,
            "from_minute": None if block is None else block.from_minute,
            "to_minute": None if block is None else block.to_minute,
        }
        for found, block in trial.conflicts
    ]
    return plain


def staffing_json(found: Staffing) -> dict[str, Any]:
    """Return a staffing answer as plain JSON, in the shape of ``study_schemas.StaffingOut``."""
    prefixes = [queue.prefix for queue in found.hall.queues]
    return {
        "target_minutes": found.target_minutes,
        "share": found.share,
        "tickets": found.tickets,
        "blocks": [asdict(block) for block in found.hall.blocks],
        "present": _layout_json(found, found.present, prefixes),
        "full": _layout_json(found, found.full, prefixes),
        "cheapest": found.cheapest and _layout_json(found, found.cheapest, prefixes),
        "limit": found.limit and asdict(found.limit),
        "curve": [asdict(point) for point in found.curve],
        "queues": [asdict(queue) for queue in found.queues],
    }


def _layout_json(found: Staffing, answer: Answer, prefixes: list[str]) -> dict[str, Any]:
    hall = found.hall
    return {
        "window_hours": answer.window_hours,
        "by_block": list(answer.by_block),
        "within_by_block": list(answer.within_by_block),
        "point": asdict(answer.point),
        "queues": [
            {"prefix": prefix, "within": asdict(own)}
            for prefix, own in zip(prefixes, answer.within_by_queue, strict=True)
        ],
        "windows": [
            {
                "label": window.label,
                "cells": [
                    {"primary": queues_in(primary, hall.queues), "helping": queues_in(helping, hall.queues)}
                    for primary, helping in answer.layout.cells(place)
                ],
            }
            for place, window in enumerate(hall.windows)
        ],
        "entries": [plain_entry(entry) for entry in answer.entries],
    }


def capacity_json(found: Capacity, names: Sequence[str], queues: Sequence[QueueId]) -> dict[str, Any]:
    """Return a capacity answer as plain JSON, in the shape of ``booking.places.schemas.CapacityOut``."""
    return {
        "present": asdict(found.present),
        "offers": [
            {"name": name, **asdict(figures)} for name, figures in zip(names, found.asked, strict=True)
        ],
        "proposed": asdict(found.proposed),
        "proposed_places": {str(queue): list(row) for queue, row in zip(queues, found.found, strict=True)},
        "worth_it": found.worth_it,
    }


def week_day_json(own: DayPlan) -> dict[str, Any]:
    """Return one day of a week as plain JSON, in the shape of ``study_schemas.WeekDayOut``."""
    return {
        "day": own.day.isoformat(),
        "kind": own.kind,
        "reason": own.without.reason if own.without else "",
        "conflicts": conflicts_json(own.without.conflicts if own.without else ()),
        "base_version": own.base_version,
        "entries": [plain_entry(entry) for entry in own.entries],
        "trial": own.trial and trial_json(own.trial),
    }
