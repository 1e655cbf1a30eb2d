"""Passwords are checked and made in a thread of their own, beside the database's writer and all pages."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from kernel.errors import Busy
from kernel.identity import password_hash_of
from kernel.secrets import hash_password, try_password

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.ids import StaffId
    from kernel.secrets import Tried
    from kernel.web.parts import Parts

P = ParamSpec("P")
T = TypeVar("T")

MOST_WAITING = 20  # some seconds of work; who comes then is told at once to come again


class _OneAtATime:
    """One thread: a flood of guesses makes signing in slow, and nothing else."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "passwords")
        self._waiting = 0

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work; raises ``Busy`` when too much is waiting."""
        if self._waiting >= MOST_WAITING:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, partial(work, *args, **kwargs)
            )
        finally:
            self._waiting -= 1


_passwords = _OneAtATime()


async def tried(here: Parts, password: str, *, of: str | StaffId) -> Tried:
    """Check what somebody typed as the password of a sign-in name or person; raises ``Busy``."""
    known = await here.database.read(password_hash_of, of)
    return await _passwords.do(try_password, password, known)


async def hashed(password: str) -> str:
    """Return the hash of a new password; raises ``Busy``."""
    return await _passwords.do(hash_password, password)
