"""Who sits where: the shift of one hall follows its window plan, whoever changed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.live.clerk import Clerk

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sim.live.hall import Hall
    from sim.live.tokens import ClerkKey

    Spawn = Callable[[Coroutine[Any, Any, None]], None]

LOOK_S = 15.0  # real seconds between looks at the board: news that did not come from simulated people
NIGHT_S = 600.0


class Shift:
    """Opens the planned windows with clerks who can serve their queues."""

    def __init__(self, hall: Hall, spawn: Spawn) -> None:
        self._hall, self._spawn = hall, spawn
        self._at: dict[str, ClerkKey] = {}  # window id -> the clerk who works there
        self._stumbled: dict[str, ClerkKey] = {}  # window id -> who was torn away and left it as it was

    async def run(self) -> None:
        """Follow the plan until cancelled; sit down first where the hall was left."""
        await self._hall.look()
        await self._sit_down_again()
        while True:
            await self._hall.look()
            self._staff()
            await self._until_next_look()

    async def _until_next_look(self) -> None:
        hall, now = self._hall, self._hall.pace.now()
        opens_at = hall.opens_at()
        at_work = self._at or self._stumbled or hall.staffed()
        if not at_work and (opens_at is None or opens_at > now):
            # Nobody works and the doors are shut: nothing happens before they open.
            return await hall.pace.sleep_until(opens_at or now + hall.pace.real(NIGHT_S))
        look = now + hall.pace.real(LOOK_S * hall.chance.uniform(0.8, 1.2))
        change = hall.next_change()
        return await hall.pace.sleep_until(min(look, change) if change else look)

    async def _sit_down_again(self) -> None:
        """Let clerks whose windows are open go on with whoever is there."""
        token = self._hall.keys.clerks[0].token
        windows = (await self._hall.api.get("/windows", {"hall": self._hall.code}, token=token)).body[
            "windows"
        ]
        by_id = {clerk.id: clerk for clerk in self._hall.keys.clerks}
        for window in windows:
            clerk = by_id.get(window["clerk_id"] or "")
            if clerk is not None and window["status"] != "closed":
                self._sit(window["id"], clerk)

    def _staff(self) -> None:
        while self._stumbled:
            # Whatever the plan says now: a window that stayed open past it must still be closed.
            self._sit(*self._stumbled.popitem())
        wanted = self._hall.staffed()
        home = {self._hall.keys.windows[c.window]: c for c in self._hall.keys.clerks if c.window}
        for window_id in sorted(set(wanted) - set(self._at), key=lambda own: own not in home):
            clerk = self._choose(wanted, window_id, home.get(window_id))
            if clerk is not None:
                self._sit(window_id, clerk)

    def _choose(self, wanted: dict[str, set[str]], window_id: str, usual: ClerkKey | None) -> ClerkKey | None:
        """Return the usual clerk of a window, else a free one who can serve its queues."""
        busy = {clerk.id for clerk in self._at.values()}
        free = [clerk for clerk in self._hall.keys.clerks if clerk.id not in busy]
        able = [clerk for clerk in free if not clerk.skills or wanted[window_id] <= set(clerk.skills)]
        if usual in able:
            return usual
        spare = [clerk for clerk in able if self._hall.keys.windows.get(clerk.window or "") not in wanted]
        return min(spare or able, key=lambda clerk: len(clerk.skills) or len(wanted) + 99, default=None)

    def _sit(self, window_id: str, clerk: ClerkKey) -> None:
        self._at[window_id] = clerk
        self._spawn(self._work(window_id, clerk))

    async def _work(self, window_id: str, clerk: ClerkKey) -> None:
        try:
            await Clerk(self._hall, clerk, window_id).work()
        except Exception:
            self._stumbled[window_id] = clerk
            raise
        finally:
            del self._at[window_id]
