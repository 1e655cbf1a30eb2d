"""The arrows of the house, and that the machine which checks them would notice a wrong one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

WRONG_ARROWS = {
    "the floor knows a room": ("kernel/intruder.py", "import queueing.rules.tickets\n"),
    "two neighbours meet": ("geo/intruder.py", "import queueing.rules.tickets\n"),
    "a room imports the roof": ("sim/intruder.py", "import app.main\n"),
    "a rule reads the database": ("queueing/rules/intruder.py", "import kernel.database\n"),
    "a page speaks SQL": ("displays/intruder.py", "import sqlalchemy\n"),
    "a page reads the store of a part": ("displays/intruder.py", "import booking.mine.store\n"),
    "the API loads the solver inside a function": (
        "queueing/service/views.py",
        "def _solver() -> object:\n    import ortools\n\n    return ortools\n",
    ),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "data", "static", "templates"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_arrows_point_one_way() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG_ARROWS)
def test_a_wrong_arrow_breaks_a_contract(copy_of_the_house: Path, wrong: str) -> None:
    path, line = WRONG_ARROWS[wrong]
    target = copy_of_the_house / path
    before = target.read_text() if target.exists() else ""
    target.write_text(before + "\n" + line)
    result = lint(copy_of_the_house)
    assert result.returncode != 0, f"{wrong}: not noticed"
    assert "BROKEN" in result.stdout
