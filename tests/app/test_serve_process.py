"""The API as a process: told to end, it says so to its sockets and ends in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.program import program

if TYPE_CHECKING:
    from kernel.database import Database

pytestmark = pytest.mark.slow


def test_told_to_end_it_tells_its_sockets_and_ends_without_complaint(
    sqlite_database: Database, sqlite_city: Any
) -> None:
    with program(sqlite_database) as running, connect(running.live(), proxy=None) as socket:
        socket.recv(10)
        running.tell_to_end()
        with pytest.raises(ConnectionClosed) as closed:
            list(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert running.ended(10) == 0


def test_it_ends_in_order_when_its_parent_is_gone(sqlite_database: Database, sqlite_city: Any) -> None:
    """The parent's end of its standard input closes, as when the parent was killed."""
    with program(sqlite_database) as running:
        running.leave_alone()
        assert running.ended(10) == 0
