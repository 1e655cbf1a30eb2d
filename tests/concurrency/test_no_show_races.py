"""Two deciders of one appeal, two appeals, two bookings by one exception; each with its twin unguarded.

On SQLite the twins go behind the single writer, on connections of their own: behind it naive code
cannot fail.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Event
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, text, update

from booking.no_shows import excusing, helping
from booking.no_shows.appealing import NoShowView, Proof
from booking.no_shows.deciding import AppealCase
from booking.no_shows.errors import (
    AppealDecided,
    AppealedAlready,
    BookingPaused,
    NoShowRuleChanged,
    NotPaused,
)
from booking.no_shows.store import facts, halls, rules
from booking.no_shows.tables import NoShowAppealRow, NoShowExceptionRow, NoShowRuleRow
from booking.rules.no_shows import AppealAction, NoShowRule
from booking.service import AppointmentView
from kernel.ids import uuid7
from kernel.inserting import insert_into
from tests.booking.booking_city import PHONES, build_city
from tests.no_shows.absentees import THREE, Absentees
from tests.support.races import answers_of, behind_the_writer

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

ROUNDS = 6
DOES = (AppealAction.UPHOLD, AppealAction.REJECT)
appeals, leave = NoShowAppealRow.__table__, NoShowExceptionRow.__table__  # type: ignore[attr-defined]


@pytest.fixture
def absentees(database: Database, clock: ManualClock, vault: Vault) -> Absentees:
    made = Absentees(database, clock, vault, database.write_now(build_city))
    made.publish()
    return made


@pytest.mark.slow
def test_nobody_decides_an_appeal_twice(absentees: Absentees) -> None:
    deciders = (absentees.manager, absentees.supervisor)
    for number in range(ROUNDS):
        absentees.appeal(Proof(absentees.miss(number).token))
        (case,) = absentees.appeals().appeals
        found = answers_of(lambda n, own=case.id: absentees.decide(own, DOES[n], "看过了", by=deciders[n]))
        (done,) = [each for each in found if isinstance(each, AppealCase)]
        assert sum(isinstance(each, AppealDecided) for each in found) == 1, found
        forgiven = [row for row in absentees.written() if row.status == "forgiven"]
        upheld = [own for own in absentees.appeals(decided=True).appeals if own.status == "upheld"]
        assert len(forgiven) == len(upheld), "a no-show is forgiven exactly where its appeal is upheld"
        assert done.status == ("upheld" if isinstance(found[0], AppealCase) else "rejected")


def test_without_the_lock_an_appeal_is_upheld_and_rejected(absentees: Absentees) -> None:
    absentees.appeal(Proof(absentees.miss().token))
    (case,) = absentees.appeals().appeals
    both_looked = Barrier(2)
    becomes = ("upheld", "rejected")

    def naive(number: int) -> str:
        def unit(session: Session) -> str:
            status = session.execute(select(appeals.c.status).where(appeals.c.id == case.id)).scalar_one()
            session.commit()
            both_looked.wait(5)
            session.execute(update(appeals).where(appeals.c.id == case.id).values(status=becomes[number]))
            return str(status)

        return str(behind_the_writer(absentees.database, unit))

    assert answers_of(naive) == ["open", "open"]


@pytest.mark.slow
def test_an_outage_and_a_decision_come_one_after_the_other(absentees: Absentees) -> None:
    """Both lock the no-show first; in opposite order they would wait for each other."""
    for number in range(ROUNDS):
        booked = absentees.miss(number)
        absentees.appeal(Proof(booked.token))
        (case,) = absentees.appeals().appeals
        (row,) = [own for own in absentees.written() if own.status == "counts"]
        found = answers_of(
            lambda n, own=case.id, of=row.id: (
                absentees.excuse(of)
                if n
                else absentees.decide(own, AppealAction.UPHOLD, by=absentees.supervisor)
            )
        )
        assert sum(isinstance(each, Exception) for each in found) == 1, found
        assert not absentees.appeals().appeals


def test_two_devices_write_one_appeal(absentees: Absentees) -> None:
    for number in range(ROUNDS):
        booked = absentees.miss(number)
        proofs = (Proof(booked.token), Proof(phone=PHONES[number], reference=booked.appointment.code))
        found = answers_of(lambda n, own=proofs: absentees.appeal(own[n]))
        assert sum(isinstance(each, NoShowView) for each in found) == 1, found
        assert sum(isinstance(each, AppealedAlready) for each in found) == 1, found
        assert len(absentees.rows(NoShowAppealRow)) == number + 1


def test_without_lock_and_key_there_are_two_appeals(absentees: Absentees) -> None:
    absentees.miss()
    (row,) = absentees.written()
    with absentees.database.engine.begin() as connection:
        connection.execute(text("DROP INDEX no_show_appeal_of"))
    both_looked = Barrier(2)

    def naive(_number: int) -> bool:
        def unit(session: Session) -> bool:
            found = session.execute(select(appeals.c.id).where(appeals.c.no_show_id == row.id)).all()
            session.commit()
            both_looked.wait(5)
            if found:
                return False
            at = absentees.clock.now()
            session.execute(
                insert(appeals).values(
                    **{"id": uuid7(), "no_show_id": row.id, "hall_id": row.hall_id, "status": "open"},
                    **{"opened_at": at, "due_at": at},
                )
            )
            return True

        return bool(behind_the_writer(absentees.database, unit))

    assert answers_of(naive) == [True, True]


def paused_with_leave(absentees: Absentees) -> None:
    for _ in range(3):
        absentees.miss()
    absentees.at_hall(helping.grant_exception, PHONES[0], "替老人预约")


def test_two_desks_give_one_leave_to_book(absentees: Absentees) -> None:
    for _ in range(3):
        absentees.miss()
    found = answers_of(lambda _: absentees.at_hall(helping.grant_exception, PHONES[0], "替老人预约"))
    assert sum(isinstance(each, helping.Leave) for each in found) == 1, found
    assert sum(isinstance(each, NotPaused) for each in found) == 1, found
    assert len(absentees.rows(NoShowExceptionRow)) == 1


def test_without_the_lock_of_the_person_two_desks_give_two(
    absentees: Absentees, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        absentees.miss()
    both_looked, pause_of = Barrier(2), helping.pause_of  # type: ignore[attr-defined]

    def look(session: Session, person: bytes, **asked: Any) -> Any:
        pause = pause_of(session, person, **asked)
        both_looked.wait(5)
        return pause

    monkeypatch.setattr(facts, "lock_person", lambda *_: None)
    monkeypatch.setattr(helping, "pause_of", look)
    monkeypatch.setattr(helping, "note", lambda *_, **__: None)  # the trail's own key would stop one of them
    own = {"by": absentees.manager, "clock": absentees.clock, "vault": absentees.vault}

    def naive(_: int) -> Any:
        def unit(session: Session) -> Any:
            return helping.grant_exception(session, "city", PHONES[0], "替老人预约", **own)

        return behind_the_writer(absentees.database, unit)

    found = answers_of(naive)
    assert all(isinstance(each, helping.Leave) for each in found), found
    assert len(absentees.rows(NoShowExceptionRow)) == 2


def test_an_exception_lets_book_once(absentees: Absentees) -> None:
    paused_with_leave(absentees)
    start = absentees.next_start()
    # In two halls: what one hall's lock keeps apart is not what is asked here.
    held = [
        absentees.hold(start, hall=hall, number=number).token for number, hall in enumerate(("city", "town"))
    ]
    found = answers_of(lambda n: absentees.confirm(held[n]))
    assert sum(isinstance(each, AppointmentView) for each in found) == 1, found
    assert sum(isinstance(each, BookingPaused) for each in found) == 1, found


def test_without_the_lock_an_exception_is_used_twice(absentees: Absentees) -> None:
    paused_with_leave(absentees)
    both_looked = Barrier(2)

    def naive(_number: int) -> bool:
        def unit(session: Session) -> bool:
            found = session.execute(select(leave.c.id).where(leave.c.used_at.is_(None))).scalar_one_or_none()
            session.commit()
            both_looked.wait(5)
            if found is None:
                return False
            session.execute(update(leave).where(leave.c.id == found).values(used_at=absentees.clock.now()))
            return True

        return bool(behind_the_writer(absentees.database, unit))

    assert answers_of(naive) == [True, True]


def test_two_supervisors_publish_one_version_after_the_same(absentees: Absentees) -> None:
    found = answers_of(lambda _: absentees.publish(THREE, after=1))
    assert sum(isinstance(each, NoShowRuleChanged) for each in found) == 1, found


def test_where_the_later_version_replaces_the_other_one_supervisor_is_told_a_rule_that_never_holds(
    absentees: Absentees,
) -> None:
    both_looked = Barrier(2)

    def naive(number: int) -> int:
        def unit(session: Session) -> int:
            now = absentees.clock.now()
            before = rules.rule_at(session, now)
            assert before is not None
            session.commit()
            both_looked.wait(5)
            own = replace(before, version=before.version + 1, limit=4 + number, published_at=now)
            values = {name: getattr(own, name) for name in NoShowRule.__dataclass_fields__}
            written = insert_into(session, rules.rules).values(**values)
            session.execute(written.on_conflict_do_update(index_elements=["version"], set_=values))
            return own.limit

        return int(behind_the_writer(absentees.database, unit))

    assert answers_of(naive) == [4, 5]  # both are told that theirs holds
    assert [row.limit for row in absentees.rows(NoShowRuleRow) if row.version == 2] in ([4], [5])


def not_come(absentees: Absentees, number: int) -> tuple[Any, Any]:
    """Return the span of an appointment that nobody came to, with the next day begun and not rolled over."""
    start = absentees.next_start()
    absentees.clock.set(start - timedelta(hours=20))
    absentees.book(start, number=number)
    absentees.worked(start)
    absentees.clock.set(start + timedelta(hours=14))
    return start - timedelta(hours=1), start + timedelta(hours=1)


@pytest.mark.slow
def test_an_outage_that_is_declared_while_the_day_rolls_over_lets_nothing_count(
    absentees: Absentees, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day has asked for outages, found none and has not written yet when one is declared."""
    span = not_come(absentees, 0)
    asked, look = Event(), halls.in_outage

    def look_and_linger(*args: Any) -> bool:
        found = look(*args)
        asked.set()
        sleep(0.4)
        return found

    monkeypatch.setattr(halls, "in_outage", look_and_linger)

    def declare_or_roll_over(number: int) -> Any:
        if number == 0:
            return absentees.roll_over()
        assert asked.wait(5)
        return absentees.at_hall(excusing.declare_outage, *span, "断网")

    found = answers_of(declare_or_roll_over)
    assert not any(isinstance(each, Exception) for each in found), found
    assert [row.status for row in absentees.written()] == ["excused"]


