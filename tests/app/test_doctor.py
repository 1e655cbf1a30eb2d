"""``jinban doctor`` says what is wrong, of each thing that can be, and changes and shows nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from app.doctor import database as looks
from app.doctor import halls
from app.doctor.findings import Level, exit_code
from app.schema import revisions
from booking.messages.tables import MessageRow
from kernel import jobs
from kernel.audit import note
from kernel.audit_chain import rows as trail
from kernel.clock import SystemClock
from kernel.identity_tables import DeviceRow
from kernel.ids import uuid7
from kernel.secrets import new_key
from kernel.settings import MessageSettings
from kernel.tables import ClosureRow, HallClockRow, HallRow, OpeningHoursRow
from kernel.work_tables import JobRow, OutboxRow
from queueing.screens.tables import ScreenRow
from queueing.sealing import seal_log
from queueing.store.ticket_writes import log
from queueing.tables import TicketRow
from queueing.unserved import uncovered
from queueing.window_tables import PlanEntryRow
from tests.app.test_commands import Command
from tests.conftest import MORNING
from tests.displays_staff.test_staff_city import made_up, write_past
from tests.queueing.test_ticket_day import issue
from tests.support.migrations import downgrade
from tests.support.patient import Patient, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


@pytest.fixture
def patient(database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> Patient:
    return Patient(database, city, clock, vault)


def test_a_city_that_is_well_is_told_so_and_nothing_is_written(patient: Patient) -> None:
    before = dump(patient.database)
    found = patient.found()
    # The tests' keys are examples, their clock stands on a day of its own, and that year's end is near.
    odd = {"keys", "cookies", "clock", "holidays"}
    assert {what: own for what, own in found.items() if what not in odd and own.level is not Level.OK} == {}
    assert set(found) >= {
        *("database", "schema", "integrity", "hall clocks", "time zones", "worker", "events", "messages"),
        *("devices", "opening hours", "window plans", "waits", "audit trail", "ticket log", "disk", "backup"),
        *("bus", *odd),
    }
    assert dump(patient.database) == before


def dump(database: Database) -> dict[str, list[str]]:
    """Return every row of every table."""
    with database.engine.connect() as connection:
        tables = TicketRow.metadata.sorted_tables
        return {own.name: sorted(map(str, connection.execute(select(own)))) for own in tables}


def test_the_doctor_could_not_write_if_it_tried(patient: Patient) -> None:
    with looks.reading(patient.settings().database_url) as session, pytest.raises(DBAPIError):
        session.execute(update(table(HallRow)).values(code="X"))


# --- what can be wrong with a city -------------------------------------------------------------------


def clock_ahead(patient: Patient, by: timedelta) -> None:
    patient.write(update(table(HallClockRow)).values(ticked_at=patient.clock.now() + by))


def job(patient: Patient, **values: Any) -> None:
    due = patient.clock.now() - values.pop("due", timedelta())
    patient.database.write_now(jobs.enqueue, "learn_waits", {}, at=due)
    if values:
        patient.write(update(table(JobRow)).values(**values))


def event(patient: Patient, age: timedelta) -> None:
    issue(patient.database, patient.city, patient.vault, patient.clock)
    patient.write(update(table(OutboxRow)).values(at=patient.clock.now() - age, published_at=None))


def closed(patient: Patient) -> None:
    today = patient.clock.now().date()
    days = [{"hall_id": patient.city.other_hall, "day": today + timedelta(days=n)} for n in range(14)]
    patient.write(insert(table(ClosureRow)), [{**own, "reason_zh": "", "reason_en": ""} for own in days])


def no_hours(patient: Patient) -> None:
    own = table(OpeningHoursRow)
    patient.write(delete(own).where(own.c.hall_id == patient.city.other_hall))


def no_window(patient: Patient) -> None:
    own = table(PlanEntryRow)
    patient.write(delete(own).where(own.c.queue_id == patient.city.queue_b))


def early_window(patient: Patient) -> None:
    own = table(PlanEntryRow)
    patient.write(update(own).where(own.c.queue_id == patient.city.other_queue).values(to_minute=1000))


def history(patient: Patient) -> None:
    write_past(patient.database, patient.city, made_up(patient.city, seed=1))


def altered_row(patient: Patient) -> None:
    patient.database.write_now(
        note, "look.hall", by=patient.city.manager, hall_id=patient.city.hall, at=patient.clock.now()
    )
    patient.write(update(trail).values(subject="other"))


def altered_log(patient: Patient) -> None:
    issue(patient.database, patient.city, patient.vault, patient.clock)
    patient.clock.advance(timedelta(days=1))
    sealed = {"clock": patient.clock, "vault": patient.vault}
    patient.database.write_now(seal_log, patient.city.hall, **sealed)
    patient.write(update(log).values(role="manager"))


def unheard(patient: Patient) -> None:
    patient.write(update(table(DeviceRow)).values(heard_at=patient.clock.now() - timedelta(days=1)))


def clock_off(patient: Patient) -> None:
    devices = table(DeviceRow)
    found = select(devices.c.id, devices.c.hall_id).where(devices.c.kind == "lobby")
    own: Any = patient.database.read_now(lambda session: session.execute(found).one())
    at = patient.clock.now()
    said = {"sound": "voice", "sound_since": at, "heard_at": at, "left_at": None, "drift_ms": -4000}
    patient.write(
        insert(table(ScreenRow)).values(device_id=own.id, hall_id=own.hall_id, link=uuid7(), **said)
    )


HOUR = timedelta(hours=1)
ILLS: dict[str, tuple[str, Callable[[Patient], None], Level, str]] = {
    "an old schema": (
        "schema", lambda p: downgrade(p.database, revisions()[-2]), Level.BROKEN, revisions()[-2]
    ),
    "a hall in the future": (
        "hall clocks", lambda p: clock_ahead(p, HOUR), Level.BROKEN, "ahead by up to 3600 s: H1, H2, T1"
    ),
    "a hall a little ahead": ("hall clocks", lambda p: clock_ahead(p, HOUR / 300), Level.LOOK, "12 s"),
    "a zone nobody knows": (
        "time zones", lambda p: p.write(update(table(HallRow)).values(timezone="Asia/Nowhere")),
        Level.BROKEN, "Asia/Nowhere",
    ),
    "a worker that died": ("worker", lambda p: job(p, due=2 * HOUR), Level.BROKEN, "due for 2 h"),
    "a worker that is late": ("worker", lambda p: job(p, due=HOUR / 3), Level.LOOK, "due for 20 min"),
    "a job that failed": ("worker", lambda p: job(p, status="failed"), Level.LOOK, "learn_waits"),
    "a job that hangs": (
        "worker", lambda p: job(p, status="running", started_at=p.clock.now() - HOUR), Level.LOOK, "1 jobs"
    ),
    "a relay that died": ("events", lambda p: event(p, HOUR), Level.BROKEN, "the oldest for 60 min"),
    "a relay that is late": ("events", lambda p: event(p, HOUR / 60), Level.LOOK, "the oldest for 60 s"),
    "a silent kiosk": ("devices", unheard, Level.LOOK, "H1 kiosk (kiosk), H1 lobby (lobby)"),
    "a screen whose clock is off": ("screen clocks", clock_off, Level.LOOK, "H1 lobby lobby -4.0 s"),
    "a hall without hours": ("opening hours", no_hours, Level.BROKEN, "no hours at all: H2"),
    "a hall that is shut": ("opening hours", closed, Level.LOOK, "none of the next 14 days: H2"),
    "no hall": (
        "opening hours", lambda p: p.write(update(table(HallRow)).values(kind="terminal")), Level.LOOK,
        "no halls",
    ),
    "a queue without a window": ("window plans", no_window, Level.BROKEN, "H1 B Mon"),
    "a window closed early": ("window plans", early_window, Level.LOOK, "H2 A Mon (50 min)"),
    "waits learned long ago": ("waits", history, Level.LOOK, "H1, H2"),
    "a trail that was altered": ("audit trail", altered_row, Level.BROKEN, "altered"),
    "a log that was altered": ("ticket log", altered_log, Level.BROKEN, "2026-11-18 is not what was sealed"),
    "holidays that nobody announced": ("holidays", lambda _: None, Level.LOOK, "until 2026-12-31 only"),
}  # fmt: skip


@pytest.mark.parametrize("ill", ILLS)
@pytest.mark.slow
def test_each_ill_is_told_and_how_bad_it_is(patient: Patient, ill: str) -> None:
    what, make, level, words = ILLS[ill]
    make(patient)
    patient.bear_out(what, level, words)


def test_messages_that_do_not_go_out_are_told(patient: Patient) -> None:
    gateway = MessageSettings(kind="http", origin="http://queue.example", url="http://gateway.example")
    due = patient.clock.now() - timedelta(minutes=30)
    row = {
        "id": uuid7(), "subject": uuid7(), "hall_id": patient.city.hall, "kind": "booked", "occurrence": "",
        "status": "planned", "reason": "", "parts": 1, "planned_at": due,
        "not_after": due + timedelta(days=1), "counted": False, "attempts": 0,
    }  # fmt: skip
    patient.write(insert(table(MessageRow)), row)
    found = patient.found(messages=gateway)
    assert (found["messages"].level, found["links in messages"].level) == (Level.LOOK, Level.LOOK)
    assert "1 wait, the oldest for 30 min" in found["messages"].seen
    patient.clock.advance(timedelta(hours=2))
    assert patient.found(messages=gateway)["messages"].level is Level.BROKEN


def test_a_city_that_only_logs_its_messages_is_told_so(patient: Patient) -> None:
    found = patient.found(messages=MessageSettings(kind="log", origin="https://queue.example"))["messages"]
    assert found.level is Level.LOOK
    assert "they only leave a line in the log" in found.seen


def test_a_device_is_silent_by_its_halls_opening_and_not_by_the_clock(patient: Patient) -> None:
    patient.clock.set(datetime(2026, 11, 20, 17, 0, tzinfo=MORNING.tzinfo))  # a Friday
    patient.write(update(table(DeviceRow)).values(heard_at=patient.clock.now()))
    patient.clock.set(datetime(2026, 11, 23, 8, 45, tzinfo=MORNING.tzinfo))
    assert patient.found()["devices"].level is Level.OK
    patient.clock.advance(timedelta(minutes=20))
    assert patient.found()["devices"].level is Level.LOOK


def test_this_years_holidays_are_known_in_its_first_months() -> None:
    assert halls.holidays(datetime(2026, 3, 1, tzinfo=UTC)).level is Level.OK


@pytest.mark.parametrize(("apart", "level"), [(0, Level.OK), (6, Level.LOOK), (90, Level.BROKEN)])
def test_a_clock_that_differs_from_the_databases_is_told(
    database: Database, apart: int, level: Level
) -> None:
    url = database.url.render_as_string(hide_password=False)
    with looks.reading(url) as session:
        machine = SystemClock().now() + timedelta(seconds=apart)
        assert looks.clock(session, machine).level is level


# --- the trail of the last days, the plan, the command -------------------------------------------------


def test_only_the_last_days_of_the_trail_are_walked(patient: Patient) -> None:
    for number in range(6):
        patient.database.write_now(
            note, "look.hall", by=patient.city.manager, hall_id=patient.city.hall, at=patient.clock.now(),
            subject=f"{number}",
        )  # fmt: skip
        patient.clock.advance(timedelta(days=3))
    whole = patient.found()["audit trail"]
    assert (whole.level, whole.seen.split()[0]) == (Level.OK, "2")  # of 3 and 6 days ago
    patient.write(update(trail).where(trail.c.subject == "1").values(subject="other"))
    assert patient.found()["audit trail"].level is Level.OK
    patient.write(delete(trail).where(trail.c.subject == "4"))
    patient.bear_out("audit trail", Level.BROKEN, "missing")


spans = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple)


@given(opening=st.lists(spans, max_size=1), served=st.lists(spans, max_size=5))
def test_minutes_without_a_window_are_those_that_no_span_covers(opening: Any, served: Any) -> None:
    minutes = {minute for begins, ends in opening for minute in range(begins, ends)}
    covered = {minute for begins, ends in served for minute in range(begins, ends)}
    assert uncovered(opening, served) == len(minutes - covered)


def test_the_command_ends_with_how_bad_it_is_and_shows_no_key(
    worker_settings: None, sqlite_city: SmallCity, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    assert sqlite_city.hall
    monkeypatch.chdir(tmp_path)
    jinban = Command(capsys, monkeypatch)
    field, token = new_key(), new_key()
    monkeypatch.setenv("JINBAN_FIELD_KEYS", json.dumps({"1": field}))
    monkeypatch.setenv("JINBAN_TOKEN_KEY", token)
    code, told = jinban("doctor", "--url", "", "--json")
    said = json.loads(told)
    assert (code, said["level"]) == (1, "look")  # the devices were never heard of
    assert {own["what"] for own in said["findings"] if own["level"] == "broken"} == set()
    code, told = jinban("doctor", "--url", "")
    assert code == 1
    assert "look   devices: not heard of" in told
    assert field not in told
    assert token not in told
    monkeypatch.delenv("JINBAN_TOKEN_KEY")
    assert jinban("doctor", "--url", "")[0] == 2
    assert exit_code([]) == 0
