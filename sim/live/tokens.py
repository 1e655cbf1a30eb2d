"""What the driver is handed: who may do what in which hall. The file is readable by its owner only."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClerkKey:
    """A clerk's session; ``skills`` are queue ids, empty for all; ``window`` is where they usually sit."""

    id: str
    username: str
    token: str
    window: str | None
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HallKeys:
    """A hall's devices and clerks; ``windows`` maps labels to ids, ``window`` is the screen above the first.

    ``window`` is empty in the keys of a demo that was made before there were such screens.
    """

    code: str
    kiosk: str
    lobby: str
    windows: dict[str, str]
    clerks: tuple[ClerkKey, ...]
    window: str = ""


@dataclass(frozen=True, slots=True)
class VisitKey:
    """A citizen who was waiting when the demo began."""

    hall: str
    ticket_id: str
    token: str


@dataclass(frozen=True, slots=True)
class AppointmentKey:
    """A citizen who has booked; ``shows`` is false for those who will stay away."""

    hall: str
    token: str
    starts_at: datetime
    shows: bool


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """Everything the simulated people of the demo hold, and the pages that visitors are shown.

    ``level``: how busy the demo day is, 1 for what its date has on average. ``served``: who was served
    before the demo began, and may rate the visit.
    """

    start: datetime
    level: float
    halls: tuple[HallKeys, ...]
    visits: tuple[VisitKey, ...]
    appointments: tuple[AppointmentKey, ...]
    pages: tuple[tuple[str, str], ...]
    volume: str
    served: tuple[VisitKey, ...] = ()


def write_keys(path: Path, keys: DemoKeys) -> None:
    """Write the file so that nobody but its owner reads it, at any moment."""
    text = json.dumps(asdict(keys), default=_instant, ensure_ascii=False)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {value!r}")


def read_keys(path: Path) -> DemoKeys:
    """Read the file; raises OSError, or ValueError or KeyError when it is not one of ours."""
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return DemoKeys(
        start=datetime.fromisoformat(stored["start"]),
        level=stored["level"],
        halls=tuple(_hall(hall) for hall in stored["halls"]),
        visits=tuple(VisitKey(**visit) for visit in stored["visits"]),
        appointments=tuple(
            AppointmentKey(**{**booked, "starts_at": datetime.fromisoformat(booked["starts_at"])})
            for booked in stored["appointments"]
        ),
        pages=tuple((name, page) for name, page in stored["pages"]),
        volume=stored["volume"],
        served=tuple(VisitKey(**visit) for visit in stored["served"]),
    )


def _hall(stored: dict[str, Any]) -> HallKeys:
    clerks = tuple(ClerkKey(**{**clerk, "skills": tuple(clerk["skills"])}) for clerk in stored["clerks"])
    return HallKeys(**{**stored, "clerks": clerks})
