"""What a drill saw: one line each at the end of the run, and as JSON lines where somebody keeps them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

FILE = "JINBAN_DRILL_FIGURES"  # names a file to which they are appended
PROPERTY = "figures"


class Figures:
    """Takes what one drill saw; ``concerns`` is what it is parametrised on."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._node = request.node

    def note(self, **seen: Any) -> None:
        """Keep these; seconds end in ``_s`` and are rounded to hundredths."""
        plain = {name: round(value, 2) if isinstance(value, float) else value for name, value in seen.items()}
        line = {"drill": self._node.name, **plain}
        self._node.user_properties.append((PROPERTY, line))
        if os.environ.get(FILE):
            with Path(os.environ[FILE]).open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(line) + "\n")


def lines(reports: list[Any]) -> list[str]:
    """Return the lines of these reports, as they are shown."""
    return [
        f"{told['drill']}: " + ", ".join(f"{k} {v}" for k, v in told.items() if k != "drill")
        for report in reports
        for name, told in getattr(report, "user_properties", [])
        if name == PROPERTY
    ]
