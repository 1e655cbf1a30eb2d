"""Whoever has a place kept is counted; in a burst a solved puzzle is asked for first."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog

from booking.puzzles.errors import PuzzleNeeded
from booking.puzzles.work import LONGEST, new_puzzle, solved
from booking.rules.puzzles import BURST_IN, LASTS, work_for
from kernel.web.callers import caller_address, tries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)


async def guard_holds(
    request: Request,
    here: Parts,
    hall: str,
    services: Sequence[str],
    solution: str,
    *,
    owner: bytes | None,
) -> None:
    """Count that somebody has a place kept; raises ``PuzzleNeeded`` in a burst without a fresh solution.

    Whoever is signed in is counted by themselves, wherever they ask from. Without the bus nobody is counted
    and no puzzle is asked for; the limits of holds, which lie in the database, hold all the same.
    """
    if not here.settings.puzzles:
        return
    whose = caller_address(request) if owner is None else f"citizen {owner.hex()}"
    within = BURST_IN.total_seconds()
    from_address = await tries(here, "hold.asked", whose, within_s=within)
    wanted = "|".join((hall, *sorted(services)))
    for_service = await tries(here, "hold.service", wanted, within_s=within)
    work = work_for(from_address, for_service if owner is None else 1)
    if work is None:
        return
    why = await _wrong_about(here, solution)
    if why is not None:
        log.info("a puzzle is asked for", why=why, work=work)
        puzzle = new_puzzle(work, now=here.clock.now(), vault=here.vault)
        raise PuzzleNeeded(why=why, **asdict(puzzle))


async def _wrong_about(here: Parts, solution: str) -> str | None:
    """Return what is wrong about a solution; each counts once, whoever sends it."""
    if not solution:
        return "burst"
    challenge = solved(solution, now=here.clock.now(), vault=here.vault) if len(solution) <= LONGEST else None
    if challenge is None:
        return "wrong or expired"
    used = await tries(here, "puzzle.used", challenge, within_s=LASTS.total_seconds())
    return "used" if used > 1 else None
