"""The API as a process: told to end, it says so to its sockets and ends in order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.program import Program, free_port, program

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


def test_it_is_there_before_its_database_and_says_that_it_is_not_ready() -> None:
    """Also where jobs run: whoever starts both need not see to the order."""
    early = Program(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing", run_worker="true")
    try:
        early.start(until_ready=False)
        deadline = time.monotonic() + 30
        while early.status_of("/livez") != 200 and time.monotonic() < deadline:
            assert early.runs, "it ended because its database was not there yet"
            time.sleep(0.1)
        assert (early.status_of("/livez"), early.ready()) == (200, 503)
    finally:
        early.kill()
