"""A machine without a network is set up from a folder; a package that was changed on the way is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.figures import Figures

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
CHANGED = "segno"
# What pip of this machine is told by files and variables, a folder of packages perhaps, is not asked.
ALONE = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PIP_CONFIG_FILE": os.devnull}


def told(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = environment or None
    return subprocess.run([str(word) for word in words], cwd=ROOT, text=True, capture_output=True, env=own)


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wheelhouse` makes, on a machine that has a network."""
    folder = tmp_path_factory.mktemp("wheelhouse")
    what = ("--require-hashes", "--requirement", "locked/run.txt", "--dest", folder)
    made = told(sys.executable, "-m", "pip", "download", "--quiet", *what)
    assert made.returncode == 0, made.stderr[-2000:]
    return folder


def installed(wheelhouse: Path, folder: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Install as `make install-locked WHEELHOUSE=…` does, with nothing but the folder."""
    assert told(sys.executable, "-m", "venv", folder).returncode == 0
    pip = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
    here = ("--require-hashes", "--no-index", "-f", wheelhouse, "--requirement", "locked/run.txt")
    done = told(*pip, *here, **ALONE)
    if done.returncode == 0:
        done = told(*pip, "--no-index", "--no-deps", "--no-build-isolation", "--editable", ".", **ALONE)
    return folder / "bin", done


def test_a_machine_without_a_network_is_set_up_from_a_wheelhouse(
    wheelhouse: Path, tmp_path: Path, figures: Figures
) -> None:
    binaries, done = installed(wheelhouse, tmp_path / "venv")
    assert done.returncode == 0, done.stderr[-2000:]
    said = told(binaries / "jinban", "--help", **ALONE)
    assert "doctor" in said.stdout, said.stderr[-2000:]
    files = list(wheelhouse.iterdir())
    figures.note(packages=len(files), megabytes=round(sum(own.stat().st_size for own in files) / 1e6))


def test_a_package_that_was_changed_on_the_way_is_refused(wheelhouse: Path, tmp_path: Path) -> None:
    """A file is added to a wheel; nothing in the wheel itself says so."""
    folder = tmp_path / "wheelhouse"
    shutil.copytree(wheelhouse, folder)
    (wheel,) = folder.glob(f"{CHANGED}-*.whl")
    with zipfile.ZipFile(wheel, "a") as opened:
        opened.writestr("slipped_in.py", "print('here')\n")
    _, done = installed(folder, tmp_path / "venv")
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert CHANGED in done.stderr
