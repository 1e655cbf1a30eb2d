"""A demo city that starts in seconds: seeded once into a template, copied at each start.

So the demo always starts at the same minute of its day, whatever was clicked in the run before.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

import booking.messages.tables
import booking.ratings.tables
import booking.tables
import kernel.tables
import queueing.tables
from kernel.database import Database, Row
from kernel.errors import Conflict
from kernel.secrets import new_key
from sim.catalogue import load_city
from sim.live.tokens import read_keys
from sim.seed.demoday import demo_day, demo_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    Progress = Callable[[str, float], None]

_TABLES = (
    booking.messages.tables,
    booking.ratings.tables,
    booking.tables,
    kernel.tables,
    queueing.tables,
)  # imported so that the metadata knows them
HISTORY_DAYS = 60
SAME_DEMO_FOR = timedelta(days=28)  # a template this old still shows a believable day
SOURCES = ("sim/data", "sim/catalogue", "sim/seed", "sim/live", "queueing/engine")
COPYING = "Copying the city"
MODELS = "models"


class DemoRunning(Conflict):
    code, title = "demo-running", "Another demo runs in this folder."
    help = "End it first: two demos cannot share one database."


class SeedingFailed(RuntimeError):
    """The process that seeds ended with an error; its own message is in the text."""


@dataclass(frozen=True, slots=True)
class DemoCity:
    """A demo that is ready to start; ``lock`` keeps others out of its folder until this process ends.

    ``start``: what the demo's clock shows at first, in the city's zone. ``pages``: (what it is, path)
    of every page to open, tokens included. ``seeded``: it was seeded just now.
    """

    database_path: Path
    tokens_path: Path
    keys_path: Path
    models_path: Path
    start: datetime
    day: date
    pages: tuple[tuple[str, str], ...]
    volume: str
    seeded: bool
    lock: IO[str]


def prepare_demo(
    folder: Path,
    *,
    today: date,
    migrate: Callable[[Database], None],
    progress: Progress,
    days: int = HISTORY_DAYS,
) -> DemoCity:
    """Seed the template if there is none that fits, copy it to ``live.sqlite``, and return the demo.

    ``migrate`` brings a database to the newest schema; ``days``: calendar days of history. Raises
    ``DemoRunning``, ``SeedingFailed``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = _locked(folder / "lock")
    keys_path = _keys(folder / "keys.json")
    zone, day = ZoneInfo(load_city().zone), demo_day(today)
    template = folder / f"seed-{_fingerprint(keys_path, days)}.sqlite"
    tokens, live = template.with_suffix(".tokens.json"), folder / "live.sqlite"
    seeded = not (_fits(template, tokens, day, zone) and _copied(template, live, migrate, progress))
    if seeded:
        making = _empty(folder, migrate)
        wanted = {"--database": making, "--keys": keys_path, "--tokens": tokens, "--days": days}
        start = demo_start(day, zone).isoformat()
        _run_seeding([*(str(word) for pair in wanted.items() for word in pair), "--start", start], progress)
        making.rename(template)
        _copied(template, live, migrate, progress)
    known = read_keys(tokens)
    start_at = known.start.astimezone(zone)
    return DemoCity(
        *(live, tokens, keys_path, folder / MODELS, start_at, start_at.date(), known.pages, known.volume),
        seeded=seeded,
        lock=lock,
    )


def _locked(path: Path) -> IO[str]:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise DemoRunning(folder=str(path.parent)) from None
    return file


def _keys(path: Path) -> Path:
    """Make the demo's keys once; they lie beside its database, which holds nobody real."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"field_keys": {"1": new_key()}, "token_key": new_key()}, file)
    return path


def _fits(template: Path, tokens: Path, day: date, zone: ZoneInfo) -> bool:
    """Return whether the template is there and its day is not too long ago."""
    try:
        shown = read_keys(tokens).start.astimezone(zone).date()
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return template.exists() and timedelta(0) <= day - shown <= SAME_DEMO_FOR


def _fingerprint(keys_path: Path, days: int) -> str:
    """Return the hash of all that a template is made of: data, code, schema and keys."""
    digest = hashlib.sha256(keys_path.read_bytes() + str(days).encode())
    root = Path(__file__).parents[2]
    for source in SOURCES:
        for path in sorted((root / source).rglob("*")):
            if path.suffix in {".py", ".toml", ".csv"}:
                digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    digest.update("".join(_schema()).encode())
    return digest.hexdigest()[:16]


def _schema() -> Iterator[str]:
    for table in Row.metadata.sorted_tables:
        yield str(CreateTable(table).compile(dialect=sqlite.dialect()))
        yield from sorted(f"{index.name}{list(index.columns.keys())}" for index in table.indexes)


def _copied(template: Path, live: Path, migrate: Callable[[Database], None], progress: Progress) -> bool:
    """Copy the template over the last run; False when it can no longer be brought to the newest schema."""
    progress(COPYING, 0.0)
    for suffix in ("", "-wal", "-shm"):
        live.with_name(live.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(template, live)
    live.chmod(0o600)
    database = Database(f"sqlite:///{live}", pool_size=1)
    try:
        migrate(database)
    except Exception:  # whatever stands in the way, a new template does not have it
        return False
    finally:
        database.close()
    progress(COPYING, 1.0)
    return True


def _empty(folder: Path, migrate: Callable[[Database], None]) -> Path:
    """Remove older templates and return a new database, migrated and empty."""
    for old in folder.glob("seed-*"):
        old.unlink()
    shutil.rmtree(folder / MODELS, ignore_errors=True)  # learned in another city
    making = folder / "seed-making.sqlite"
    making.touch(mode=0o600)
    database = Database(f"sqlite:///{making}", pool_size=1)
    migrate(database)
    database.close()
    return making


def _run_seeding(arguments: list[str], progress: Progress) -> None:
    """Run ``python -m sim.seed`` and pass its progress on; the engine and numpy end with that process."""
    with subprocess.Popen(
        [sys.executable, "-m", "sim.seed", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            for line in process.stdout:
                stage, done = json.loads(line)
                progress(stage, done)
            trouble = process.stderr.read()
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise SeedingFailed(trouble.strip() or f"exit code {process.returncode}")
