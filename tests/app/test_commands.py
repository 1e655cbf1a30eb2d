"""The operator's commands: each wrong word is answered in a line or two, and shows no key and no trace."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from app.cli import main
from app.migrate import migrate
from app.schema import revisions
from kernel import catalogue
from kernel.audit_tables import AuditRow
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import Role, staff_by_token
from kernel.identity_tables import StaffRow
from kernel.questions import questions
from kernel.second_factor import second_factor_of
from kernel.secrets import Vault
from kernel.settings import Settings
from kernel.signing_in import Asked, Entered
from kernel.tables import ServiceRow
from kernel.web.parts import Parts
from sim.catalogue import load_city
from tests.support.people import enter, with_telephone
from tests.support.questions import QUESTIONS, SMALL
from tests.support.small_city import SmallCity

PASSWORD = "correct horse battery"
SHIPPED = Path(__file__).parents[2] / "sim" / "data"


class Command:
    """Runs ``jinban`` in this process and keeps what it said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *words: str) -> tuple[int, str]:
        self._monkeypatch.setattr(sys, "argv", ["jinban", *words])
        self._monkeypatch.setenv("COLUMNS", "200")
        self._capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self._capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out + said.err


@pytest.fixture
def jinban(
    worker_settings: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    monkeypatch.chdir(tmp_path)  # no .env of this machine
    return Command(capsys, monkeypatch)


def account_of(session: Session, username: str) -> tuple[str, bool]:
    table = StaffRow.__table__  # type: ignore[attr-defined]
    row = session.execute(select(table).where(table.c.username == username)).one()
    return row.role, row.disabled


def add(jinban: Command, *words: str, password: str = PASSWORD) -> tuple[int, str]:
    return jinban("staff", "add", *words, "--name", "New", "--password", password)


def test_somebody_is_added_signs_in_and_is_out_when_the_password_changes(
    jinban: Command, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    assert sqlite_city.hall
    database, vault, now = sqlite_parts.database, sqlite_parts.vault, sqlite_parts.clock.now()
    asked = Asked(now, now, vault)

    def enters(password: str) -> bool:
        return isinstance(enter(database, "new.one", password, asked), Entered)

    assert add(jinban, "new.one", "--role", "clerk", "--hall", "H1")[0] == 0
    entered = enter(database, "new.one", PASSWORD, asked)
    assert isinstance(entered, Entered)
    assert jinban("staff", "password", "New.One", "--password", "another long one")[0] == 0
    assert database.read_now(staff_by_token, entered.token, vault=vault, now=now) is None
    assert not enters(PASSWORD)
    assert enters("another long one")
    assert jinban("staff", "close", "new.one")[0] == 0
    assert database.read_now(account_of, "new.one") == (Role.CLERK.value, True)
    assert not enters("another long one")
    assert "closed" in jinban("staff", "list")[1]
    assert jinban("staff", "reopen", "new.one")[0] == 0
    assert enters("another long one")


def test_the_last_supervisor_who_lost_the_telephone_is_helped_at_the_machine(
    jinban: Command, sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    database, supervisor = sqlite_parts.database, sqlite_city.supervisor
    with_telephone(database, supervisor, sqlite_parts.vault, clock)
    assert "yes" in jinban("staff", "list")[1]
    assert jinban("staff", "reset-second-factor", "Supervisor")[0] == 0
    assert database.read_now(second_factor_of, supervisor.id) is None
    assert database.read_now(whats_of_the_trail) == ["account.second_factor_reset"]
    assert jinban("staff", "disconnect", "Supervisor")[0] == 0
    assert database.read_now(whats_of_the_trail)[-1] == "account.identity_disconnected"
    assert jinban("staff", "rename", "supervisor", "city.desk")[0] == 0
    assert "city.desk" in jinban("staff", "list")[1]


def whats_of_the_trail(session: Session) -> list[str]:
    trail = AuditRow.__table__.c  # type: ignore[attr-defined]
    return list(session.execute(select(trail.what).order_by(trail.id)).scalars())


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (("Clerk1", "--role", "clerk", "--hall", "H1"), PASSWORD, "That sign-in name is taken"),
        (("new", "--role", "clerk", "--hall", "H9"), PASSWORD, "hall-not-found"),
        (("new", "--role", "clerk"), PASSWORD, "give its code with"),
        (("new", "--role", "supervisor", "--hall", "H1"), PASSWORD, "leave --hall out"),
        (("new", "--role", "system"), PASSWORD, "'system' is not one of"),
        (("new", "--role", "clerk", "--hall", "H1"), "short", "12 characters"),
        (("a b", "--role", "clerk", "--hall", "H1"), PASSWORD, "a sign-in name has"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_line(
    jinban: Command, sqlite_city: SmallCity, words: tuple[str, ...], password: str, said: str
) -> None:
    assert sqlite_city.hall
    code, told = add(jinban, *words, password=password)
    assert code != 0
    assert said in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("staff", "link", "nobody"), "There is nobody with that name"),
        (("staff", "link", "clerk1", "--hours", "0"), "Invalid value for '--hours'"),
        (("staff", "password", "nobody", "--password", PASSWORD), "There is nobody with that name"),
        (("staff", "close", "nobody"), "There is nobody with that name"),
        (("staff", "reset-second-factor", "nobody"), "There is nobody with that name"),
        (("staff", "disconnect", "nobody"), "There is nobody with that name"),
        (("staff", "rename", "nobody", "somebody"), "There is nobody with that name"),
        (("staff", "rename", "clerk1", "Clerk2"), "That sign-in name is taken"),
        (("staff", "rename", "clerk1", "a b"), "a sign-in name has"),
        (("device", "add", "H9", "kiosk"), "hall-not-found"),
        (("device", "add", "H1", "toaster"), "is not one of"),
        (("device", "add", "H1", "window"), "needs --window"),
        (("device", "add", "H1", "kiosk", "--window", "1"), "others have none"),
        (("device", "add", "H1", "window", "--window", "99"), "There is no such window"),
        (("device", "disable", "H1", "kiosk", "--name", "gone"), "There is no such device"),
        (("serve", "--port", "99999"), "Invalid value for '--port'"),
        (("demo", "--speed", "0"), "Invalid value for '--speed'"),
        (("init", "--path", "nowhere/.env"), "there is no folder nowhere"),
    ],
)
@pytest.mark.slow
def test_a_wrong_word_is_answered_in_a_line(
    jinban: Command, sqlite_city: SmallCity, words: tuple[str, ...], said: str
) -> None:
    assert sqlite_city.hall
    code, told = jinban(*words)
    assert code != 0
    assert said in told


def test_a_windows_screen_is_registered_with_its_page(jinban: Command, sqlite_city: SmallCity) -> None:
    assert sqlite_city.hall
    code, said = jinban("device", "add", "H1", "window", "--window", "2")
    assert (code, said.startswith("/window/H1/2?device=")) == (0, True)
    assert "window 2" in jinban("device", "list")[1]


def test_a_lost_kiosk_is_locked_out(jinban: Command, sqlite_city: SmallCity) -> None:
    assert sqlite_city.hall
    assert jinban("device", "disable", "H1", "kiosk", "--name", "kiosk") == (0, "Locked out: 1\n")
    assert "locked out" in jinban("device", "list")[1]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("JINBAN_LOG_LEVEL", "LOUD", "JINBAN_LOG_LEVEL: Input should be"),
        ("JINBAN_DATABASE_URL", "s3cret-no-url", "JINBAN_DATABASE_URL: a URL such as"),
        ("JINBAN_DATABASE_URL", "mysql://a:s3cret@b/c", "SQLite and PostgreSQL are known, not mysql"),
        ("JINBAN_REDIS_URL", "s3cret:6379", "JINBAN_REDIS_URL: a URL such as redis://"),
        ("JINBAN_FIELD_KEYS", "s3cret", 'JINBAN_FIELD_KEYS: written {"1": "…"}, as `jinban init` does'),
        ("JINBAN_FIELD_KEYS", '{"1": "s3cret!"}', "field key 1 (JINBAN_FIELD_KEYS) is not URL-safe base64"),
        (
            "JINBAN_EMBED_ORIGINS",
            "https://s3cret",
            'JINBAN_EMBED_ORIGINS: a list is needed, written ["…", "…"]',
        ),
        ("JINBAN_WEBHOOKS__ALLOW_HOSTS", "s3cret", "JINBAN_WEBHOOKS__ALLOW_HOSTS: a list is needed"),
        ("JINBAN_MESSAGES", "s3cret", "JINBAN_MESSAGES: its parts are set one by one"),
        ("JINBAN_MESSAGES__KIN", "s3cret", "JINBAN_MESSAGES__KIN: there is no such setting"),
        ("JINBAN_MESSAGES__KIN", "s3cret", "JINBAN_MESSAGES__ORIGIN: it has to be set"),
        ("JINBAN_LICENCES__KIND", "http", "  JINBAN_LICENCES__URL: an address that begins with https://"),
        ("JINBAN_DATABSE_URL", "s3cret", "JINBAN_DATABSE_URL: there is no such setting"),
        ("JINBAN_TOKEN_KEY", "s3cret!", "the token key (JINBAN_TOKEN_KEY) is not URL-safe base64"),
        ("JINBAN_TOKEN_KEY", "c2hvcnQ=", "the token key needs 32 bytes"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(
    jinban: Command, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    assert sqlite_city.hall
    monkeypatch.setenv(name, value)
    for words in (("staff", "link", "clerk1"), ("serve",)):
        code, told = jinban(*words)
        assert code == 1
        assert said in told
        assert "s3cret" not in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("JINBAN_MESAGES__KIND=s3cret", "JINBAN_MESAGES__KIND: there is no such setting"),
        ("FORWARDED_ALLOW_IPS=s3cret", "  FORWARDED_ALLOW_IPS: no setting of Jinban, so no line of .env"),
    ],
)
def test_a_line_of_the_file_that_is_no_setting_is_named_as_it_stands_there(
    jinban: Command, sqlite_city: SmallCity, line: str, said: str
) -> None:
    assert sqlite_city.hall
    Path(".env").write_text(f"{line}\n")
    code, told = jinban("staff", "list")
    assert code == 1
    assert said in told
    assert "s3cret" not in told


def test_the_address_of_a_road_service_has_to_be_one(
    jinban: Command, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite_city.hall
    monkeypatch.setenv("JINBAN_ROAD_SERVICE__KIND", "valhalla")
    monkeypatch.setenv("JINBAN_ROAD_SERVICE__URL", "valhalla.internal:8002")
    code, told = jinban("staff", "list")
    assert code == 1
    assert "JINBAN_ROAD_SERVICE__URL: an address such as http://HOST:8002 is needed" in told


def test_a_plain_postgres_address_takes_the_driver_that_is_installed() -> None:
    for given in ("postgres://a:b%40c@host/city", "postgresql://a:b%40c@host/city"):
        assert Settings(database_url=given).database_url == "postgresql+psycopg://a:b%40c@host/city"


@pytest.mark.slow
def test_a_database_that_is_not_migrated_is_named_before_anything_is_tried(
    jinban: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JINBAN_DATABASE_URL", f"sqlite:///{tmp_path / 'deep' / 'new.sqlite'}")
    for words in (("staff", "list"), ("serve",)):
        assert "jinban migrate" in jinban(*words)[1]
        assert not (tmp_path / "deep").exists()
    code, told = jinban("migrate")
    assert code == 0, told
    assert jinban("staff", "list")[0] == 0
    monkeypatch.setenv("JINBAN_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite'}")
    (tmp_path / "empty.sqlite").touch()
    refused: tuple[tuple[str, ...], ...] = (("staff", "list"), ("serve",), ("device", "add", "H1", "kiosk"))
    for command in refused:
        code, told = jinban(*command)
        assert code == 1
        assert "jinban migrate" in told


def test_the_newest_revision_is_the_one_that_a_migrated_database_has(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    assert found == revisions()[-1]


@pytest.mark.slow
def test_a_city_of_its_own_is_written_into_an_empty_database_once(
    jinban: Command, sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "no such" in jinban("catalogue", str(tmp_path))[1].lower()
    url = f"sqlite:///{tmp_path / 'city.sqlite'}"
    monkeypatch.setenv("JINBAN_DATABASE_URL", url)
    database = Database(url)
    migrate(database)
    code, told = jinban("catalogue", str(SHIPPED))
    assert code == 0, told
    assert "54 halls" in told
    assert len(database.read_now(catalogue.halls)) > 54
    departments = {own.code for own in database.read_now(catalogue.departments)}
    services = database.read_now(catalogue.services)
    assert {own.department for own in services} == departments
    assert next(iter(database.read_now(questions))) == "start"
    assert add(jinban, "first", "--role", "clerk", "--hall", "441521")[0] == 0
    now = datetime(2026, 11, 18, 2, tzinfo=UTC)
    asked = Asked(now, now, sqlite_parts.vault)
    database.carry(vault=sqlite_parts.vault)
    assert isinstance(enter(database, "first", PASSWORD, asked), Entered)
    assert "Nothing differs." in jinban("catalogue", str(SHIPPED))[1]
    database.close()


@pytest.mark.slow
def test_a_city_that_is_there_learns_who_answers_for_its_services(
    jinban: Command, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    assert sqlite_city.services
    own = ServiceRow.__table__  # type: ignore[attr-defined]
    database = sqlite_parts.database
    rename = update(own).where(own.c.code == "household").values(code="household-move")
    database.write_now(lambda session: session.execute(rename) and None)
    code, told = jinban("catalogue", str(SHIPPED), "--departments")
    assert code == 0, told
    services = {each.code: each for each in database.read_now(catalogue.services)}
    shipped = load_city(SHIPPED).services
    assert {each.department for each in services.values()} == {
        shipped[name].department if name in shipped else "" for name in services
    }
    assert f"The departments of {sum(name in shipped for name in services)} services" in told
    assert "insurance" in told.partition("Not in the catalogue: ")[2]
    assert len(database.read_now(catalogue.halls)) == 3


def test_keys_are_checked_where_they_are_read() -> None:
    with pytest.raises(ValueError, match="jinban init"):
        Vault.from_settings(Settings(token_key=None))


def test_questions_are_exchanged_while_the_city_runs_and_a_broken_file_changes_nothing(
    jinban: Command, sqlite_parts: Parts, sqlite_city: SmallCity, tmp_path: Path
) -> None:
    assert sqlite_city.hall
    database, file = sqlite_parts.database, tmp_path / "questions.toml"
    file.write_text(SMALL, encoding="utf-8")
    assert jinban("questions", "load", str(file)) == (
        0,
        "2 questions written; people see them within a minute.\n",
    )
    assert tuple(database.read_now(questions).values()) == QUESTIONS
    code, told = jinban("questions", "export")
    assert code == 0
    for broken, reason in (
        (
            SMALL.replace('"papers" },', '"start" },'),
            "questions.toml: 'start' leads back to itself:",
        ),
        (SMALL.replace('["insurance"]', '["passport"]'), "start answers 2: no service is called passport"),
        (SMALL.replace("ask = ", "aks = ", 1), "start: 'ask' is missing"),
    ):
        file.write_text(broken, encoding="utf-8")
        code, said = jinban("questions", "load", str(file))
        assert (code, reason in said) == (2, True), said
        assert tuple(database.read_now(questions).values()) == QUESTIONS
    file.write_text(told, encoding="utf-8")
    assert jinban("questions", "remove")[0] == 0
    assert database.read_now(questions) == {}
    assert jinban("questions", "load", str(file))[0] == 0
    assert tuple(database.read_now(questions).values()) == QUESTIONS, "what is exported is taken back"
