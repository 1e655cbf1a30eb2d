"""The word about a copy: what it holds, by what it is known again; which copies of a folder are whole."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kernel.audit_chain import CITY
from kernel.audit_check import verify
from queueing.sealing import verify_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmodel import Session

    from kernel.secrets import Vault

READ_AT_ONCE = 1 << 20  # bytes
SQLITE, POSTGRES = "sqlite", "postgresql"
PART = ".part"  # what is still being written; a copy has its name only when it is whole


class BackupError(Exception):
    """A backup that cannot be made, or one that cannot be trusted; the text says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; ``ends`` tells of each chain of the audit trail where it ended.

    ``size`` in bytes, 0 in words from before it was kept; ``server``: the version of a PostgreSQL.
    """

    made_at: str
    revision: str
    sha256: str
    rows: dict[str, int]
    ends: dict[str, str]
    kind: str = SQLITE
    size: int = 0
    server: str = ""

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def made(self) -> datetime:
        return datetime.fromisoformat(self.made_at).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy whose word is there and fits its size."""

    path: Path
    word: Manifest


def manifest_path(copy: Path) -> Path:
    """Return where the word about a backup lies."""
    return copy.with_name(copy.name + ".json")


def read_manifest(copy: Path) -> Manifest:
    """Return the word about a backup; raises ``BackupError`` where there is none."""
    try:
        said: dict[str, Any] = json.loads(manifest_path(copy).read_text())
        word = Manifest(**said)
        datetime.fromisoformat(word.made_at)
    except (OSError, ValueError, TypeError, AttributeError) as missing:
        raise BackupError(f"{manifest_path(copy)} is missing or cannot be read.") from missing
    return word


@contextmanager
def being_written(to: Path) -> Iterator[Path]:
    """Yield a private file beside ``to`` that gets its name when all went well, and is removed otherwise.

    Raises ``BackupError`` for a copy that is there.
    """
    part = to.with_name(to.name + PART)
    if to.exists() or manifest_path(to).exists():
        raise BackupError(f"{to} is there already; a backup is never overwritten.")
    try:
        os.close(private(part))
    except FileExistsError:
        raise BackupError(
            f"{part} is there: another backup runs, or one was cut off (then remove it)."
        ) from None
    try:
        yield part
        name_for_good(part, to)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_word(to: Path, word: Manifest) -> None:
    """Write the word about a copy, whole or not at all."""
    part = manifest_path(to).with_name(manifest_path(to).name + PART)
    part.write_text(json.dumps(asdict(word), indent=1, sort_keys=True) + "\n")
    name_for_good(part, manifest_path(to))


def name_for_good(part: Path, to: Path) -> None:
    """Give a whole file its name so that both outlast a power cut: first the file, then the folder."""
    _onto_disk(part)
    part.rename(to)
    _onto_disk(to.parent)


def _onto_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private(path: Path) -> int:
    """Make a new file that only its owner reads; raises ``FileExistsError``."""
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    found = hashlib.sha256()
    with open(path, "rb") as source:
        while block := source.read(READ_AT_ONCE):
            found.update(block)
    return found.hexdigest()


def ends_of(session: Session, vault: Vault) -> dict[str, str]:
    """Return where each chain of the trail ends; a fault there, or other keys, make no backup."""
    trail, logged = verify(session, vault=vault), verify_log(session, vault=vault)
    if trail.broken or logged.broken:
        raise BackupError(
            "its audit trail does not hold: the keys are others, or it was altered (jinban audit verify)."
        )
    return {
        "city" if head.chain == CITY else str(head.chain): f"{head.position} {head.mac.hex()}"
        for head in trail.heads
    }


def difference(told: Manifest, found: Manifest) -> str:
    """Return in words what a copy has otherwise than its word says."""
    for name in sorted(told.rows.keys() | found.rows.keys()):
        before, after = told.rows.get(name), found.rows.get(name)
        if before != after:
            return f"{name} has {after} rows and had {before}"
    return "its bytes have changed" if told.sha256 != found.sha256 else "its word was changed"


def whole_copies(folder: Path) -> list[Copy]:
    """Return the copies in a folder that have their word and its size, newest first.

    A copy that was cut off has no word, since that is written last, or is shorter than it says.
    """
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        try:
            word = read_manifest(path)
            size = path.stat().st_size
        except (BackupError, OSError):
            continue
        if path.is_file() and size and word.size in (0, size):
            found.append(Copy(path, word))
    return sorted(found, key=lambda own: own.word.made, reverse=True)


def newest_whole(folder: Path) -> datetime | None:
    """Return when the newest whole copy was made, by its own word."""
    return next((own.word.made for own in whole_copies(folder)), None)


def cut_off(folder: Path) -> list[str]:
    """Return the names of files in a folder of copies that are no whole copy and no word about one."""
    whole = {own.path.name for own in whole_copies(folder)}
    words = {manifest_path(folder / name).name for name in whole}
    files = sorted(own.name for own in folder.iterdir() if own.is_file()) if folder.is_dir() else []
    return [name for name in files if name not in whole | words]


def rotate(folder: Path, keep: int) -> list[Path]:
    """Remove whole copies beyond the newest ``keep``, each with its word, and return which.

    Nothing that is no whole copy is touched. The copy goes before its word: cut off in between, what is
    left is a word about nothing.
    """
    old = whole_copies(folder)[max(1, keep) :]
    for own in old:
        own.path.unlink()
        manifest_path(own.path).unlink()
    return [own.path for own in old]
