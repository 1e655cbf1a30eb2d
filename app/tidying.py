"""What is past its time goes once a day: each piece by itself, so that none waits for another's fault."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from booking.activation.keeping import tidy_activations
from booking.licences.keeping import forget_over as forget_holders
from booking.messages.sending import tidy_messages
from booking.messages.tickets import forget_ended as forget_numbers
from booking.mine.sessions import tidy_lists
from booking.no_shows.retention import forget_over as forget_no_shows
from booking.ratings.service import tidy_ratings
from booking.service import sweep_holds
from kernel import idempotency, jobs, outbox
from kernel.audit_check import forget_old as forget_trail
from kernel.clock import wall
from kernel.errors import Refusal
from kernel.sessions import forget_ended as forget_sessions
from queueing.expected import forget_past
from queueing.notices.store import forget_over as forget_notices
from queueing.plans.study_store import forget_studies
from queueing.showing import forget_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from sqlmodel import Session

    from kernel.web.parts import Parts

    Piece = Callable[[Session, Parts], int | None]

log = structlog.get_logger(__name__)

PAUSE_S = 0.2  # between two units of work: whoever calls or books goes first

PIECES: Mapping[str, Piece] = {
    "holds": lambda session, here: sweep_holds(session, clock=here.clock),
    "codes of bookings": lambda session, here: tidy_activations(session, here.clock.now()),
    "events": lambda session, here: outbox.forget_published(session, here.clock.now()),
    "stored answers": lambda session, here: idempotency.forget_old(session, here.clock.now()),
    "jobs": lambda session, here: jobs.forget_done(session, here.clock.now()),
    "waits shown": lambda session, here: forget_shown(session, here.clock.now()),
    "expected arrivals": lambda session, here: forget_past(session, here.clock.now()),
    "notices": lambda session, here: forget_notices(session, here.clock.now()),
    "questions to the engine": lambda session, here: forget_studies(session, here.clock.now()),
    "ratings": lambda session, here: tidy_ratings(session, here.clock.now()),
    "message budgets": lambda session, here: tidy_messages(session, here.clock.now()),
    "numbers of tickets": lambda session, here: forget_numbers(session, here.clock.now()),
    "no-shows": lambda session, here: forget_no_shows(session, here.clock.now()),
    "staff sessions": lambda session, here: forget_sessions(
        session, here.clock.now(), here.settings.staff_idle
    ),
    "licences": lambda session, here: forget_holders(session, here.clock.now()),
    "own lists": lambda session, here: tidy_lists(session, here.clock.now(), wall=wall(here.clock)),
    "audit trail": lambda session, here: forget_trail(session, here.clock.now(), vault=here.vault),
}


class Tidying:
    """Does each piece once a day; one that met a busy database is done at the next look."""

    def __init__(self, parts: Parts, pieces: Mapping[str, Piece] = PIECES) -> None:
        self._parts, self._pieces = parts, pieces
        self._done: dict[str, date] = {}

    async def once(self, today: date) -> None:
        """Do what was not done on this day yet."""
        for name, piece in self._pieces.items():
            if self._done.get(name) == today:
                continue
            try:
                await self._do(name, piece)
            except Refusal as refused:
                log.warning("not tidied", what=name, code=refused.code)
                continue
            except Exception:
                log.exception("an error of ours while tidying", what=name)
            self._done[name] = today

    async def _do(self, name: str, piece: Piece) -> None:
        """Do a piece, some rows a unit of work, until it finds nothing more."""
        gone = 0
        while some := await self._parts.database.write(piece, self._parts):
            gone += some
            await asyncio.sleep(PAUSE_S)
        if gone:
            log.info("tidied", what=name, rows=gone)
