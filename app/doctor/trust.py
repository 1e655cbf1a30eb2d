"""What has to hold when somebody asks later: the trail, the sealed log, the last backup."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.backup.manifest import cut_off, newest_whole
from app.doctor.findings import broken, look, ok, some
from app.sealed_columns import SEALED
from kernel.audit_check import verify
from kernel.resealing import versions_in_use
from queueing.sealing import verify_log

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def old_keys(session: Session, vault: Vault) -> Iterator[Finding]:
    """Tell which old field keys are needed yet, and whether anything is sealed with one that is not there."""
    left = versions_in_use(session, SEALED)
    gone = {version: many for version, many in left.items() if version not in vault.versions}
    if gone:
        seen = ", ".join(f"{many} by version {version}" for version, many in gone.items())
        helps = "Put that version back into JINBAN_FIELD_KEYS beside the others, then `jinban keys reseal`."
        yield broken("old keys", f"sealed and not to be opened: {seen}", helps)
    for version in sorted(vault.versions - {vault.key_version}):
        if many := left.get(version, 0):
            helps = f"Run `jinban keys reseal`; until then version {version} stays."
            yield look("old keys", f"version {version} is needed yet: {many} values", helps)
        else:
            yield ok("old keys", f"version {version} is needed by nothing here; backups may need it")
    if not gone and len(vault.versions) == 1:
        yield ok("old keys", "all is sealed with the present one")


def backup(settings: Settings, now: datetime) -> Finding:
    """Tell how old the newest whole copy is in the folder where copies are kept."""
    folder = settings.backup_dir
    if folder is None:
        return ok("backup", "JINBAN_BACKUP_DIR is not set: where copies lie is not known here")
    made, left = newest_whole(folder), cut_off(folder)
    besides = f"; no whole copies, without their word: {some(left)}" if left else ""
    helps = "Run `jinban backup COPY` and see why the nightly one does not."
    if made is None:
        return broken("backup", f"there is none in {folder}{besides}", helps)
    age = now - made
    seen = f"the newest was made {made:%Y-%m-%d %H:%M} UTC{besides}"
    if age >= BACKUP_BROKEN:
        return broken("backup", seen, helps)
    if age >= BACKUP_LOOK:
        return look("backup", seen, helps)
    if left:
        return look("backup", seen, "Remove what was cut off, once no backup runs.")
    return ok("backup", seen)
