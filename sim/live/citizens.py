"""Simulated citizens who walk in: they take a ticket at the kiosk, wait, and sometimes go home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.live.demand import day_curve

if TYPE_CHECKING:
    from datetime import date

    from sim.live.hall import Hall

MORE_TIME_SHARE = 0.02
LATE_S = 20.0  # real seconds; who could not be let in within them has gone elsewhere
_GONE = ("not-possible-now", "ticket-not-found", "undo-too-late")


class WalkIns:
    """The people who walk into one hall, day after day."""

    def __init__(self, hall: Hall) -> None:
        self._hall, self._chance = hall, hall.chance
        self.dropped = 0

    async def run(self) -> None:
        """Let people come while the hall is open, until cancelled."""
        hall = self._hall
        while True:
            opens_at = hall.opens_at()
            if opens_at is None:
                return
            await hall.pace.sleep_until(opens_at)
            day = hall.today()
            await self._let_in(day)
            await hall.pace.sleep_until(hall.calendar.at_minute(day, 24 * 60))
            hall.waiting.clear()
            hall.tokens.clear()
            hall.gone.clear()

    async def _let_in(self, day: date) -> None:
        hall = self._hall
        share = (1 - hall.plan.demand.appointment_share) * hall.level_of(day)
        curve = day_curve(hall.plan, hall.calendar, day)
        for minute in curve.arrivals(self._chance, share=share, after=hall.minute()):
            comes_at = hall.calendar.at_minute(day, minute)
            await hall.pace.sleep_until(comes_at)
            if hall.pace.now() - comes_at > hall.pace.real(LATE_S):
                self.dropped += 1
            else:
                await self._take_ticket()

    async def _take_ticket(self) -> None:
        hall = self._hall
        answer = await hall.api.post(
            f"/halls/{hall.code}/tickets",
            {
                "services": [hall.errands.draw(self._chance).code],
                "priority": self._chance.random() < hall.plan.demand.priority_share,
            },
            token=hall.keys.kiosk,
            expects=("not-taking-tickets", "numbers-used-up"),
        )
        if answer.done:
            wait(hall, answer.body)


def wait(hall: Hall, issued: Any) -> None:
    """Let a citizen with a new ticket wait until patience ends; wake an idle clerk for it."""
    follow(hall, issued["ticket"]["id"], issued["token"])
    hall.somebody_came(issued["ticket"]["queue_id"])


def follow(hall: Hall, ticket_id: str, token: str) -> None:
    """Let a waiting citizen go home when patience ends, or ask for more time."""
    hall.waiting[ticket_id] = hall.tokens[ticket_id] = token
    hall.agenda.within(
        hall.chance.expovariate(1 / hall.plan.demand.patience_minutes),
        lambda: give_up_if_waiting(hall, ticket_id),
    )
    if hall.chance.random() < MORE_TIME_SHARE:
        hall.agenda.within(hall.chance.uniform(2, 10), lambda: _more_time(hall, ticket_id))


async def give_up_if_waiting(hall: Hall, ticket_id: str) -> None:
    """Let a citizen go home who, as far as it knows, has not been called."""
    token = hall.waiting.pop(ticket_id, None)
    if token is not None:
        hall.tokens.pop(ticket_id, None)
        hall.gone.add(ticket_id)
        await hall.api.post("/tickets/give-up", {"token": token}, expects=_GONE)


async def _more_time(hall: Hall, ticket_id: str) -> None:
    if (token := hall.waiting.get(ticket_id)) is not None:
        await hall.api.post("/tickets/more-time", {"token": token}, expects=_GONE)
