"""What was not kept is written down once an appointment, if a rule was in force and the hall was there."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from booking.no_shows.pausing import rule_in_force_at
from booking.no_shows.store import facts, halls
from booking.no_shows.telling import told_not_come
from booking.rules.no_shows import NoShowKind, cancel_by, kept_until
from booking.rules.policy import booking_policy
from kernel import catalogue
from queueing.calls import called_anybody

if TYPE_CHECKING:
    from sqlmodel import Session

    from booking import store
    from booking.rules.no_shows import NoShowRule
    from kernel.secrets import Vault

CODE_FIELD = "no_show.reference"


def record_absent(session: Session, own: store.Appointment, *, now: datetime, vault: Vault) -> None:
    """Write that somebody neither came nor cancelled, unless the hall was not there for them.

    It was not where its hours or a declared outage say so, and where from the earliest check-in to the
    end of the day no window called anybody.
    """
    rule = rule_in_force_at(session, own.starts_at)
    if rule is None or not _was_there(session, own):
        return
    calendar = catalogue.calendar(session, own.hall_id)
    early = booking_policy(catalogue.hall(session, own.hall_id).policy).check_in_early
    ends = datetime.combine(calendar.local_day(own.starts_at) + timedelta(days=1), time(), calendar.zone)
    worked = called_anybody(session, own.hall_id, own.starts_at - early, ends)
    if worked and _write(session, own, NoShowKind.ABSENT, rule, now=now, vault=vault):
        told_not_come(session, own.id, own.hall_id, own.starts_at, now=now, vault=vault)


def record_late(
    session: Session, own: store.Appointment, kind: NoShowKind, *, now: datetime, vault: Vault
) -> None:
    """Write that a confirmed appointment was cancelled or moved after the published time, if it was."""
    rule = rule_in_force_at(session, min(now, own.starts_at))
    if rule is None or not _was_there(session, own):
        return
    if now > cancel_by(own.starts_at, own.confirmed_at or own.created_at, rule):
        _write(session, own, kind, rule, now=now, vault=vault)


def counts_if_given_back(session: Session, own: store.Appointment, *, now: datetime) -> bool:
    """Return whether cancelling or moving it now would be written down."""
    rule = rule_in_force_at(session, min(now, own.starts_at))
    booked = own.confirmed_at or own.created_at
    return rule is not None and now > cancel_by(own.starts_at, booked, rule) and _was_there(session, own)


def _was_there(session: Session, own: store.Appointment) -> bool:
    calendar = catalogue.calendar(session, own.hall_id)
    return calendar.is_open(own.starts_at) and not halls.in_outage(session, own.hall_id, own.starts_at)


def _write(
    session: Session,
    own: store.Appointment,
    kind: NoShowKind,
    rule: NoShowRule,
    *,
    now: datetime,
    vault: Vault,
) -> bool:
    """Write it; False where it is written already, or nobody is left against whom it could count."""
    phone_hash = facts.phone_hash_of(session, own.id)
    if phone_hash is None:  # erased meanwhile
        return False
    written = facts.add_no_show(
        session,
        appointment_id=own.id,
        hall_id=own.hall_id,
        starts_at=own.starts_at,
        kind=kind,
        rule_version=rule.version,
        recorded_at=now,
        forget_at=kept_until(own.starts_at, rule),
        phone_hash=phone_hash,
        code_hash=vault.digest(own.code, field=CODE_FIELD),
    )
    return written is not None
