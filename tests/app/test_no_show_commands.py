"""``jinban no-shows`` against a real file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from kernel.audit_tables import AuditRow
from tests.app.test_commands import Command

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


@pytest.fixture
def jinban(
    worker_settings: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    monkeypatch.chdir(tmp_path)  # no .env of this machine
    return Command(capsys, monkeypatch)


THREE = ("--limit", "3", "--within-days", "90", "--pause-days", "30")


@pytest.mark.usefixtures("sqlite_city")
def test_the_rule_is_published_read_and_switched_off(jinban: Command, sqlite_parts: Parts) -> None:
    assert jinban("no-shows", "rule") == (0, "No rule is in force.\n")
    assert jinban("no-shows", "off", "--by", "supervisor") == (0, "No rule is in force.\n")
    code, said = jinban("no-shows", "publish", "--by", "supervisor", *THREE)
    assert (code, said.split(":")[0]) == (0, "Version 1 holds from now on")
    code, said = jinban("no-shows", "publish", "--by", "manager", *THREE)
    assert code != 0
    assert "Version" not in said
    assert jinban("no-shows", "publish", "--by", "supervisor", *THREE, "--cancel-minutes", "9999")[0] == 2
    assert jinban("no-shows", "off", "--by", "supervisor")[0] == 0
    code, said = jinban("no-shows", "rule")
    assert said.splitlines()[0] == "No rule is in force."
    assert [line.split()[0] for line in said.splitlines()[1:]] == ["2", "1"]
    trail = select(AuditRow.__table__.c.what)  # type: ignore[attr-defined]
    found = sqlite_parts.database.read_now(lambda session: list(session.execute(trail).scalars()))
    assert found == ["no-show-rule.publish"] * 2


def test_the_figures_are_printed_a_line_a_hall(jinban: Command, sqlite_city: SmallCity) -> None:
    assert sqlite_city.supervisor.name
    code, said = jinban("no-shows", "figures", "--by", "supervisor")
    assert code == 0
    assert [word for word in said.split() if word in ("H1", "H2")] == ["H1", "H2"]
    assert jinban("no-shows", "figures", "--by", "nobody")[0] != 0
