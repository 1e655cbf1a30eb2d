"""A demo is seeded once, copied at each start, and kept apart from a second one."""

from __future__ import annotations

import json
import stat
from calendar import monthrange
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from app.migrate import migrate
from kernel.calendar import is_announced, is_workday
from kernel.database import Database
from kernel.tables import HallRow
from sim.live.tokens import read_keys
from sim.seed import prepare_demo
from sim.seed.demo import DemoRunning, SeedingFailed, _run_seeding
from sim.seed.demoday import demo_day

TODAY = date(2026, 11, 23)


def migrate_file(path: Path) -> None:
    database = Database(f"sqlite:///{path}", pool_size=1)
    migrate(database)
    database.close()


@given(st.dates(date(2026, 3, 1), date(2028, 1, 1)))
def test_the_demo_shows_an_ordinary_midweek_day(today: date) -> None:
    day = demo_day(today)
    assert day <= today
    assert day.weekday() in (1, 2, 3)
    assert is_workday(day)
    assert is_announced(day + timedelta(days=14))
    assert monthrange(day.year, day.month)[1] - day.day >= 4


@pytest.mark.slow
def test_a_demo_is_seeded_once_and_starts_afresh_each_time(tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []

    def prepare() -> bool:
        made = prepare_demo(
            tmp_path, today=TODAY, migrate=migrate_file, progress=lambda *step: steps.append(step), days=2
        )
        with pytest.raises(DemoRunning):
            prepare_demo(tmp_path, today=TODAY, migrate=migrate_file, progress=lambda *_: None, days=2)
        assert made.start.isoformat() == "2026-11-19T09:40:00+08:00"
        assert made.database_path == tmp_path / "live.sqlite"
        keys = read_keys(made.tokens_path)
        assert len(keys.halls) == 54
        assert keys.pages == made.pages
        for path in (made.tokens_path, made.keys_path, made.database_path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert set(json.loads(made.keys_path.read_text())) == {"field_keys", "token_key"}
        database = Database(f"sqlite:///{made.database_path}", pool_size=1)
        table = HallRow.__table__  # type: ignore[attr-defined]
        changed = database.write_now(
            lambda s: s.execute(update(table).where(table.c.name_en != "").values(name_en="")).rowcount  # type: ignore[attr-defined]
        )
        database.close()
        assert changed > 54  # so the last run's changes are gone each time
        made.lock.close()
        return made.seeded

    assert [prepare(), prepare()] == [True, False]
    assert ("Ticket history", 1.0) in steps


@pytest.mark.slow
def test_a_seeding_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(SeedingFailed, match="--database"):
        _run_seeding(["--keys", str(tmp_path / "none")], lambda *_: None)
