"""The page on which a browser works something out before a place is kept for it; what was typed goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from booking.puzzles.work import Puzzle
from displays.rendering import page
from kernel import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from booking.puzzles.errors import PuzzleNeeded
    from kernel.web.parts import Parts


async def puzzle_page(
    request: Request,
    here: Parts,
    needed: PuzzleNeeded,
    hall: str,
    codes: Sequence[str],
    kept: Sequence[tuple[str, object]],
) -> Response:
    """Have the browser solve it and send the same form again; without scripts say who books instead."""
    asked = [("hall", hall), *(("service", code) for code in codes)]
    said = [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in kept]
    return page(
        request,
        "public/puzzle.html",
        status=needed.status,
        personal=True,
        puzzle={name: needed.facts[name] for name in Puzzle.__slots__},
        keeps=[*asked, *said],
        hall=await here.database.read(catalogue.hall_by_code, hall),
        times=f"/book?{urlencode(asked)}",
    )