def test_without_the_halls_lock_it_counts_in_spite_of_the_outage(absentees: Absentees) -> None:
    begins_at, ends_at = not_come(absentees, 0)
    hall_id = absentees.city.halls["city"]
    at = begins_at + timedelta(hours=1)
    both_looked = Barrier(2)

    def rolls_over(session: Session) -> bool:
        seen = halls.in_outage(session, hall_id, at)
        session.commit()
        both_looked.wait(5)
        written = facts.add_no_show(
            session, appointment_id=None, hall_id=hall_id, starts_at=at, kind="absent", rule_version=1,
            recorded_at=at, forget_at=at, phone_hash=b"p" * 32, code_hash=None,
        )  # fmt: skip
        return not seen and written is not None

    def declares(session: Session) -> bool:
        against = facts.lock_counting(session, hall_id, begins_at, ends_at)
        session.commit()
        both_looked.wait(5)
        halls.add_outage(
            session, hall_id=hall_id, begins_at=begins_at, ends_at=ends_at, reason="断网", declared_at=at,
            declared_by=absentees.manager.id, excused=0,
        )  # fmt: skip
        return not against

    units = (rolls_over, declares)
    assert answers_of(lambda n: behind_the_writer(absentees.database, units[n])) == [True, True]
    assert [row.status for row in absentees.written()] == ["counts"]
