"""What a command is to write at its end is looked at before its work, which takes minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.test_commands import Command

DATA = Path(__file__).parents[2] / "sim" / "data"
SCENARIO = str(DATA / "scenarios" / "county_hall.toml")
BANK = str(DATA / "bank_calls" / "january_1999.tsv.gz")
WRITES: dict[str, tuple[str, ...]] = {
    "simulate": ("simulate", SCENARIO, "--html"),
    "load": ("load", SCENARIO, "--report"),
    "backtest, figures": ("backtest", BANK, "--train-until", "1999-01-20", "--json"),
    "backtest, predictions": ("backtest", BANK, "--train-until", "1999-01-20", "--predictions"),
    "backtest, models": ("backtest", BANK, "--train-until", "1999-01-20", "--model"),
    "import": ("history", "import", BANK, "--format", "bank", "--out"),
    "fit": ("history", "fit", "--hall", "H1", "--out"),
    "backup": ("backup",),
    "export": ("privacy", "export", "--by", "x", "--reason", "y", "--phone", "13800138000", "--to"),
}


@pytest.fixture
def jinban(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)  # no .env of this machine
    return Command(capsys, monkeypatch)


@pytest.mark.parametrize("command", WRITES)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    jinban: Command, tmp_path: Path, command: str
) -> None:
    code, said = jinban(*WRITES[command], "nowhere/file.html")
    assert (code, "there is no folder nowhere" in said) == (2, True), said
    (tmp_path / "kept.html").mkdir()
    code, said = jinban(*WRITES[command], "kept.html")
    assert (code, "is a folder: name a file in it" in said) == (2, True), said
