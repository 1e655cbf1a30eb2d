"""Shifts, breaks and integrated windows as a hall enters them, in both databases and through HTTP."""

from __future__ import annotations

from uuid import uuid4

import pytest

from kernel.audit import lines_of
from kernel.ids import StaffId
from queueing.plans.errors import BreakImpossible, ClerkNotOfHall
from queueing.plans.reading import hall_to_plan
from queueing.plans.rules import Rest
from queueing.plans.working_rules import ClerkHours, WorkingRules, look_at_rules, plain_rules, set_rules
from queueing.setup.errors import SetupChangedMeanwhile
from queueing.setup.rules import fingerprint
from tests.conftest import bearer
from tests.support.proposals import TOMORROW


def entered(city):
    return WorkingRules(2, 1.2, (ClerkHours(city.clerks[0].id, (510, 960), Rest(60, 690, 840)),))


def enter(database, city, clock, rules: WorkingRules) -> WorkingRules:
    base = fingerprint(plain_rules(database.read_now(look_at_rules, "H1", by=city.manager)))
    return database.write_now(set_rules, "H1", rules, base=base, by=city.manager, clock=clock)


def test_what_is_entered_is_kept_and_replaced_as_a_whole(database, city, clock) -> None:
    assert database.read_now(look_at_rules, "H1", by=city.manager) == WorkingRules()
    enter(database, city, clock, entered(city))
    assert database.read_now(look_at_rules, "H1", by=city.manager) == entered(city)
    enter(database, city, clock, WorkingRules())
    assert database.read_now(look_at_rules, "H1", by=city.manager) == WorkingRules()


def test_plans_are_made_with_what_is_entered(database, city, clock) -> None:
    enter(database, city, clock, entered(city))
    history, _ = database.read_now(hall_to_plan, city.hall, TOMORROW, before=TOMORROW)
    clerk = next(one for one in history.clerks if one.id == city.clerks[0].id)
    assert (clerk.shift, clerk.rest) == ((510, 960), Rest(60, 690, 840))
    assert (history.limits.integrated, history.limits.integrated_pace) == (2, 1.2)
    assert all(one.rest is None for one in history.clerks if one.id != city.clerks[0].id)


@pytest.mark.parametrize(
    ("shift", "rest", "refusal"),
    [
        ((960, 510), None, BreakImpossible),
        (None, Rest(60, 690, 720), BreakImpossible),
        ((540, 1020), Rest(60, 480, 570), BreakImpossible),
    ],
    ids=["a shift that ends before it begins", "a break without room", "a break outside the shift"],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    database, city, clock, shift, rest, refusal
) -> None:
    wrong = WorkingRules(clerks=(ClerkHours(city.clerks[0].id, shift, rest),))
    with pytest.raises(refusal):
        enter(database, city, clock, wrong)
    assert database.read_now(look_at_rules, "H1", by=city.manager) == WorkingRules()


def test_only_the_halls_own_clerks_each_once(database, city, clock) -> None:
    for clerks in (
        (ClerkHours(StaffId(uuid4())),),
        (ClerkHours(city.clerks[0].id), ClerkHours(city.clerks[0].id)),
    ):
        with pytest.raises(ClerkNotOfHall):
            enter(database, city, clock, WorkingRules(clerks=clerks))


def test_a_draft_on_old_rules_is_refused_and_the_trail_says_who_changed_them(database, city, clock) -> None:
    stale = fingerprint(plain_rules(WorkingRules()))
    enter(database, city, clock, entered(city))
    with pytest.raises(SetupChangedMeanwhile):
        database.write_now(set_rules, "H1", WorkingRules(), base=stale, by=city.manager, clock=clock)
    assert database.read_now(look_at_rules, "H1", by=city.manager) == entered(city)
    (line,) = database.read_now(lines_of, city.hall, prefix="setup.", limit=5)
    assert (line.what, line.who, line.detail["after"]["breaks"]) == ("setup.working_rules", "Manager", 1)


async def test_a_manager_sets_the_rules_over_http_and_a_clerk_may_not(client, city) -> None:
    body = {
        "integrated": 1,
        "integrated_pace": 1.15,
        "clerks": [
            {
                "staff_id": str(city.clerks[0].id),
                "shift": None,
                "rest": {"minutes": 60, "from_minute": 690, "to_minute": 840},
            }
        ],
    }
    manager, clerk = bearer(city.tokens["manager"]), bearer(city.tokens["clerk1"])
    before = await client.get("/api/v1/halls/H1/working-rules", headers=manager)
    body["base"] = before.json()["base"]
    answer = await client.put("/api/v1/halls/H1/working-rules", json=body, headers=manager)
    assert (answer.status_code, answer.json()) == (200, body | {"base": answer.json()["base"]})
    held = await client.get("/api/v1/halls/H1/working-rules", headers=manager)
    assert held.json() == answer.json()
    assert (await client.put("/api/v1/halls/H1/working-rules", json=body, headers=clerk)).status_code == 403
    late = await client.put(
        "/api/v1/halls/H1/working-rules", json=body, headers=bearer(city.tokens["manager"])
    )
    assert late.json()["code"] == "setup-changed-meanwhile"
