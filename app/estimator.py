"""The estimator process: follows every hall and publishes its waits, whatever else the worker is busy with.

Started by the API with the number of a socket; sends a frame per hall and ends when that socket closes.
It loads numba and models and reads the database on its own connection; it writes nothing.
"""

from __future__ import annotations

import select
import socket
import sys

import structlog

from app.frames import encode
from app.logs import configure_logs
from app.parts import clock_of
from kernel.clock import monotonic
from kernel.database import Database
from kernel.errors import Refusal
from kernel.settings import Settings
from queueing.live.estimator import Estimator
from queueing.rules.published import waits_json

log = structlog.get_logger("estimator")

LEAST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 2.0


def main(descriptor: int) -> None:
    """Go round until the API is gone."""
    settings = Settings()
    configure_logs(settings.log_level)
    database = Database(settings.database_url, pool_size=1)
    clock = clock_of(settings)
    estimator = Estimator(database, settings.model_dir)
    with socket.socket(fileno=descriptor) as connection:
        pause = 0.0
        while not _gone(connection, pause):
            begun = monotonic()
            try:
                for waits in estimator.round(clock.now()):
                    connection.sendall(encode({"waits": waits_json(waits)}))
                connection.sendall(encode({"round": True}))
            except Refusal as busy:  # the database: next time
                log.warning("round left out", code=busy.code)
            except OSError:
                break
            # As long a pause as the round took leaves the other half of the core to everyone else.
            pause = min(max(monotonic() - begun, LEAST_PAUSE_S), LONGEST_PAUSE_S)
    database.close()


def _gone(connection: socket.socket, pause_s: float) -> bool:
    """Wait a moment; return whether the other side has closed meanwhile."""
    readable, _, _ = select.select([connection], [], [], pause_s)
    return bool(readable)


if __name__ == "__main__":
    main(int(sys.argv[1]))
