"""Each pinned package is locked by the hashes of its files, and the lock is of the pins that stand today."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKED = re.compile(
    r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)((?:.|\n)*?)(?=^[\w.-]+(?:\[[\w,]+\])?==|\Z)", re.MULTILINE
)
SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(own.name): str(next(iter(own.specifier)).version) for own in found}


def locked(text: str) -> dict[str, tuple[str, int]]:
    """Return each locked package with its version and how many hashes it has."""
    return {canonicalize_name(own[1]): (own[2], len(SHA256.findall(own[3]))) for own in LOCKED.finditer(text)}


def read(name: str) -> dict[str, tuple[str, int]]:
    return locked((ROOT / "locked" / f"{name}.txt").read_text())


def behind(found: dict[str, tuple[str, int]], wanted: dict[str, str]) -> list[str]:
    """Return the pins that are not locked, or at another version, or without a hash."""
    return [name for name, pin in wanted.items() if found.get(name, ("", 0))[0] != pin or not found[name][1]]


def test_every_pin_is_locked_at_its_version() -> None:
    assert len(pins()) > 100
    assert behind(read("dev"), pins()) == [], "run `make lock`"


def test_what_runs_is_locked_at_the_same_versions_and_hashes() -> None:
    run, dev = read("run"), read("dev")
    assert {name for name in run if run[name] != dev.get(name)} == set()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needs = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    assert {canonicalize_name(Requirement(own).name) for own in needs} - run.keys() == set()


def test_most_packages_are_locked_for_more_than_this_machine() -> None:
    """A wheel and a source at least; what is compiled has a wheel a platform and Python."""
    compiled = ("numpy", "scipy", "numba", "cryptography", "sqlalchemy")
    assert [name for name in compiled if read("run")[name][1] < 10] == []


@pytest.mark.parametrize("name", ["run", "dev", "audit"])
def test_a_lock_names_no_place(name: str) -> None:
    text = (ROOT / "locked" / f"{name}.txt").read_text()
    assert "://" not in text
    assert "--index" not in text


def test_a_stale_or_bare_pin_is_found() -> None:
    text = (
        f"one==1.0 \\\n    --hash=sha256:{'0' * 64}\ntwo[extra]==2.0\nthree==3.0 \\\n    --hash=sha256:00\n"
    )
    found = locked(text)
    assert found == {"one": ("1.0", 1), "two": ("2.0", 0), "three": ("3.0", 0)}
    wanted = {"one": "1.0", "two": "2.0", "three": "3.0", "four": "4.0"}
    assert behind(found, wanted) == ["two", "three", "four"]
    assert behind(found, {"one": "1.1"}) == ["one"]
