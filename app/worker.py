"""The worker process: engine, models, optimizer; reads the database, writes nothing.

Started by the API with the number of a socket; ends when that socket closes.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from importlib import import_module
from threading import Thread
from typing import Any
from uuid import UUID

import structlog

from app.frames import encode, receive
from app.logs import configure_logs
from app.parts import clock_of
from kernel.database import Database
from kernel.ids import JobId
from kernel.jobs import JobContext, JobFunction, stop_asked
from kernel.settings import Settings

log = structlog.get_logger("worker")

PLANS, STUDIES = "queueing.plans.jobs", "queueing.plans.study_jobs"
# Loaded with the first job that needs them: a worker that plans has no use for the models, 100 MB of them.
MODULES = {
    "learn_waits": "queueing.jobs",
    "learn_correction": "queueing.live.jobs",
    **dict.fromkeys(("propose_window_plan", "replan_today", "measure_proposal"), PLANS),
    **dict.fromkeys(("try_window_plan", "answer_staffing", "plan_appointments", "plan_week"), STUDIES),
}
GET_READY = "get_ready"  # no job of anybody: app.jobs sends it to a worker before it is needed
PROGRESS_EVERY_S = 0.5
BEHIND = 5  # of nice: a search that takes all cores must not slow down who is answered by the API


def main(descriptor: int) -> None:
    """Do jobs until the API is gone."""
    os.nice(BEHIND)
    settings = Settings()
    configure_logs(settings.log_level)
    database = Database(settings.database_url, pool_size=2)
    with socket.socket(fileno=descriptor) as connection:
        while (frame := receive(connection)) is not None:
            connection.sendall(encode(_answer(frame, connection, database, settings)))
    database.close()


def _answer(
    frame: dict[str, Any], connection: socket.socket, database: Database, settings: Settings
) -> dict[str, Any]:
    talk = _Talk(frame["id"], connection, database)
    context = JobContext(database, clock_of(settings), settings, talk.progress, talk.so_far, talk.stopped)
    try:
        return {"id": frame["id"], "result": function_of(frame["name"])(context, frame["args"])}
    except Exception as failure:
        log.exception("job failed", job=frame["name"])
        return {"id": frame["id"], "error": f"{type(failure).__name__}: {failure}"}


def function_of(name: str) -> JobFunction:
    """Return the function of a job, its module loaded; raises KeyError for a name that no job has."""
    if name == GET_READY:
        return get_ready
    found: JobFunction = import_module(MODULES[name]).JOBS[name]
    return found


def get_ready(_context: JobContext, _args: dict[str, Any]) -> dict[str, Any]:
    """Load what a manager's questions need and play a tiny hall, so that the first answer takes seconds.

    The search is made ready beside it. Where the install has not compiled it that takes a minute of one
    core, and a trial, which needs the engine alone, shall not wait for it.
    """
    for module in (PLANS, STUDIES):
        import_module(module)
    import_module("queueing.engine.warm").warm()
    Thread(target=import_module("queueing.plans.warm").warm, name="warm search", daemon=True).start()
    return {}


class _Talk:
    """What a running job tells the API, and whether it was asked to stop; both at most twice a second."""

    def __init__(self, job_id: str, connection: socket.socket, database: Database) -> None:
        self._id, self._connection, self._database = job_id, connection, database
        self._told_at = self._asked_at = 0.0
        self._found: dict[str, Any] | None = None
        self._stop = False

    def progress(self, done: float) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_EVERY_S:
            self._told_at = time.monotonic()
            self._connection.sendall(encode({"id": self._id, "progress": done, "so_far": self._found}))

    def so_far(self, found: dict[str, Any]) -> None:
        self._found = found

    def stopped(self) -> bool:
        if not self._stop and time.monotonic() - self._asked_at >= PROGRESS_EVERY_S:
            self._asked_at = time.monotonic()
            self._stop = self._database.read_now(stop_asked, JobId(UUID(self._id)))
        return self._stop


if __name__ == "__main__":
    main(int(sys.argv[1]))
