"""A scenario as the text of its TOML file: what ``sim.scenario`` reads back as the same scenario."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, sqrt
from typing import TYPE_CHECKING

from queueing.engine.distribution import Kind
from queueing.engine.plan import phases_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from queueing.engine import Distribution, HallModel, Plan, QueueModel


@dataclass(frozen=True, slots=True)
class ScenarioText:
    """What stands in the file beside the hall: its heading as comments, its name, seed and days."""

    comments: Sequence[str]
    name: str
    seed: int = 1
    days: int = 60


def scenario_toml(text: ScenarioText, model: HallModel, plan: Plan) -> str:
    """Return the file. Pools and pace by window are not part of scenarios and are left out."""
    lines = [f"# {line}" for line in text.comments]
    lines += [f"name = {_text(text.name)}", f"seed = {text.seed}", f"days = {text.days}", "", *_hall(model)]
    lines += _policy(model)
    for queue in model.queues:
        lines += _queue(queue, [other.name for other in model.queues])
    for index, name in enumerate(model.windows):
        lines += _window(model, plan, index, name)
    return "\n".join(lines) + "\n"


def _hall(model: HallModel) -> Iterator[str]:
    yield "[hall]"
    spans = ", ".join(f'["{_clock(begins)}", "{_clock(ends)}"]' for begins, ends in model.sessions)
    yield f"sessions = [{spans}]"
    yield f"interval_minutes = {_number(model.interval_minutes)}"
    yield f"day_cv = {_number(model.day_cv)}"
    yield f"walk = {_distribution(model.walk)}"
    yield f"missed_minutes = {_number(model.missed_minutes)}"
    yield f"setup_minutes = {_number(model.setup_minutes)}"
    if model.list_pace:
        yield f"list_pace = {_numbers(model.list_pace)}"
    yield f"drains = {str(model.drains).lower()}"
    yield f"full_breaks = {str(model.full_breaks).lower()}"
    yield f"target_minutes = {_number(model.target_minutes)}"
    yield ""


def _policy(model: HallModel) -> Iterator[str]:
    yield "[policy]"
    for name in ("appointment_credit", "priority_credit", "grace", "help_limit"):
        yield f"{name}_minutes = {_number(getattr(model.policy, name).total_seconds() / 60)}"


def _queue(queue: QueueModel, names: Sequence[str]) -> Iterator[str]:
    yield ""
    yield "[[queue]]"
    yield f"name = {_text(queue.name)}"
    yield f"walk_ins_per_interval = {_numbers(queue.walk_ins_per_interval)}"
    yield f"service = {_distribution(queue.service)}"
    yield f"day_cv = {_number(queue.day_cv)}"
    if queue.patience is not None:
        yield f"patience = {_distribution(queue.patience)}"
    for name in ("priority_share", "missed_share", "no_show_share"):
        if getattr(queue, name):
            yield f"{name} = {_number(getattr(queue, name))}"
    if queue.transfers:
        shares = ", ".join(f"{_text(names[to])} = {_number(share)}" for to, share in queue.transfers.items())
        yield f"transfers = {{{shares}}}"
    if queue.appointments:
        yield f"punctuality = {_distribution(queue.punctuality)}"
    for slot in queue.appointments:
        yield from ("[[queue.appointments]]", f'at = "{_clock(slot.due_minutes)}"', f"places = {slot.places}")


def _window(model: HallModel, plan: Plan, index: int, name: str) -> Iterator[str]:
    phases = phases_of(plan, index)
    yield from ("", "[[window]]", f"name = {_text(name)}")
    rests = [phase for phase in phases if phase.rests]
    if rests:
        spans = ", ".join(f'["{_clock(one.from_minutes)}", "{_clock(one.to_minutes)}"]' for one in rests)
        yield f"breaks = [{spans}]"
    for phase in phases:
        if not phase.rests:
            yield "[[window.shift]]"
            yield f'from = "{_clock(phase.from_minutes)}"'
            yield f'to = "{_clock(phase.to_minutes)}"'
            for key, queues in (("serves", phase.primary), ("helps", phase.helping)):
                if queues:
                    listed = ", ".join(_text(model.queues[queue].name) for queue in sorted(queues))
                    yield f"{key} = [{listed}]"


def _distribution(distribution: Distribution) -> str:
    zero = f", zero_share = {_number(distribution.zero_share)}" if distribution.zero_share else ""
    if distribution.kind is Kind.LOGNORMAL:
        mean = exp(distribution.first + distribution.second**2 / 2)
        cv = sqrt(expm1(distribution.second**2))
        return f"{{mean = {_number(mean)}, cv = {_number(cv)}}}"
    if distribution.kind is Kind.EXPONENTIAL:
        return f"{{exponential = {_number(distribution.first)}{zero}}}"
    if distribution.kind is Kind.NORMAL:
        return f"{{normal_mean = {_number(distribution.first)}, normal_sd = {_number(distribution.second)}}}"
    if distribution.kind is Kind.EMPIRICAL:
        return f"{{values = {_numbers(distribution.table)}}}"
    if distribution.kind is Kind.CONSTANT:
        return f"{{constant = {_number(distribution.first)}}}"
    raise ValueError("a scenario file has no words for whole units drawn from a table")


def _numbers(values: Sequence[float]) -> str:
    return f"[{', '.join(map(_number, values))}]"


def _number(value: float) -> str:
    return f"{value:.6g}" if abs(value) < 1e6 and (value == 0 or abs(value) > 1e-4) else repr(float(value))


def _clock(minutes: float) -> str:
    return f"{int(minutes // 60):02d}:{int(minutes % 60):02d}"


def _text(value: str) -> str:
    """Return a basic TOML string; quotes, backslashes and control characters escaped."""
    escaped = "".join(
        f"\\u{ord(one):04x}" if ord(one) < 32 or ord(one) == 127 else f"\\{one}" if one in '"\\' else one
        for one in value
    )
    return f'"{escaped}"'
