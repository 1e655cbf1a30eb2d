"""``python -m sim.seed``: fill a migrated SQLite file with the demo city, as ``prepare_demo`` asks.

Writes a JSON line ``[stage, part done]`` for each step.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from sim.catalogue import load_city
from sim.live.tokens import write_keys
from sim.seed.city import seed_city

BUSY = 1.15  # the demo day is busier than most, as a day worth showing is
STEPS = 200  # of progress a stage; more would only be noise


def main() -> None:
    """Read the arguments, seed, write the tokens."""
    parser = argparse.ArgumentParser(prog="python -m sim.seed", description="Seed the demo city.")
    parser.add_argument("--database", type=Path, required=True, help="a migrated, empty SQLite file")
    parser.add_argument("--keys", type=Path, required=True, help="JSON with field_keys and token_key")
    parser.add_argument(
        "--start", type=datetime.fromisoformat, required=True, help="the demo's first instant"
    )
    parser.add_argument("--tokens", type=Path, required=True, help="where the tokens go (mode 0600)")
    parser.add_argument("--days", type=int, default=60, help="calendar days of history")
    asked = parser.parse_args()
    database = Database(f"sqlite:///{asked.database}", pool_size=1)
    report = seed_city(
        database,
        _vault(asked.keys),
        ManualClock(asked.start),
        city=load_city(),
        days=asked.days,
        level=BUSY,
        progress=_say,
    )
    database.write_now(lambda session: session.execute(text("ANALYZE")))
    database.close()
    write_keys(asked.tokens, report.keys)


def _vault(path: Path) -> Vault:
    keys = json.loads(path.read_text())
    fields = {int(version): base64.urlsafe_b64decode(key) for version, key in keys["field_keys"].items()}
    return Vault(fields, base64.urlsafe_b64decode(keys["token_key"]))


def _say(stage: str, done: float) -> None:
    sys.stdout.write(json.dumps([stage, round(done * STEPS) / STEPS]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
