"""What ``jinban demo`` sets for the city that it starts, and what it prints."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from app import cli_demo
from kernel.secrets import new_key
from kernel.settings import Settings
from sim.seed import DemoCity

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> DemoCity:
    """A demo that is ready to start, without a database."""
    keys, start = tmp_path / "keys.json", datetime(2026, 11, 18, 1, 40, tzinfo=UTC)
    keys.write_text(json.dumps({"field_keys": {"1": new_key()}, "token_key": new_key()}))
    paths = {"database_path": tmp_path / "db", "tokens_path": tmp_path / "t", "models_path": tmp_path}
    told = {"pages": (("Kiosk", "/kiosk/H1"),), "volume": "", "seeded": False, "day": start.date()}
    return DemoCity(keys_path=keys, start=start, lock=StringIO(), **paths, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(("speed", "puzzles"), [(1.0, True), (20.0, False)])
def test_a_fast_demo_asks_its_simulated_citizens_for_no_puzzles(
    city: DemoCity, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, speed: float, puzzles: bool
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of this machine
    for name, value in cli_demo._environment(city, 8010, speed, 0.0).items():
        monkeypatch.setenv(name, value)
    assert Settings().puzzles is puzzles


def test_the_way_to_a_faster_demo_keeps_the_port_and_is_told_where_it_is_none_yet(
    city: DemoCity, capsys: pytest.CaptureFixture[str]
) -> None:
    cli_demo._print_pages(city, 8010, 1.0)
    assert "make demo DEMO='--port 8010 --speed 20'" in capsys.readouterr().out
    cli_demo._print_pages(city, 8010, 20.0)
    assert "Faster" not in capsys.readouterr().out
