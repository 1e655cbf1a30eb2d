"""A clerk sees who is next before the bell rings (叫号前查看).

Looking reserves nobody. Two clerks may see the same person; whoever calls first has them, and the other is
told who is next by then, because the call names whom its clerk has seen. So nobody is held back by a clerk
who looked and went for tea, nobody is skipped, and no window calls whom it did not expect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from queueing import store
from queueing.errors import NobodyWaiting
from queueing.returns.store import that_gave
from queueing.rules.steady import GRID
from queueing.service.calling import next_at
from queueing.service.views import views

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.identity import Staff
    from kernel.ids import WindowId
    from queueing.service.views import TicketView


@dataclass(frozen=True, slots=True)
class NextPerson:
    """Whom a window calls next; ``note``: the papers with which they come back, else empty."""

    ticket: TicketView
    waited_minutes: int
    note: str

    @property
    def over_told(self) -> bool:
        """Whether they have waited longer than the range that they read; "no wait" is less than a step."""
        told = self.ticket.told.band
        return told is not None and not told.is_long and self.waited_minutes > max(told.high, GRID)


def look_next(session: Session, window_id: WindowId, *, by: Staff, now: datetime) -> NextPerson:
    """Return whom a window calls next if nothing changes; raises ``NobodyWaiting``, ``WrongHall``."""
    window = store.window(session, window_id)
    by.must_work_in(window.hall_id)
    chosen = next_at(session, window, by, now)
    if chosen is None:
        raise NobodyWaiting(window=window.label)
    sent = that_gave(session, chosen.id) if chosen.came_back else None
    waited = int((now - chosen.arrived_at).total_seconds() // 60)
    return NextPerson(views(session, [chosen])[0], waited, sent.note if sent else "")
