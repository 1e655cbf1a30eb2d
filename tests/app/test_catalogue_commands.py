"""``jinban catalogue`` in a city that runs: it shows, asks, refuses and exports."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from booking.catalogue import store
from booking.rules.catalogue import difference
from kernel.database import Database
from sim.catalogue.reading import DATA
from sim.standing import read_files
from tests.app.test_commands import Command


@pytest.fixture
def jinban(
    worker_settings: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    monkeypatch.chdir(tmp_path)  # no .env of this machine
    return Command(capsys, monkeypatch)


@pytest.mark.slow
def test_the_command_shows_asks_refuses_and_exports(
    jinban: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'city.sqlite'}"
    monkeypatch.setenv("JINBAN_DATABASE_URL", url)
    assert jinban("migrate")[0] == 0
    assert "would be written" in jinban("catalogue", str(DATA), "--dry-run")[1]
    assert jinban("catalogue", str(DATA))[0] == 0
    out = tmp_path / "out"
    assert jinban("catalogue", str(out), "--export")[0] == 0
    assert "nothing is written over" in jinban("catalogue", str(out), "--export")[1].lower()
    assert "Nothing differs." in jinban("catalogue", str(out))[1]
    assert "Nothing differs." in jinban("catalogue", str(DATA), "--yes")[1]
    offers = out / "catalogue" / "offers.toml"
    offers.write_text(offers.read_text().replace('zh = "海丰县政务服务中心"', 'zh = "海丰县市民中心"'))
    code, told = jinban("catalogue", str(out), "--dry-run")
    assert code == 0, told
    assert "~ hall 441521 changed" in told
    assert "海丰县市民中心" in told
    assert "Nothing was changed." in told
    assert "1 differences made" in jinban("catalogue", str(out), "--yes")[1]
    assert "no service is called passport-x" in jinban("catalogue", str(out), "--retire", "passport-x")[1]
    code, told = jinban("catalogue", str(out), "--retire", "chronic-disease", "--yes")
    assert code == 0, told
    assert "- service chronic-disease retired" in told
    assert "was offered in 54 halls and terminals" in told
    assert "offers no more" not in told
    assert "~ service medical-reimbursement changed" in told
    database = Database(url)
    assert "chronic-disease" not in database.read_now(store.standing).services
    assert jinban("catalogue", str(out), "--yes")[0] == 0
    halls = database.read_now(store.standing).halls
    assert halls["441521"]["name_zh"] == "海丰县市民中心"
    assert not difference(database.read_now(store.standing), read_files(out).standing)
    database.close()


@pytest.mark.slow
def test_a_new_hall_is_built_as_its_template_says(
    jinban: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The city is founded without one town; then its files come with it."""
    monkeypatch.setenv("JINBAN_DATABASE_URL", f"sqlite:///{tmp_path / 'city.sqlite'}")
    assert jinban("migrate")[0] == 0
    less = tmp_path / "less"
    shutil.copytree(DATA / "catalogue", less / "catalogue")
    rows = (DATA / "shanwei_halls.csv").read_text().splitlines(keepends=True)
    gone = rows[-1].split(",")[0]
    (less / "shanwei_halls.csv").write_text("".join(rows[:-1]))
    halls = less / "catalogue" / "halls.toml"
    halls.write_text(re.sub(rf'"{gone}",?', "", halls.read_text()))
    assert jinban("catalogue", str(less))[0] == 0
    code, told = jinban("catalogue", str(DATA), "--yes")
    assert code == 0, told
    assert f"+ hall {gone} added" in told
    assert "Nothing differs." in jinban("catalogue", str(DATA))[1]
    code, told = jinban("catalogue", str(less), "--yes")
    assert code == 0, told
    assert f"- hall {gone} retired" in told
