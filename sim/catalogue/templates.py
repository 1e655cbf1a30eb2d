"""Reads the hall templates: windows, blocks of the week, starting plan, slots and demand."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.catalogue.shapes import Level, Opening, PlanEntry, PlanRole, SlotPolicy, WindowKind, WindowTemplate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import time

    from sim.catalogue.fields import Fields
    from sim.catalogue.shapes import QueueKind


@dataclass(frozen=True, slots=True)
class Block:
    """A named spell of the week; the union of a template's blocks is its opening hours."""

    name: str
    weekdays: tuple[int, ...]
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class DemandTemplate:
    """As `DemandProfile`, before one hall is made of it; `tickets_low` to `tickets_high` per day.

    `variation` is how far a hall's own queue shares, appointment share and service times may stray,
    as a part of the template's value.
    """

    tickets_low: float
    tickets_high: float
    variation: float
    queue_shares: Mapping[str, float]
    weekday_factors: tuple[float, ...]
    month_end_factor: float
    month_end_days: int
    after_holiday_factor: float
    day_cv: float
    appointment_share: float
    no_show_share: float
    priority_share: float
    patience_minutes: float
    walk_seconds: float


@dataclass(frozen=True, slots=True)
class Template:
    """`taken_over` names queue kinds that another queue of this kind of hall stands in for."""

    name: str
    level: Level
    queues: tuple[str, ...]
    taken_over: Mapping[str, str]
    clerks: int
    slots: SlotPolicy
    blocks: tuple[Block, ...]
    windows: tuple[WindowTemplate, ...]
    plan: tuple[PlanEntry, ...]
    demand: DemandTemplate


def read_template(name: str, row: Fields, queues: Mapping[str, QueueKind]) -> Template:
    """Return one template; whatever its windows, blocks and plan say of each other must agree."""
    level, kinds = row.choice("level", Level), row.texts("queues")
    row.known(kinds, (kind.code for kind in queues.values() if level in kind.levels), f"{level} queue")
    blocks = tuple(_block(code, table) for code, table in row.named_tables("blocks").items())
    max_queues = row.whole("max_queues", 1, 10)
    windows = tuple(window for item in row.tables("windows") for window in _windows(item, kinds, max_queues))
    if len({window.label for window in windows}) != len(windows):
        raise row.refuse("two windows share a label")
    read = Template(
        name=name,
        level=level,
        queues=kinds,
        taken_over=_taken_over(row, kinds, queues),
        clerks=row.whole("clerks", 1, 200),
        slots=_slots(row.table("slots")),
        blocks=blocks,
        windows=windows,
        plan=tuple(entry for item in row.tables("plan") for entry in _plan(item, blocks, windows)),
        demand=_demand(row.table("demand"), kinds),
    )
    row.done()
    _check_plan(row, read)
    return read


def openings_of(blocks: Iterable[Block]) -> tuple[Opening, ...]:
    """Return the open spells per weekday; blocks that touch become one spell."""
    spells: dict[int, list[Opening]] = defaultdict(list)
    for block in sorted(blocks, key=lambda item: item.starts):
        for weekday in block.weekdays:
            day = spells[weekday]
            if day and day[-1].ends == block.starts:
                day[-1] = Opening(weekday, day[-1].starts, block.ends)
            else:
                day.append(Opening(weekday, block.starts, block.ends))
    return tuple(opening for weekday in sorted(spells) for opening in spells[weekday])


def _block(name: str, row: Fields) -> Block:
    days = tuple(int(day) for day in row.numbers("weekdays", 0, 6))
    block = Block(name, days, row.wall_time("starts"), row.wall_time("ends"))
    row.done()
    if not block.starts < block.ends or not days:
        raise row.refuse("a block needs a weekday and must end after it starts")
    return block


def _windows(row: Fields, queues: tuple[str, ...], max_queues: int) -> list[WindowTemplate]:
    labels, kind = row.texts("labels"), row.choice("kind", WindowKind)
    equipment = row.texts("equipment") if kind is WindowKind.DEDICATED else queues
    row.known(equipment, queues, "queue of this hall")
    row.done()
    return [WindowTemplate(label, kind, equipment, max_queues) for label in labels]


