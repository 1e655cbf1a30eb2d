"""Where a request comes from, and how often something was tried: counted by a keyed hash, kept nowhere."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from kernel.bus import BusDown

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from kernel.web.parts import Parts


ONE_LINE = 64  # bits of an IPv6 address that a provider gives to one line; whoever has it chooses the others


def caller_address(connection: HTTPConnection) -> str:
    """Return the address of whoever asks as limits count it, or nothing where the server knows none."""
    return counted_as(connection.client.host) if connection.client else ""


def counted_as(address: str) -> str:
    """Return what limits count an address as: of IPv6 its line, or one caller would have 2⁶⁴ of them.

    >>> counted_as("203.0.113.7"), counted_as("::ffff:203.0.113.7"), counted_as("2001:db8:0:1:a:b:c:d")
    ('203.0.113.7', '203.0.113.7', '2001:db8:0:1::/64')
    >>> counted_as("testclient")
    'testclient'
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), ONE_LINE), strict=False))


async def tries(here: Parts, what: str, whose: str, *, within_s: float) -> int:
    """Count a try and return how many there were within the time; 0 without the bus, which counts nothing.

    ``whose`` is what the tries have in common: an address, a reference. The bus sees its keyed hash alone.
    """
    key = here.vault.digest(whose, field=what).hex()
    try:
        return await here.bus.count(f"{what}:{key}", ttl_s=within_s)
    except BusDown:
        return 0
