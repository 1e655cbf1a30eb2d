"""What has to hold when somebody asks later: the trail, the sealed log, the last backup."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.doctor.findings import broken, look, ok
from kernel.audit_check import verify
from queueing.sealing import verify_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmodel import Session

    from app.doctor.findings import Finding
    from kernel.secrets import Vault
    from kernel.settings import Settings

LOOKED_BACK = timedelta(days=7)  # all of it is `jinban audit verify`
BACKUP_LOOK, BACKUP_BROKEN = timedelta(hours=26), timedelta(days=7)  # one a night, with room for a slow one


def trail(session: Session, vault: Vault, now: datetime) -> Iterator[Finding]:
    """Tell whether the last days' audit trail and ticket log are what was sealed."""
    helps = "Run `jinban audit verify`, keep the database as it is, and find out who could write to it."
    since = now - LOOKED_BACK
    found, logged = verify(session, vault=vault, since=since), verify_log(session, vault=vault, since=since)
    days = f"the last {LOOKED_BACK.days} days"
    if found.broken:
        first = found.broken[0]
        yield broken("audit trail", f"broken at {first.position} ({first.fault.value}), or other keys", helps)
    else:
        yield ok("audit trail", f"{found.rows} rows of {days} hold")
    if logged.broken:
        day = logged.broken[0]
        yield broken("ticket log", f"{day.day} is not what was sealed ({day.fault.value})", helps)
    else:
        yield ok("ticket log", f"{logged.days} sealed days of {days} hold")


def backup(settings: Settings, now: datetime) -> Finding:
    """Tell how old the newest copy is in the folder where copies are kept."""
    folder = settings.backup_dir
    if folder is None:
        return ok("backup", "JINBAN_BACKUP_DIR is not set: where copies lie is not known here")
    made = newest_copy(folder)
    helps = "Run `jinban backup COPY` (PostgreSQL: pg_dump) and see why the nightly one does not."
    if made is None:
        return broken("backup", f"there is none in {folder}", helps)
    age = now - made
    seen = f"the newest was made {made:%Y-%m-%d %H:%M} UTC"
    if age >= BACKUP_BROKEN:
        return broken("backup", seen, helps)
    return look("backup", seen, helps) if age >= BACKUP_LOOK else ok("backup", seen)


def newest_copy(folder: Path) -> datetime | None:
    """Return when the newest copy was made: by its own word, or by its file's time where it has none."""
    found = [] if not folder.is_dir() else [own for own in folder.iterdir() if own.is_file()]
    copies = [own for own in found if own.suffix != ".json" and own.stat().st_size]
    return max((_made(own) for own in copies), default=None)


def _made(copy: Path) -> datetime:
    with suppress(OSError, ValueError, KeyError, TypeError):
        word = json.loads(copy.with_name(copy.name + ".json").read_text())
        return datetime.fromisoformat(word["made_at"]).astimezone(UTC)
    return datetime.fromtimestamp(copy.stat().st_mtime, UTC)
