"""Shifts, breaks and integrated windows as a hall enters them, in both databases and through HTTP."""

from __future__ import annotations

from uuid import uuid4

import pytest

from kernel.ids import StaffId
from queueing.plans.errors import BreakImpossible, ClerkNotOfHall
from queueing.plans.reading import hall_to_plan
from queueing.plans.rules import Rest
from queueing.plans.working_rules import ClerkHours, WorkingRules, look_at_rules, set_rules
from tests.conftest import bearer
from tests.plans.test_proposal_life import TOMORROW


def entered(city):
    return WorkingRules(2, 1.2, (ClerkHours(city.clerks[0].id, (510, 960), Rest(60, 690, 840)),))


def test_what_is_entered_is_kept_and_replaced_as_a_whole(database, city) -> None:
    assert database.read_now(look_at_rules, "H1", by=city.manager) == WorkingRules()
    database.write_now(set_rules, "H1", entered(city), by=city.manager)
    assert database.read_now(look_at_rules, "H1", by=city.manager) == entered(city)
    database.write_now(set_rules, "H1", WorkingRules(), by=city.manager)
    assert database.read_now(look_at_rules, "H1", by=city.manager) == WorkingRules()


def test_plans_are_made_with_what_is_entered(database, city) -> None:
    database.write_now(set_rules, "H1", entered(city), by=city.manager)
    history, _ = database.read_now(hall_to_plan, city.hall, TOMORROW, before=TOMORROW)
    clerk = next(one for one in history.clerks if one.id == city.clerks[0].id)
    assert (clerk.shift, clerk.rest) == ((510, 960), Rest(60, 690, 840))
    assert (history.limits.integrated, history.limits.integrated_pace) == (2, 1.2)
    assert all(one.rest is None for one in history.clerks if one.id != city.clerks[0].id)


@pytest.mark.parametrize(
    ("shift", "rest", "refusal"),
    [((960, 510), None, BreakImpossible), (None, Rest(60, 690, 720), BreakImpossible)],
    ids=["a shift that ends before it begins", "a break without room"],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(database, city, shift, rest, refusal) -> None:
    wrong = WorkingRules(clerks=(ClerkHours(city.clerks[0].id, shift, rest),))
    with pytest.raises(refusal):
        database.write_now(set_rules, "H1", wrong, by=city.manager)
    assert database.read_now(look_at_rules, "H1", by=city.manager) == WorkingRules()


def test_only_the_halls_own_clerks_each_once(database, city) -> None:
    for clerks in (
        (ClerkHours(StaffId(uuid4())),),
        (ClerkHours(city.clerks[0].id), ClerkHours(city.clerks[0].id)),
    ):
        with pytest.raises(ClerkNotOfHall):
            database.write_now(set_rules, "H1", WorkingRules(clerks=clerks), by=city.manager)


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
    answer = await client.put("/api/v1/halls/H1/working-rules", json=body, headers=manager)
    assert (answer.status_code, answer.json()) == (200, body)
    assert (await client.get("/api/v1/halls/H1/working-rules", headers=manager)).json() == body
    assert (await client.put("/api/v1/halls/H1/working-rules", json=body, headers=clerk)).status_code == 403
