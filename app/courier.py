"""The courier process: posts deliveries for the API, so that no receiver's slowness is anybody else's.

Started by the API with the number of a socket. It gets signed deliveries, posts them, says what was answered
and ends when that socket closes. It sees no database, no secret and no key.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.frames import encode, read_frame
from booking.webhooks.posting import Poster

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter


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
    answered = await poster.post(frame["url"], frame["body"], frame["headers"], named=frame["named"])
    writer.write(encode({"id": frame["id"], "answered": asdict(answered)}))
    await writer.drain()


async def _main(descriptor: int) -> None:
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    await carry(reader, writer)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
