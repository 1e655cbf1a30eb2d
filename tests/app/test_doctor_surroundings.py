"""``jinban doctor`` on what lies around a city: files, disks, settings, the program, the bus."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from app.backup.manifest import Manifest, write_word
from app.doctor import database as looks
from app.doctor import running, trust
from app.doctor.examination import examine
from app.doctor.findings import Level
from app.doctor.settings import cookies, keys, read_settings, settings_checks
from kernel.secrets import new_key
from tests.conftest import test_settings
from tests.support.patient import Patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


@pytest.fixture
def patient(database: Database, city: SmallCity, clock: ManualClock, vault: Vault) -> Patient:
    return Patient(database, city, clock, vault)


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


@pytest.mark.slow
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
    assert looks.room(tmp_path, free, total).level is level
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

    def copied(name: str, made: datetime, size: int = 1) -> Level:
        (tmp_path / name).write_bytes(b"x")
        word = Manifest(made.isoformat(), "0001", "", {}, {}, size=size)
        write_word(tmp_path / name, word)
        return trust.backup(settings, now).level

    assert copied("a", now - timedelta(days=9)) is Level.BROKEN
    assert copied("b", now - timedelta(days=2)) is Level.LOOK
    assert copied("c", now - timedelta(hours=9)) is Level.OK
    assert copied("d", now - timedelta(hours=9), size=0) is Level.OK, "a word from before sizes were kept"


def test_a_copy_that_was_cut_off_is_no_backup(tmp_path: Path) -> None:
    now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    settings = test_settings(backup_dir=tmp_path)
    (tmp_path / "tonight").write_bytes(b"half of i")
    found = trust.backup(settings, now)
    assert (found.level, "none" in found.seen, "tonight" in found.seen) == (Level.BROKEN, True, True)
    (tmp_path / "tonight.json").write_text('{"made_at": "2026-11-18')
    assert trust.backup(settings, now).level is Level.BROKEN, "its word was cut off"
    write_word(tmp_path / "tonight", Manifest(now.isoformat(), "0001", "", {}, {}, size=900))
    assert trust.backup(settings, now).level is Level.BROKEN, "it is shorter than its word says"
    write_word(tmp_path / "tonight", Manifest(now.isoformat(), "0001", "", {}, {}, size=9))
    assert trust.backup(settings, now).level is Level.OK
    (tmp_path / "tomorrow.part").write_bytes(b"ha")
    found = trust.backup(settings, now)
    assert (found.level, "tomorrow.part" in found.seen) == (Level.LOOK, True)


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


@pytest.mark.slow
def test_a_program_that_is_away_not_ready_or_without_estimates_is_told() -> None:
    (away,) = running.program("http://127.0.0.1:1", hall_is_open=lambda: True)
    assert (away.level, "jinban serve" in away.helps) == (Level.LOOK, True)
    with answering({"/readyz": (503, {"title": "The database is not yet as needed."})}) as url:
        (not_ready,) = running.program(url, hall_is_open=lambda: True)
    assert (not_ready.level, "not yet as needed" in not_ready.seen) == (Level.BROKEN, True)
    silent = {"halls": {"drain": 3}, "oldest_s": None}
    with answering({"/readyz": (200, {}), "/waitz": (200, silent)}) as url:
        assert [own.level for own in running.program(url, hall_is_open=lambda: True)] == [
            Level.OK,
            Level.LOOK,
        ]
    served = running.estimator(
        {"halls": {"physical": 3, "drain": 1}, "oldest_s": 4.0}, hall_is_open=lambda: True
    )
    assert served.level is Level.OK


@pytest.mark.slow
def test_at_night_no_estimates_are_missed(patient: Patient) -> None:
    with answering({"/readyz": (200, {}), "/waitz": (200, {"halls": {}, "oldest_s": None})}) as url:

        def estimates() -> Level:
            found = examine(patient.settings(), patient.clock, url=url)
            return next(own.level for own in found if own.what == "estimates")

        assert estimates() is Level.LOOK
        patient.clock.advance(timedelta(hours=14))
        assert estimates() is Level.OK


@pytest.mark.parametrize("strange", [[], "ready", {"halls": 3}, {"halls": {"physical": 1}, "oldest_s": "x"}])
@pytest.mark.slow
def test_another_program_at_that_address_ends_no_examination(patient: Patient, strange: Any) -> None:
    with answering({"/readyz": (200, {}), "/waitz": (200, strange)}) as url:
        found = {own.what: own for own in examine(patient.settings(), patient.clock, url=url)}
    assert found["program"].level is Level.LOOK
    assert "database" in found


@pytest.mark.slow
def test_the_program_is_asked_itself_whatever_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering({"/readyz": (200, {}), "/waitz": (200, {"halls": {"physical": 1}, "oldest_s": 1})}) as url:
        assert [own.level for own in running.program(url, hall_is_open=lambda: True)] == [Level.OK, Level.OK]


def test_a_redis_that_does_not_answer_is_told() -> None:
    found = running.bus(test_settings(redis_url="redis://:hush-hush@127.0.0.1:1/0"))
    assert found.level is Level.BROKEN
    assert "hush" not in repr(found)


@pytest.mark.redis
def test_a_redis_that_answers_is_well(valkey_url: str) -> None:
    assert running.bus(test_settings(redis_url=valkey_url)).seen == "Redis answers"
