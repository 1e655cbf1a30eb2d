"""The city's rule is published by the supervisor; what was published stays readable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.no_shows.errors import NoShowRuleChanged
from booking.no_shows.store import rules
from booking.rules.no_shows import NoShowRule
from kernel.audit import note

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall hold from now on; the fields are those of ``NoShowRule``."""

    in_force: bool
    limit: int
    within_days: int
    pause_days: int
    cancel_minutes: int
    answer_days: int


@dataclass(frozen=True, slots=True)
class Version:
    """A published version and who published it."""

    rule: NoShowRule
    by: str


def publish(session: Session, wanted: Wanted, *, after: int, by: Staff, clock: Clock) -> NoShowRule:
    """Publish a version that holds from now on; ``after`` is the version that its author saw, 0 for none.

    It judges what happens from now on; what counted before counts as it did. Raises ``NoShowRuleChanged``.
    """
    now = clock.now()
    before = rules.rule_at(session, now)
    seen = before.version if before else 0
    if seen != after:
        raise NoShowRuleChanged(version=seen)
    values = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    rule = NoShowRule(version=after + 1, published_at=now, **values)
    if not rules.add_rule(session, rule, by=by.id):
        raise NoShowRuleChanged(version=after + 1)
    old = {name: getattr(before, name) for name in values} if before else None
    note(
        session, "no-show-rule.publish", by=by, hall_id=None, at=now, subject=str(rule.version),
        detail={"version": rule.version, "before": old, "after": values},
    )  # fmt: skip
    return rule


def versions(session: Session) -> tuple[Version, ...]:
    """Return all versions, newest first."""
    found = rules.rule_versions(session)
    return tuple(Version(rule, name) for rule, name in found)


def published(session: Session, now: datetime) -> NoShowRule | None:
    """Return the newest version, in force or not; None before the first."""
    return rules.rule_at(session, now)
