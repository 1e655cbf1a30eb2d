"""Somebody looks at a screen with people's data: a read, and a write only where the look is not noted yet.

A page that is opened is a look of its own, noted in the unit of work that reads what it shows. What
refreshes itself behind the page is not: each subject is noted once a person while a look lasts
(``kernel.audit.LOOK_LASTS``). Nothing is shown before its look is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from kernel.audit import look, looking, note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.database import Database
    from kernel.identity import Device, Staff
    from kernel.ids import HallId

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Look:
    """What lies before somebody: which screen, of which hall, and whom or what it shows."""

    what: str
    hall_id: HallId | None
    subject: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks, and since when; ``opened``: the first look is of a page that was just opened."""

    db: Database
    by: Staff | Device
    now: datetime
    opened: bool = False

    async def see(
        self,
        looks_of: Callable[[T], Sequence[Look]],
        use_case: Callable[Concatenate[Session, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what the use case shows, once all looks at it are noted."""

        def read(session: Session) -> tuple[T, bool]:
            shown = use_case(session, *args, **kwargs)
            return shown, all(self._is_noted(session, own) for own in looks_of(shown))

        def write(session: Session) -> T:
            shown = use_case(session, *args, **kwargs)
            for place, own in enumerate(looks_of(shown)):
                self._note(session, own, anew=self.opened and place == 0)
            return shown

        if not self.opened:
            shown, noted = await self.db.read(read)
            if noted:
                return shown
        return await self.db.write(write)

    def _is_noted(self, session: Session, own: Look) -> bool:
        return looking(session, self.by.actor, own.subject, at=self.now)

    def _note(self, session: Session, own: Look, *, anew: bool) -> None:
        write = note if anew else look
        write(
            session, own.what, by=self.by, hall_id=own.hall_id, at=self.now,
            subject=own.subject, detail=own.detail,
        )  # fmt: skip
