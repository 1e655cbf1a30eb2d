"""``jinban doctor`` says what is wrong, of each thing that can be, and changes and shows nothing."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.doctor import database as looks
from app.doctor import halls, running, trust
from app.doctor.examination import examine
from app.doctor.findings import Level, exit_code
from app.doctor.settings import cookies, keys, read_settings, settings_checks
from app.schema import revisions
from booking.messages.tables import MessageRow
from kernel import jobs
from kernel.audit import note
from kernel.audit_chain import rows as trail
from kernel.clock import SystemClock
from kernel.ids import uuid7
from kernel.secrets import new_key
from kernel.settings import MessageSettings
from kernel.tables import ClosureRow, DeviceRow, HallClockRow, HallRow, OpeningHoursRow, OutboxRow
from queueing.sealing import seal_log
from queueing.store.ticket_writes import log
from queueing.tables import PlanEntryRow, TicketRow
from queueing.unserved import uncovered
from tests.app.test_commands import Command
from tests.conftest import MORNING, test_settings
from tests.displays_staff.test_staff_city import made_up, write_past
from tests.queueing.test_ticket_day import issue
from tests.support.migrations import downgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.doctor.findings import Finding
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from kernel.settings import Settings
    from tests.support.small_city import SmallCity


def table(row: Any) -> Any:
    return row.__table__


class Patient:
    """A small city that is well, but for what a test does to it."""

    def __init__(self, database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> None:
        self.database, self.city, self.clock, self.vault = database, city, clock, vault
        self.write(update(table(DeviceRow)).values(heard_at=clock.now()))

    def settings(self, **changes: Any) -> Settings:
        url = self.database.url.render_as_string(hide_password=False)
        return test_settings(database_url=url, **changes)

    def write(self, statement: Any, *values: Any) -> None:
        self.database.write_now(lambda session: session.execute(statement, *values) and None)

    def found(self, **changes: Any) -> dict[str, Finding]:
        return {own.what: own for own in examine(self.settings(**changes), self.clock, url="")}

    def bear_out(self, what: str, level: Level, words: str) -> None:
        finding = self.found()[what]
        assert (finding.level, words in finding.seen, bool(finding.helps)) == (level, True, True), finding


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
        patient.write(update(table(jobs.JobRow)).values(**values))


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
    "a silent kiosk": ("devices", unheard, Level.LOOK, "H1 kiosk kiosk, H1 lobby lobby"),
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
def test_each_ill_is_told_and_how_bad_it_is(patient: Patient, ill: str) -> None:
    what, make, level, words = ILLS[ill]
    make(patient)
    patient.bear_out(what, level, words)


def test_messages_that_do_not_go_out_are_told(patient: Patient) -> None:
    gateway = MessageSettings(kind="log", origin="http://queue.example")
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


# --- what lies around the database -------------------------------------------------------------------


def test_a_file_that_is_damaged_is_told(sqlite_database: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    name = str(sqlite_database.url.database)
    with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    content = bytearray(copy.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    copy.write_bytes(content)
    with looks.reading(f"sqlite:///{copy}") as session:
        (found,) = looks.integrity(session)
    assert (found.level, "restore" in found.helps) == (Level.BROKEN, True)


def test_a_server_that_runs_out_of_connections_is_told() -> None:
    assert looks.connections(20, 100).level is Level.OK
    assert looks.connections(95, 100).level is Level.LOOK


def test_only_clients_hold_the_connections_that_a_server_limits(postgres_database: Database) -> None:
    url = postgres_database.url.render_as_string(hide_password=False)
    clients = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    with looks.reading(url) as session:
        (found,) = looks.integrity(session)
        used = session.execute(text(clients)).scalar_one()
    assert found.seen.startswith(f"{used} of ")


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [(50 << 30, 90 << 30, Level.OK), (1 << 30, 8 << 30, Level.LOOK), (1 << 20, 8 << 30, Level.BROKEN)],
)
def test_a_disk_that_is_almost_full_is_told(tmp_path: Path, free: int, total: int, level: Level) -> None:
    assert looks.room("disk", tmp_path, free, total).level is level
    assert looks.disk(tmp_path / "not" / "there").seen.endswith(str(tmp_path))


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/city.sqlite", "postgresql://city:hush-hush@127.0.0.1:1/city"]
)
def test_a_database_that_is_away_is_told_without_its_password(clock: ManualClock, url: str) -> None:
    found = list(examine(test_settings(database_url=url), clock, url=""))
    (away,) = (own for own in found if own.what == "database")
    assert away.level is Level.BROKEN
    assert "hush" not in repr(found)
    assert {"disk", "backup", "bus"} <= {own.what for own in found}


def test_a_backup_that_is_old_or_missing_is_told(tmp_path: Path) -> None:
    now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    settings = test_settings(backup_dir=tmp_path)
    assert trust.backup(test_settings(), now).level is Level.OK
    assert trust.backup(settings, now).level is Level.BROKEN
    assert trust.backup(test_settings(backup_dir=tmp_path / "away"), now).level is Level.BROKEN

    def copied(name: str, made: datetime) -> Level:
        (tmp_path / name).write_bytes(b"x")
        (tmp_path / f"{name}.json").write_text(json.dumps({"made_at": made.isoformat()}))
        return trust.backup(settings, now).level

    assert copied("a", now - timedelta(days=9)) is Level.BROKEN
    assert copied("b", now - timedelta(days=2)) is Level.LOOK
    assert copied("c", now - timedelta(hours=9)) is Level.OK
    for name in "abc":
        (tmp_path / f"{name}.json").unlink()
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / "dump").write_bytes(b"")  # an empty file is no copy
    assert trust.newest_copy(tmp_path) == datetime(1970, 1, 1, tzinfo=UTC)


# --- settings ----------------------------------------------------------------------------------------


def test_keys_that_are_no_secrets_are_told() -> None:
    one, two = new_key(), new_key()
    assert keys(test_settings(token_key=None)).level is Level.BROKEN
    assert "field key 1" in keys(test_settings(token_key=one)).seen
    example = base64.urlsafe_b64encode(b"change-me" * 4).decode()
    assert keys(test_settings(token_key=example, field_keys={1: one})).level is Level.BROKEN
    assert keys(test_settings(token_key=one, field_keys={1: one})).level is Level.LOOK
    good = keys(test_settings(token_key=one, field_keys={1: two}))
    assert good.level is Level.OK
    assert all(key not in repr(good) for key in (one, two))


def test_cookies_without_tls_and_keys_that_others_can_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cookies(test_settings(secure_cookies=True)).level is Level.OK
    assert cookies(test_settings(secure_cookies=False)).level is Level.LOOK
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").touch(mode=0o600)

    def key_file() -> Level:
        return next(own.level for own in settings_checks(test_settings()) if own.what == "key file")

    assert key_file() is Level.OK
    (tmp_path / ".env").chmod(0o644)
    assert key_file() is Level.LOOK


def test_a_misspelt_setting_is_told_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINBAN_TOKEN_KEYS", "hush-hush")
    settings, (found,) = read_settings()
    assert (settings, found.level) == (None, Level.BROKEN)
    assert "JINBAN_TOKEN_KEYS" in found.seen
    assert "hush" not in found.seen


# --- what runs ---------------------------------------------------------------------------------------


@contextmanager
def answering(pages: dict[str, tuple[int, Any]]) -> Iterator[str]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = pages[self.path]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_words: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_program_that_is_away_not_ready_or_without_estimates_is_told() -> None:
    (away,) = running.program("http://127.0.0.1:1")
    assert (away.level, "jinban serve" in away.helps) == (Level.LOOK, True)
    with answering({"/readyz": (503, {"title": "The database is not yet as needed."})}) as url:
        (not_ready,) = running.program(url)
    assert (not_ready.level, "not yet as needed" in not_ready.seen) == (Level.BROKEN, True)
    silent = {"halls": {"drain": 3}, "oldest_s": None}
    with answering({"/readyz": (200, {}), "/waitz": (200, silent)}) as url:
        assert [own.level for own in running.program(url)] == [Level.OK, Level.LOOK]
    assert running.estimator({"halls": {"physical": 3, "drain": 1}, "oldest_s": 4.0}).level is Level.OK


@pytest.mark.parametrize("strange", [[], "ready", {"halls": 3}, {"halls": {"physical": 1}, "oldest_s": "x"}])
def test_another_program_at_that_address_ends_no_examination(patient: Patient, strange: Any) -> None:
    with answering({"/readyz": (200, {}), "/waitz": (200, strange)}) as url:
        found = {own.what: own for own in examine(patient.settings(), patient.clock, url=url)}
    assert found["program"].level is Level.LOOK
    assert "database" in found


def test_the_program_is_asked_itself_whatever_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering({"/readyz": (200, {}), "/waitz": (200, {"halls": {"physical": 1}, "oldest_s": 1})}) as url:
        assert [own.level for own in running.program(url)] == [Level.OK, Level.OK]


def test_a_redis_that_does_not_answer_is_told() -> None:
    found = running.bus(test_settings(redis_url="redis://:hush-hush@127.0.0.1:1/0"))
    assert found.level is Level.BROKEN
    assert "hush" not in repr(found)


@pytest.mark.redis
def test_a_redis_that_answers_is_well(valkey_url: str) -> None:
    assert running.bus(test_settings(redis_url=valkey_url)).seen == "Redis answers"


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
