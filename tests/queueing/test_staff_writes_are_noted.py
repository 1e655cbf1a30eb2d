"""Whatever staff change about a hall's day stands in its trail: who, when, what was before and after."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from kernel.audit_check import verify
from kernel.audit_tables import AuditRow
from queueing import service
from queueing.errors import NotPossibleNow, PlanChangedMeanwhile
from queueing.plans import feeds
from queueing.plans import service as proposals
from queueing.rules.alerts import AlertKind
from queueing.today.service import acknowledge_alert
from queueing.today.store import raise_alert
from tests.support.proposals import narrow, planned, shown

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

AUDIT = AuditRow.__table__


def trail(database: Database) -> list[tuple[Any, str, dict[str, Any]]]:
    rows = database.read_now(lambda session: session.execute(select(AUDIT).order_by(AUDIT.c.id)).all())
    return [(row.staff_id, row.what, row.detail) for row in rows]


def test_windows_and_alerts(database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> None:
    clerk, window = city.clerks[0], city.windows[0]
    for step in (service.open_window, service.pause_window, service.resume_window, service.close_window):
        database.write_now(step, window, by=clerk, clock=clock)
    with pytest.raises(NotPossibleNow):
        database.write_now(service.close_window, window, by=clerk, clock=clock)
    alert = database.write_now(
        raise_alert, city.hall, clock.now().date(), AlertKind.WINDOW_MISSING, "1", facts={}, at=clock.now()
    )
    database.write_now(acknowledge_alert, alert, done="called Wang", by=city.manager, clock=clock)
    *moves, taken = trail(database)
    assert [(who, what, held["before"], held["after"]) for who, what, held in moves] == [
        (clerk.id, "window.open", "closed", "open"),
        (clerk.id, "window.pause", "open", "paused"),
        (clerk.id, "window.resume", "paused", "open"),
        (clerk.id, "window.close", "open", "closed"),
    ], "what was refused leaves no row"
    assert taken == (city.manager.id, "alert.taken", {"kind": "window_missing", "about": "1"})
    assert not database.read_now(verify, vault=vault).broken


def test_window_plans(database: Database, city: SmallCity, clock: ManualClock) -> None:
    write, by = database.write_now, {"by": city.manager, "clock": clock}
    write(service.publish_plan, city.hall, narrow(city), base_version=1, **by)
    with pytest.raises(PlanChangedMeanwhile):
        write(service.publish_plan, city.hall, narrow(city), base_version=1, **by)
    tomorrow = clock.now() + timedelta(days=1)
    waits = write(service.schedule_plan, city.hall, planned(city), applies_at=tomorrow, base_version=2, **by)
    write(service.cancel_plan, city.hall, waits.version, **by)
    write(service.apply_for_a_day, city.hall, planned(city), day=clock.now().date(), source="manual", **by)
    assert {who for who, _, _ in trail(database)} == {city.manager.id}
    assert [(what, held["version"]) for _, what, held in trail(database)] == [
        ("plan.published", 2), ("plan.scheduled", 3), ("plan.called_off", 3), ("plan.today", 4),
    ]  # fmt: skip
    assert trail(database)[0][2]["before"] == 1


def test_proposals(database: Database, city: SmallCity, clock: ManualClock) -> None:
    by = {"by": city.manager, "clock": clock}
    accepted, declined = shown(database, city, clock), None
    database.write_now(proposals.accept, accepted, **by)
    database.write_now(proposals.rollback, accepted, **by)
    declined = shown(database, city, clock)
    database.write_now(proposals.decline, declined, reason="no staff", **by)
    assert [(what, held.get("before"), held.get("after")) for _, what, held in trail(database)] == [
        ("proposal.asked", None, "computing"),
        ("plan.published", 1, None),
        ("proposal.accept", "shown", "accepted"),
        ("plan.published", 2, None),
        ("proposal.roll_back", "accepted", "rolled_back"),
        ("proposal.asked", None, "computing"),
        ("proposal.decline", "shown", "declined"),
    ]


def test_calendar_links(database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> None:
    feed = database.write_now(feeds.make_feed, "H1", None, by=city.clerks[0], clock=clock, vault=vault)
    database.write_now(feeds.withdraw_feed, "H1", feed.id, by=city.manager, clock=clock)
    assert [(who, what) for who, what, _ in trail(database)] == [
        (city.clerks[0].id, "feed.made"),
        (city.manager.id, "feed.withdrawn"),
    ]
