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

from kernel.errors import Conflict
from sim.catalogue import load_city
from sim.live.tokens import read_keys
from sim.seed.demoday import demo_day, demo_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    Progress = Callable[[str, float], None]

HISTORY_DAYS = 60
SAME_DEMO_FOR = timedelta(days=28)  # a template this old still shows a believable day
SOURCES = ("sim/data", "sim/catalogue", "sim/seed", "sim/live", "queueing/engine", "app/migrations/versions")
TABLES = ("kernel", "queueing", "booking")
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
    migrate: Callable[[Path], None],
    progress: Progress,
    days: int = HISTORY_DAYS,
) -> DemoCity:
    """Seed the template if there is none that fits, copy it to ``live.sqlite``, and return the demo.

    ``migrate`` brings an SQLite file to the newest schema, which a template that fits already has;
    ``days``: calendar days of history. Raises ``DemoRunning``, ``SeedingFailed``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = _locked(folder / "lock")
    keys_path = _keys(folder / "keys.json")
    zone, day = ZoneInfo(load_city().zone), demo_day(today)
    template = folder / f"seed-{_fingerprint(keys_path, days)}.sqlite"
    tokens, live = template.with_suffix(".tokens.json"), folder / "live.sqlite"
    seeded = not _fits(template, tokens, day, zone)
    if seeded:
        making = _empty(folder, migrate)
        wanted = {"--database": making, "--keys": keys_path, "--tokens": tokens, "--days": days}
        start = demo_start(day, zone).isoformat()
        _run_seeding([*(str(word) for pair in wanted.items() for word in pair), "--start", start], progress)
        making.rename(template)
    _copy(template, live, progress)
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
        from kernel.secrets import new_key  # noqa: PLC0415 - ciphers, which a second start does without

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
    for path in sorted(_sources(root)):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(root: Path) -> Iterator[Path]:
    """Yield the files that make a template; tables as files, since loading them would take two seconds."""
    for source in SOURCES:
        yield from (path for path in (root / source).rglob("*") if path.suffix in {".py", ".toml", ".csv"})
    for package in TABLES:
        yield from (root / package).rglob("*tables.py")


def _copy(template: Path, live: Path, progress: Progress) -> None:
    """Copy the template over the last run."""
    progress(COPYING, 0.0)
    for suffix in ("", "-wal", "-shm"):
        live.with_name(live.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(template, live)
    live.chmod(0o600)
    progress(COPYING, 1.0)


def _empty(folder: Path, migrate: Callable[[Path], None]) -> Path:
    """Remove older templates and return a new database, migrated and empty."""
    for old in folder.glob("seed-*"):
        old.unlink()
    shutil.rmtree(folder / MODELS, ignore_errors=True)  # learned in another city
    making = folder / "seed-making.sqlite"
    making.touch(mode=0o600)
    migrate(making)
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
