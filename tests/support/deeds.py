"""Over a whole run of the suite: did each way in which staff change something leave a line behind?

Every request of every test is looked at when it is answered: who asked, and did a row of the audit trail or
a line of the ticket log come of it. Where the whole suite was run, each route by which staff change
something must have been answered well and have left a line (``tests/conftest.py`` asks when all is done).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute

import app.middleware
import kernel.audit
import queueing.store.ticket_writes
from kernel.origin import origin, origin_of
from kernel.web.access import SAFE_METHODS
from tests.architecture.test_access_rules import routes_of, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest
    from fastapi import FastAPI

FOLDER = "JINBAN_TEST_DEEDS"  # where the processes of one run leave what they saw
# What of staff changes nothing that is answered for.
SILENT: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("POST", "/api/v1/me/here"): "the page tells that its person is still there",
        ("POST", "/staff/account/sso"): "leads to the provider; what comes back is noted",
    }
)


class Deeds:
    """Counts requests of staff that were answered well, by method, route, and whether a line was left."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str, bool]] = Counter()
        self._noted: set[int] = set()

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Look at lines where they are written, and at requests where they are answered."""
        for module, name in ((kernel.audit, "append"), (queueing.store.ticket_writes, "append_log")):
            patch.setattr(module, name, self._noting(getattr(module, name)))
        answered = app.middleware._log

        def looking(request: Any, status: int, started: float) -> None:
            self.answered(request.method, app.middleware._route(request), status)
            answered(request, status, started)

        patch.setattr(app.middleware, "_log", looking)

    def _noting(self, write: Any) -> Any:
        def noting(session: Any, *args: Any, **kwargs: Any) -> Any:
            self._noted.add(id(origin_of(session)))
            return write(session, *args, **kwargs)

        return noting

    def answered(self, method: str, pattern: str, status: int) -> None:
        own, noted = origin(), id(origin()) in self._noted
        self._noted.discard(id(own))
        if own.session and method not in SAFE_METHODS and status < 400:
            self.seen[method, pattern, noted] += 1

    def leave(self, folder: Path) -> None:
        """Keep what was seen for whoever asks when all processes are done."""
        lines = [json.dumps([*key, count]) for key, count in self.seen.items()]
        (folder / f"{os.getpid()}.jsonl").write_text("\n".join(lines))


def folder_of_run() -> Path:
    """Return the folder of this run; its first process makes it, and the others have it from there."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="jinban-deeds-")
    return Path(os.environ[FOLDER])


def read(folder: Path) -> Counter[tuple[str, str, bool]]:
    """Return what all processes of a run saw."""
    found: Counter[tuple[str, str, bool]] = Counter()
    for path in folder.glob("*.jsonl"):
        for line in path.read_text().splitlines():
            method, pattern, noted, count = json.loads(line)
            found[method, pattern, noted] += count
    return found


def staff_writes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Yield method and pattern of each route by which staff change something."""
    for route in routes_of(app):
        if isinstance(route, APIRoute) and next(rules_of(route.dependant), "").startswith("staff"):
            for method in sorted((route.methods or set()) - SAFE_METHODS):
                yield method, route.path


def without_a_line(app: FastAPI, seen: Counter[tuple[str, str, bool]]) -> list[str]:
    """Return the routes that never left a line, or were never answered well, and what is silent in vain."""
    wrong = []
    for way in sorted({*staff_writes(app), *SILENT}):
        noted, plain = seen[(*way, True)], seen[(*way, False)]
        if way in SILENT:
            wrong += [f"{' '.join(way)}: left a line"] if noted else []
        elif not noted:
            wrong.append(f"{' '.join(way)}: {'left no line' if plain else 'was never answered well'}")
    return wrong
