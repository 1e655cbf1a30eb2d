"""A scenario's hall as rows of a fresh database: queues, windows, plan, hours, clerks, a kiosk."""

from __future__ import annotations

from datetime import time, timedelta
from functools import reduce
from math import ceil, gcd
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from kernel.tables import HallRow
from queueing.engine.plan import phases_of
from sim.catalogue import (
    Audience,
    Bilingual,
    City,
    DemandProfile,
    HallPlan,
    Level,
    OfferedService,
    Opening,
    PlanEntry,
    PlanRole,
    QueueKind,
    ServiceItem,
    SlotPolicy,
    WindowKind,
    WindowTemplate,
)
from sim.scenario import BadScenario
from sim.seed.floor import add_floor
from sim.seed.ids import new_ids
from sim.seed.people import add_people
from sim.seed.places import add_places
from sim.seed.rows import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlmodel import Session

    from kernel.secrets import Vault
    from queueing.engine.model import HallModel
    from queueing.engine.plan import Plan
    from sim.live.tokens import HallKeys
    from sim.scenario import Scenario

CODE = "load"
ZONE = "Asia/Shanghai"
LONGEST_LABEL = 8
MIDNIGHT = 24 * 60.0
EVERY_WEEKDAY = tuple(range(7))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def add_hall(
    session: Session, scenario: Scenario, *, vault: Vault, at: datetime
) -> tuple[HallKeys, tuple[str, ...]]:
    """Write the hall into an empty, migrated database; return its keys and the queues' ids in order."""
    city = city_of(scenario)
    ids = new_ids(city)
    add_places(session, city, ids, at=at)
    add_floor(session, city, ids, at=at - timedelta(days=1))
    halls, _ = add_people(session, city, ids, vault=vault, at=at)
    own = ids.halls[CODE]
    session.execute(
        update(table_of(HallRow)).where(table_of(HallRow).c.id == own.hall).values(policy=policy_of(scenario))
    )
    return halls[0], tuple(str(own.queues[code]) for code in city.halls[CODE].queues)


def policy_of(scenario: Scenario) -> dict[str, Any]:
    """Return the hall's policy: the scenario's call order, and slots that its bookings fit into."""
    call = scenario.model.policy
    minutes = timedelta(minutes=1)
    return {
        "appointment_credit_minutes": call.appointment_credit / minutes,
        "priority_credit_minutes": call.priority_credit / minutes,
        "grace_minutes": call.grace / minutes,
        "help_limit_minutes": call.help_limit / minutes,
        "slot_minutes": slot_minutes(scenario.model),
        "appointment_share": _share(scenario.model),
        "booking_notice_minutes": 0,
        "check_in_early_minutes": MIDNIGHT,  # the engine lets everybody in who comes after opening
        "hold_minutes": MIDNIGHT,  # a sped-up clock must not end a hold between two requests
        "last_number": 9999,
    }


def slot_minutes(model: HallModel) -> int:
    """Return the longest slot on whose grid every booked start lies: slots begin with each session."""
    steps = [30]
    for queue in model.queues:
        for slot in queue.appointments:
            opens = max(opens for opens, _ in model.sessions if opens <= slot.due_minutes)
            steps.append(int(slot.due_minutes - opens))
    return reduce(gcd, steps)


def _share(model: HallModel) -> float:
    """Return a share of capacity by which even one window takes the fullest slot."""
    most = max((slot.places for queue in model.queues for slot in queue.appointments), default=1)
    longest = max(_minutes(model, index) for index in range(len(model.queues)))
    return float(most + 1) * longest * len(model.queues) / slot_minutes(model)


def _minutes(model: HallModel, queue: int) -> float:
    return model.queues[queue].service.mean + model.walk.mean


def city_of(scenario: Scenario) -> City:
    """Return the scenario's hall as a city of one; raises ``BadScenario`` for what no live hall can do."""
    model = scenario.model
    _check(scenario)
    queues = {
        f"q{index}": QueueKind(
            f"q{index}", LETTERS[index], Bilingual(queue.name, queue.name), frozenset({Level.COUNTY})
        )
        for index, queue in enumerate(model.queues)
    }
    services = {f"s{index}": _service(model, index) for index in range(len(queues))}
    return City(
        zone=ZONE,
        queues=queues,
        departments={},
        papers={},
        services=services,
        themes=(),
        questions={},
        halls={CODE: _hall(scenario, tuple(queues), tuple(services))},
        terminals=(),
    )


