"""The worker process: engine, models, optimizer; reads the database, writes nothing.

Started by the API with the number of a socket; ends when that socket closes.
"""

from __future__ import annotations

import socket
import sys
import time
from typing import Any

import structlog

import queueing.jobs
import queueing.plans.jobs
import queueing.plans.study_jobs
from app.frames import encode, receive
from app.logs import configure_logs
from app.parts import clock_of
from kernel.database import Database
from kernel.jobs import JobContext, JobFunction
from kernel.settings import Settings

log = structlog.get_logger("worker")

JOBS: dict[str, JobFunction] = {
    **queueing.jobs.JOBS,
    **queueing.plans.jobs.JOBS,
    **queueing.plans.study_jobs.JOBS,
}
PROGRESS_EVERY_S = 0.5


def main(descriptor: int) -> None:
    """Do jobs until the API is gone."""
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
    told_at = 0.0

    def progress(done: float) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PROGRESS_EVERY_S:
            told_at = time.monotonic()
            connection.sendall(encode({"id": frame["id"], "progress": done}))

    context = JobContext(database, clock_of(settings), settings, progress)
    try:
        return {"id": frame["id"], "result": JOBS[frame["name"]](context, frame["args"])}
    except Exception as failure:
        log.exception("job failed", job=frame["name"])
        return {"id": frame["id"], "error": f"{type(failure).__name__}: {failure}"}


if __name__ == "__main__":
    main(int(sys.argv[1]))
