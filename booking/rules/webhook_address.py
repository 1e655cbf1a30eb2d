"""Where deliveries may go: an https address of the open network, or a host that the installation names.

Whoever may register an endpoint must not be able to make this server speak to the machines around it.
The name is judged when it is registered, and what it resolves to at each delivery.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST_URL = 400
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class WrongAddress(StrEnum):
    """Why an address is no place for deliveries."""

    NOT_AN_ADDRESS = "not-an-address"
    NOT_HTTPS = "not-https"
    HAS_PASSWORD = "has-password"
    HAS_FRAGMENT = "has-fragment"
    PRIVATE = "private"


class AddressRefused(ValueError):
    """``why``: what is wrong with an address."""

    def __init__(self, why: WrongAddress) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect; ``named``: the installation lets deliveries to this host into its own network."""

    host: str
    port: int
    named: bool


def address_of(url: str, allowed_hosts: Collection[str]) -> Address:
    """Return where a URL leads; raises ``AddressRefused``.

    >>> address_of("https://hooks.example.cn/jinban", ())
    Address(host='hooks.example.cn', port=443, named=False)
    """
    parsed, host, port = _parts(url)
    if parsed.username is not None or parsed.password is not None:
        raise AddressRefused(WrongAddress.HAS_PASSWORD)
    if parsed.fragment:
        raise AddressRefused(WrongAddress.HAS_FRAGMENT)
    named = host in {own.lower().strip("[]") for own in allowed_hosts}
    literal, inside = _literal(host), _is_local_name(host)
    if parsed.scheme == "http" and not (inside or (literal is not None and literal.is_loopback)):
        raise AddressRefused(WrongAddress.NOT_HTTPS)
    if inside and not named:
        raise AddressRefused(WrongAddress.PRIVATE)
    if literal is not None and not may_connect(literal, named=named):
        raise AddressRefused(WrongAddress.PRIVATE)
    return Address(host, port or (443 if parsed.scheme == "https" else 80), named)


def _parts(url: str) -> tuple[SplitResult, str, int | None]:
    if len(url) > LONGEST_URL or not url.isascii() or any(own <= " " or own == "\\" for own in url):
        raise AddressRefused(WrongAddress.NOT_AN_ADDRESS)
    try:
        parsed = urlsplit(url)
        host, port = (parsed.hostname or "").lower().rstrip("."), parsed.port
    except ValueError:
        raise AddressRefused(WrongAddress.NOT_AN_ADDRESS) from None
    if parsed.scheme not in ("http", "https"):
        raise AddressRefused(WrongAddress.NOT_HTTPS)
    if not host or port == 0:
        raise AddressRefused(WrongAddress.NOT_AN_ADDRESS)
    return parsed, host, port


def may_connect(ip: IPv4Address | IPv6Address, *, named: bool) -> bool:
    """Return whether a delivery may go to this address.

    >>> may_connect(IPv4Address("10.0.0.7"), named=False), may_connect(IPv4Address("10.0.0.7"), named=True)
    (False, True)
    """
    inner = _inner(ip)
    if inner.is_multicast or inner.is_unspecified:
        return False
    return named or inner.is_global


def _inner(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else ip


def _is_local_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