def _check(scenario: Scenario) -> None:
    model = scenario.model
    if len(model.queues) > len(LETTERS):
        raise BadScenario(f"a live hall has at most {len(LETTERS)} queues, one letter each")
    if model.closes_minutes >= MIDNIGHT:
        raise BadScenario("a live hall closes before midnight")
    if any(len(name) > LONGEST_LABEL for name in model.windows):
        raise BadScenario(f"a window's sign has at most {LONGEST_LABEL} characters")
    for queue in model.queues:
        for slot in queue.appointments:
            if not any(opens <= slot.due_minutes < closes for opens, closes in model.sessions):
                raise BadScenario(f"queue {queue.name}: an appointment lies outside the sessions")


def _service(model: HallModel, index: int) -> ServiceItem:
    name = Bilingual(model.queues[index].name, model.queues[index].name)
    return ServiceItem(
        code=f"s{index}",
        name=name,
        aliases=(),
        queue=f"q{index}",
        department="",
        audiences=frozenset({Audience.PERSON}),
        levels=frozenset({Level.COUNTY}),
        # An appointment takes as many slots as its minutes; the engine's booked take one place each.
        minutes=min(float(slot_minutes(model)), max(1.0, _minutes(model, index))),
        cv=0.5,
        weight=1.0,
        papers=(),
        online=None,
        done_at_once=True,
        note=Bilingual("", ""),
        four_free=frozenset(),
        related=(),
    )


def _hall(scenario: Scenario, queues: tuple[str, ...], services: tuple[str, ...]) -> HallPlan:
    model = scenario.model
    name = Bilingual(scenario.name, scenario.name)
    return HallPlan(
        code=CODE,
        parent_code=None,
        level=Level.COUNTY,
        name=name,
        place=name,
        area=name,
        lat=22.78,
        lon=115.37,
        datum="WGS-84",
        template="",
        queues=queues,
        offers=tuple(OfferedService(service, queue) for service, queue in zip(services, queues, strict=True)),
        openings=tuple(
            Opening(weekday, _clock(opens), _clock(closes))
            for weekday in EVERY_WEEKDAY
            for opens, closes in model.sessions
        ),
        windows=tuple(
            WindowTemplate(label, WindowKind.INTEGRATED, queues, len(queues)) for label in model.windows
        ),
        plan=tuple(_entries(model, scenario.plan, queues)),
        clerks=len(model.windows),
        slots=SlotPolicy(slot_minutes(model), 1.0, 14),
        demand=_demand(model, queues),
        seed=scenario.seed,
    )


def _entries(model: HallModel, plan: Plan, queues: tuple[str, ...]) -> Iterator[PlanEntry]:
    """Yield the plan's lines; one that ends with a session lasts until the window's next begins.

    The engine lets a window serve whoever is inside when the doors close for lunch; a live window that no
    line covers calls nobody, except after its last one. So the line goes on, and the clerk decides when to
    stop.
    """
    closings = {closes for _, closes in model.sessions}
    for window, label in enumerate(model.windows):
        phases = [phase for phase in phases_of(plan, window) if not phase.rests]
        for place, phase in enumerate(phases):
            ends = phase.to_minutes
            if model.drains and ends in closings and place + 1 < len(phases):
                ends = phases[place + 1].from_minutes
            for queue in sorted(phase.primary | phase.helping):
                role = PlanRole.PRIMARY if queue in phase.primary else PlanRole.HELPING
                yield PlanEntry(
                    label, queues[queue], role, EVERY_WEEKDAY, _clock(phase.from_minutes), _clock(ends)
                )


def _clock(minutes: float) -> time:
    return time(int(minutes) // 60, ceil(minutes) % 60)


def _demand(model: HallModel, queues: tuple[str, ...]) -> DemandProfile:
    """Return the part of the demand that seeding asks for; the people themselves come from the engine."""
    return DemandProfile(
        tickets_per_day=0.0,
        queue_shares=dict.fromkeys(queues, 1.0 / len(queues)),
        weekday_factors=(1.0,) * len(EVERY_WEEKDAY),
        shapes={},
        month_end_factor=1.0,
        month_end_days=0,
        after_holiday_factor=1.0,
        day_cv=0.0,
        appointment_share=0.0,
        no_show_share=0.0,
        priority_share=0.0,
        patience_minutes=MIDNIGHT,
        walk_seconds=model.walk.mean * 60.0,
        service_factor=1.0,
    )
