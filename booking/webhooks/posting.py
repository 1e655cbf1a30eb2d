"""Posting a delivery: only to addresses of the open network or hosts that the installation names.

The name is resolved here, each of its addresses is judged, and the connection goes to the one that was
judged: a name that answers differently a moment later leads nowhere else. No redirect is followed, no proxy
of the environment asked, and of the answer only the beginning is read.
"""

from __future__ import annotations

import asyncio
import codecs
import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import httpx2

from booking.rules.webhook_address import AddressRefused, WrongAddress, address_of, may_connect
from booking.rules.webhooks import ANSWER_KEPT, Answered
from kernel.clock import monotonic

if TYPE_CHECKING:
    from booking.rules.webhook_address import Address

STEP_S = 5.0  # to connect, to send, to get the answer's head
DEADLINE_S = 15.0  # for all of it: a quarter of the lease
AGENT = "Jinban-Webhooks/1"
READ_AT_MOST = 4 * ANSWER_KEPT  # bytes: UTF-8 has up to four a character


class Poster:
    """A client for all endpoints; nothing is kept between two of them, connections neither."""

    def __init__(self) -> None:
        # A pool tells connections apart by address and port: kept open, one host's would serve another's.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._http = httpx2.AsyncClient(
            timeout=STEP_S, follow_redirects=False, trust_env=False, limits=limits
        )

    async def post(self, url: str, body: str, headers: dict[str, str], *, named: bool) -> Answered:
        """Post and return what was answered; never raises for a receiver that is away."""
        began = monotonic()
        said = await self._tried(url, body, headers, named=named)
        return Answered(said.status, said.error, said.answer, round((monotonic() - began) * 1000))

    async def _tried(self, url: str, body: str, headers: dict[str, str], *, named: bool) -> Answered:
        try:
            async with asyncio.timeout(DEADLINE_S):
                where = address_of(url, [urlsplit(url).hostname or ""] if named else ())
                ip = await resolve(where)
                return await self._post(url, where, ip, body, headers)
        except AddressRefused as refused:
            return Answered(None, f"address-{refused.why.value}")
        except (TimeoutError, httpx2.TimeoutException):
            return Answered(None, "timed-out")
        except socket.gaierror:
            return Answered(None, "name-unknown")
        except httpx2.ConnectError as failed:
            return Answered(None, "tls" if "certificate" in str(failed).lower() else "unreachable")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError):
            return Answered(None, "unreachable")

    async def _post(self, url: str, where: Address, ip: str, body: str, headers: dict[str, str]) -> Answered:
        parsed = urlsplit(url)
        host = f"[{ip}]" if ":" in ip else ip
        target = urlunsplit(parsed._replace(netloc=f"{host}:{where.port}"))
        all_headers = {"Host": parsed.netloc, "Content-Type": "application/json", "User-Agent": AGENT}
        async with self._http.stream(
            "POST",
            target,
            content=body.encode(),
            headers=all_headers | headers,
            extensions={"sni_hostname": where.host},
        ) as answer:
            return Answered(answer.status_code, "", await _beginning(answer))

    async def aclose(self) -> None:
        await self._http.aclose()


async def _beginning(answer: httpx2.Response) -> str:
    """Return the first characters of an answer that is text; signs that no page may show are left out."""
    read = bytearray()
    async for chunk in answer.aiter_raw():  # not unpacked: a small answer may unpack to gigabytes
        read += chunk[: READ_AT_MOST - len(read)]
        if len(read) >= READ_AT_MOST:
            break
    text = codecs.decode(bytes(read), "utf-8", "replace")
    return "".join(own if own.isprintable() else " " for own in text)[:ANSWER_KEPT].strip()


async def resolve(where: Address) -> str:
    """Return the address to connect to; raises ``AddressRefused`` where one of them is not allowed.

    One is enough: a name that leads outside and inside at once is not to be trusted with either.
    """
    found = await asyncio.get_running_loop().getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    addresses = [str(own[4][0]).partition("%")[0] for own in found]
    if not addresses or not all(
        may_connect(ipaddress.ip_address(own), named=where.named) for own in addresses
    ):
        raise AddressRefused(WrongAddress.PRIVATE)
    return addresses[0]
