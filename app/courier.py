"""The courier process: posts deliveries for the API, so that no receiver's slowness is anybody else's.

Started by the API with the number of a socket. It gets signed deliveries, posts them, says what was answered
and ends when that socket closes. It sees no database, no secret and no key.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.frames import encode, read_frame
from booking.rules.webhooks import OUR_FAULT, Answered
from booking.webhooks.posting import Poster

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter


LOOK_UPS = 40  # of names at once, as many as are posted at once


async def carry(reader: StreamReader, writer: StreamWriter) -> None:
    """Post what comes until the other side is gone; what is on its way then is left to its lease."""
    poster = Poster()
    under_way: set[asyncio.Task[None]] = set()
    try:
        while True:
            frame = await read_frame(reader)
            task = asyncio.create_task(_post(poster, frame, writer))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    except (asyncio.IncompleteReadError, ConnectionError):
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    finally:
        await poster.aclose()
        writer.close()


async def _post(poster: Poster, frame: dict[str, Any], writer: StreamWriter) -> None:
    try:
        answered = await poster.post(frame["url"], frame["body"], frame["headers"], named=frame["named"])
    except Exception:
        # Unanswered, it would cost every other delivery under way its courier.
        logging.exception("an error of ours while posting")
        answered = Answered(None, OUR_FAULT)
    writer.write(encode({"id": frame["id"], "answered": asdict(answered)}))
    await writer.drain()


async def _main(descriptor: int) -> None:
    # Names that nobody answers for hold a thread each; two cores' few would make the others late.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(LOOK_UPS, "names"))
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    await carry(reader, writer)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