def _taken_over(row: Fields, kinds: tuple[str, ...], queues: Mapping[str, QueueKind]) -> dict[str, str]:
    if not row.has("taken_over"):
        return {}
    inner = row.table("taken_over")
    pairs = {kind: inner.text(kind) for kind in queues if inner.has(kind)}
    inner.known(pairs.values(), kinds, "queue of this hall")
    inner.done()
    if set(pairs) & set(kinds):
        raise row.refuse("a hall takes over a queue that it has")
    return pairs


def _slots(row: Fields) -> SlotPolicy:
    slots = SlotPolicy(
        minutes=row.whole("minutes", 5, 120),
        capacity_share=row.number("capacity_share", 0, 1),
        days_ahead=row.whole("days_ahead", 1, 90),
    )
    row.done()
    return slots


def _plan(row: Fields, blocks: tuple[Block, ...], windows: tuple[WindowTemplate, ...]) -> list[PlanEntry]:
    labels, primary = row.texts("windows"), row.texts("primary")
    roles = {code: PlanRole.HELPING for code in row.texts("helping", optional=True)}
    if set(roles) & set(primary):
        raise row.refuse("a queue is both primary and helping")
    roles = {code: PlanRole.PRIMARY for code in primary} | roles
    built = {window.label: window for window in windows}
    named = {block.name: block for block in blocks}
    chosen = row.texts("blocks")
    row.known(labels, built, "window")
    row.known(chosen, named, "block")
    row.done()
    for label in labels:
        row.known(roles, built[label].equipment, f"queue at window {label}")
        if len(roles) > built[label].max_queues:
            raise row.refuse(f"window {label} would serve more than {built[label].max_queues} queues")
    return [
        PlanEntry(label, queue, role, block.weekdays, block.starts, block.ends)
        for block in (named[name] for name in chosen)
        for label in labels
        for queue, role in roles.items()
    ]


def _check_plan(row: Fields, template: Template) -> None:
    for block in template.blocks:
        entries = [e for e in template.plan if (e.weekdays, e.starts) == (block.weekdays, block.starts)]
        if len({(entry.window, entry.queue) for entry in entries}) != len(entries):
            raise row.refuse(f"a window stands twice in the plan of {block.name}")
        if len({entry.window for entry in entries}) > template.clerks:
            raise row.refuse(f"{block.name} opens more windows than there are clerks")
        missing = set(template.queues) - {e.queue for e in entries if e.role is PlanRole.PRIMARY}
        if missing:
            raise row.refuse(f"{block.name} has no primary window for {', '.join(sorted(missing))}")
    for weekday in range(7):
        spells = sorted((b.starts, b.ends) for b in template.blocks if weekday in b.weekdays)
        if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(spells)):
            raise row.refuse(f"blocks overlap on weekday {weekday}")
        if (template.demand.weekday_factors[weekday] > 0) != bool(spells):
            raise row.refuse(f"people come on weekday {weekday} if and only if the hall is open")


def _demand(row: Fields, queues: tuple[str, ...]) -> DemandTemplate:
    low, high = row.numbers("tickets_per_day", 1, 5000)
    shares = row.table("queue_shares")
    read = DemandTemplate(
        tickets_low=low,
        tickets_high=high,
        variation=row.number("variation", 0, 0.5),
        queue_shares={queue: shares.number(queue, 0, 1) for queue in queues},
        weekday_factors=row.numbers("weekday_factors", 0, 3),
        month_end_factor=row.number("month_end_factor", 0.5, 3),
        month_end_days=row.whole("month_end_days", 0, 10),
        after_holiday_factor=row.number("after_holiday_factor", 0.5, 3),
        day_cv=row.number("day_cv", 0, 1),
        appointment_share=row.number("appointment_share", 0, 1),
        no_show_share=row.number("no_show_share", 0, 0.9),
        priority_share=row.number("priority_share", 0, 1),
        patience_minutes=row.number("patience_minutes", 5, 600),
        walk_seconds=row.number("walk_seconds", 1, 600),
    )
    shares.done()
    row.done()
    if abs(sum(read.queue_shares.values()) - 1) > 1e-6:
        raise row.refuse("the queue shares do not sum to 1")
    if len(read.weekday_factors) != 7 or low > high:
        raise row.refuse("seven weekday factors and a rising range of tickets are needed")
    return read
