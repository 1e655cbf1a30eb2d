"""``jinban webhooks`` and what ``jinban doctor`` says of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app.doctor.findings import Level
from booking.rules.webhooks import WebhookKind
from booking.webhooks import handing_on
from booking.webhooks import service as hooks
from booking.webhooks.tables import WebhookDeliveryRow, WebhookRow
from kernel.identity import SYSTEM
from tests.app.test_commands import Command
from tests.queueing.test_ticket_day import issue
from tests.support.patient import Patient

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

HOOK = WebhookRow.__table__  # type: ignore[attr-defined]
DELIVERY = WebhookDeliveryRow.__table__  # type: ignore[attr-defined]
URL = "https://hooks.example.cn/jinban"


@pytest.fixture
def jinban(
    worker_settings: None,
    sqlite_city: SmallCity,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(capsys, monkeypatch)


@pytest.mark.slow
def test_an_operator_looks_after_a_webhook_at_the_machine(jinban: Command) -> None:
    code, said = jinban(
        "webhooks", "add", URL, "--name", "platform", "--kind", "ticket.called", "--hall", "H1"
    )
    assert code == 0, said
    first = re.search(r"whsec_\S+", said)
    assert first
    code, said = jinban("webhooks", "list")
    assert (code, "hooks.example.cn" in said, "active" in said, first[0] in said) == (0, True, True, False)
    assert jinban("webhooks", "ping", "platform")[0] == 0
    code, said = jinban("webhooks", "deliveries", "platform")
    assert (code, "ping" in said, "waiting" in said) == (0, True, True)
    code, said = jinban("webhooks", "secret", "platform")
    assert (code, "whsec_" in said, first[0] in said) == (0, True, False)
    assert jinban("webhooks", "secret", "platform", "--end-old")[0] == 0
    assert "paused" in jinban("webhooks", "pause", "platform")[1]
    code, said = jinban("webhooks", "redeliver", "platform")
    assert (code, "as it stands" in said) == (1, True)
    assert "active" in jinban("webhooks", "resume", "platform")[1]
    assert jinban("webhooks", "redeliver", "platform") == (0, "Sent again: 0.\n")
    assert jinban("webhooks", "remove", "platform", "--yes")[0] == 0
    assert "hooks.example.cn" not in jinban("webhooks", "list")[1]
    assert "appointment.no_show" in jinban("webhooks", "kinds")[1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("add", "https://10.0.0.1/", "--name", "x"), "may not go to this address"),
        (("add", URL, "--name", " "), "1 to 60 characters"),
        (("add", URL, "--name", "x", "--hall", "H9"), "no such hall"),
        (("ping", "nobody"), "nothing is called so"),
        (("ping", "0198a3c1-0000-7000-8000-0123456789ab"), "no such webhook"),
    ],
)
def test_a_wrong_word_is_answered_in_a_line(jinban: Command, words: tuple[str, ...], expected: str) -> None:
    code, said = jinban("webhooks", *words)
    assert code != 0
    assert expected in said


@pytest.mark.slow
def test_the_list_tells_whether_anything_is_posted_and_a_redelivery_how_much(
    jinban: Command, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stand(**facts: object) -> None:
        change = update(HOOK).values(**facts)
        sqlite_database.write_now(lambda session: session.execute(change) and None)

    assert jinban("webhooks", "add", URL, "--name", "platform")[0] == 0
    since = datetime(2026, 11, 17, 8, 30, tzinfo=UTC)
    stand(failing_since=since, status_at=since)
    assert "active, but nothing was taken since 2026-11-17 08:30 UTC" in jinban("webhooks", "list")[1]
    stand(status="paused")
    assert "  paused by hand since 2026-11-17 08:30 UTC;" in jinban("webhooks", "list")[1]
    stand(status="failing")
    said = jinban("webhooks", "list")[1]
    assert "  paused since 2026-11-17 08:30 UTC: nothing was taken for a day, or it said that" in said
    stand(status="active")
    for _ in range(2):
        assert jinban("webhooks", "ping", "platform")[0] == 0
    aside = update(DELIVERY).values(status="set_aside")
    sqlite_database.write_now(lambda session: session.execute(aside) and None)
    monkeypatch.setattr(hooks, "REDELIVERED_AT_ONCE", 1)
    said = "Sent again: 1. 1 stay set aside: run it again for them.\n"
    assert jinban("webhooks", "redeliver", "platform") == (0, said)
    assert jinban("webhooks", "redeliver", "platform") == (0, "Sent again: 1.\n")


@pytest.mark.slow
def test_the_doctor_tells_of_webhooks(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    patient = Patient(database, city, clock, vault)
    assert patient.found()["webhooks"].seen == "none is set up"
    wanted = hooks.NewWebhook("platform", URL, frozenset(WebhookKind), None)
    database.write_now(hooks.register, wanted, by=SYSTEM, clock=clock, vault=vault, allowed=())
    assert patient.found()["webhooks"].level is Level.OK
    issue(database, city, vault, clock)
    database.write_now(handing_on.hand_on, clock=clock)
    clock.advance(timedelta(minutes=20))
    patient.bear_out("webhooks", Level.LOOK, "1 wait, the oldest for 20 min")
    since = clock.now() - timedelta(hours=1)
    rest = clock.now() + timedelta(minutes=5)
    patient.write(update(HOOK).values(failing_since=since, failures=5, rest_until=rest))
    patient.bear_out("webhooks", Level.LOOK, "nothing was taken for a while by: platform")
    patient.write(update(HOOK).values(status="failing"))
    patient.bear_out(
        "webhooks", Level.BROKEN, "nothing was taken for a day or they said that they are gone: platform"
    )
