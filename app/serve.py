"""One API process: ``uvicorn --factory app.serve:app``, or ``python -m app.serve`` under a parent."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import structlog
import typer
import uvicorn

from app.logs import configure_logs
from app.parts import parts_of
from app.plainly import told_plainly
from app.schema import DatabaseBehind, must_be_current, must_be_there
from kernel.database import Database
from kernel.errors import Busy
from kernel.secrets import Vault
from kernel.settings import Settings

if TYPE_CHECKING:
    from types import FrameType

    from fastapi import FastAPI


# Of the ten seconds that whoever ends us should grant. What waits for a lock gets it or is refused within
# three, and a request may wait twice; after this it is cut.
DRAINS_FOR_S = 7


def app() -> FastAPI:
    """Return the app over this installation's parts."""
    settings = Settings()
    configure_logs(settings.log_level)
    # Not above: the command line knows this module and would carry the whole app, twice in the demo.
    made: FastAPI = import_module("app.main").create_app(parts_of(settings))
    # What is loaded by now stays. Left in the collector's sight, each full collection would look at all of
    # it again: 0.15 s of CPU in which nobody is answered.
    gc.collect()
    gc.freeze()
    return made


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    with_parent: Annotated[bool, typer.Option(help="Stop when standard input closes.")] = False,
) -> None:
    """Serve the API, the pages and the websockets of this installation."""
    with told_plainly():
        _refuse_early()
    if with_parent:
        threading.Thread(target=_stop_with_parent, daemon=True).start()
    # uvicorn drains and then raises the signal again, as if it had killed us. An end that was asked for and
    # went well is no failure to whoever keeps us alive, so what is raised then meets this.
    signal.signal(signal.SIGTERM, _already_ended)
    # One process: the sole writer on SQLite. Deflate is off: it costs more CPU than it saves in a hall.
    uvicorn.run(
        app,
        factory=True,
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_max_size=4096,
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=DRAINS_FOR_S,
    )


def _refuse_early() -> None:
    """Raise what would keep this installation from serving, while a plain word can still be said.

    A server's database that does not answer is no reason: it may come back, and until then ``/readyz`` says
    no. A file that cannot be opened stays so.
    """
    settings = Settings()
    Vault.from_settings(settings)
    database = Database(settings.database_url, pool_size=1)
    try:
        must_be_there(database)
        database.write_now(must_be_current)
    except DatabaseBehind:
        raise
    except Busy:
        if database.is_sqlite:
            raise
        configure_logs(settings.log_level)
        structlog.get_logger("serve").warning("the database does not answer yet")
    finally:
        database.close()


def _already_ended(_signal: int, _frame: FrameType | None) -> None:
    """Let the process go on to its own end."""


def _stop_with_parent() -> None:
    """A parent that is killed cannot tell us, but its end of our standard input closes."""
    # Not by sys.stdin: the interpreter cannot end in order while a thread holds that lock, and aborts.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    typer.run(serve)
