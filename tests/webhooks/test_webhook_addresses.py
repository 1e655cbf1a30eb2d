"""Nobody who may register an endpoint can make this server speak to the machines around it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.webhook_address import AddressRefused, address_of, may_connect
from booking.webhooks import posting
from booking.webhooks.errors import WebhookAddressRefused
from booking.webhooks.posting import Poster

if TYPE_CHECKING:
    from tests.support.receiver import Receiver
    from tests.webhooks.conftest import Town

REFUSED = {
    "ftp://hooks.example.cn/": "not-https",
    "http://hooks.example.cn/": "not-https",
    "http://10.0.0.7/": "not-https",
    "javascript:alert(1)": "not-https",
    "https://": "not-an-address",
    "https://hooks.example.cn:0/": "not-an-address",
    "https://hooks.example.cn:99999/": "not-an-address",
    "https://hooks.example.cn/a b": "not-an-address",
    "https://hooks.example.cn\\@10.0.0.1/": "not-an-address",
    "https://hooks.example.cn/\r\nX: y": "not-an-address",
    "https://例子.cn/": "not-an-address",
    "https://" + "a" * 400: "not-an-address",
    "https://name:word@hooks.example.cn/": "has-password",
    "https://hooks.example.cn/#here": "has-fragment",
    "http://127.0.0.1:8000/": "private",
    "http://localhost/": "private",
    "https://a.localhost/": "private",
    "https://10.1.2.3/": "private",
    "https://192.168.1.1/": "private",
    "https://169.254.169.254/latest/meta-data": "private",
    "https://100.64.0.1/": "private",
    "https://0.0.0.0/": "private",
    "https://224.0.0.1/": "private",
    "https://[::1]/": "private",
    "https://[fd00::1]/": "private",
    "https://[fe80::1]/": "private",
    "https://[::ffff:10.0.0.1]/": "private",
    "https://[64:ff9b::a00:1]/": "private",
    "https://[2002:a00:1::]/": "private",
}


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_not_of_the_open_network_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        address_of(url, ())
    assert refused.value.why.value == REFUSED[url]


def test_a_host_that_the_installation_names_is_let_in_and_no_other() -> None:
    named = ["platform.gov.internal", "127.0.0.1", "10.1.2.3"]
    assert address_of("https://Platform.gov.internal/x", named).named
    assert address_of("http://127.0.0.1:9/x", named).named
    assert address_of("https://10.1.2.3/", named).named
    assert not address_of("https://hooks.example.cn/", named).named
    for other in ("http://platform.gov.internal/", "https://10.1.2.4/"):
        with pytest.raises(AddressRefused):
            address_of(other, named)


@given(st.ip_addresses())
def test_only_addresses_of_the_open_network_are_connected_to(ip: Any) -> None:
    if may_connect(ip, named=False):
        assert ip.is_global
        assert not ip.is_multicast
        assert ip.version == 4 or ip.ipv4_mapped is None or ip.ipv4_mapped.is_global


@pytest.mark.parametrize("found", [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:192.168.0.1"]])
async def test_a_name_that_leads_inside_is_not_posted_to(
    monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    asked = []

    async def resolved(_: Any, host: str, port: int, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (own, port)) for own in found]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolved)
    poster = Poster()
    answered = await poster.post("https://rebound.example.cn/x", "{}", {}, named=False)
    await poster.aclose()
    assert (answered.status, answered.error) == (None, "address-private")
    assert asked == ["rebound.example.cn"]


async def test_the_connection_goes_to_the_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """A name that answers differently a moment later leads nowhere else: it is asked once."""
    asked = []
    real = asyncio.BaseEventLoop.getaddrinfo

    async def resolved(self: Any, host: Any, port: int, **more: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else str(host)
        try:
            ipaddress.ip_address(text)
        except ValueError:
            asked.append(text)
            return await real(self, "127.0.0.1", port, **more)
        return await real(self, text, port, **more)

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolved)
    monkeypatch.setattr(posting, "may_connect", lambda ip, *, named: ip.is_loopback and named)
    poster = Poster()
    url = receiver.url.replace("127.0.0.1", "receiver.localhost")
    answered = await poster.post(url, "{}", {}, named=True)
    await poster.aclose()
    assert answered.status == 204
    assert asked == ["receiver.localhost"]
    assert receiver.asked[0][0]["host"].startswith("receiver.localhost:")


async def test_a_redirect_is_not_followed_and_of_the_answer_a_little_is_kept(
    town: Town, receiver: Receiver
) -> None:
    town.register(receiver.url)
    receiver.headers = {"location": receiver.url + "/elsewhere"}
    receiver.answer = lambda _: (307, ("<b>go\x00 " + "长" * 5_000).encode())
    town.issue()
    await town.send()
    assert len(receiver.asked) == 1
    (row,) = town.rows()
    assert (row.status, row.http_status) == ("waiting", 307)
    assert row.answer.startswith("<b>go  长长")
    assert len(row.answer) == 200


@pytest.mark.slow
async def test_a_receiver_that_never_ends_its_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(posting, "DEADLINE_S", 0.5)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b"x")
            await asyncio.sleep(0.05)
        writer.close()
        gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    poster = Poster()
    answered = await poster.post(f"http://127.0.0.1:{port}/", "{}", {}, named=True)
    await poster.aclose()
    async with asyncio.timeout(5):
        await gone.wait()
    server.close()
    await server.wait_closed()
    assert answered.error == "timed-out"


async def test_nobody_there_is_told_as_such(town: Town) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    town.register(f"http://127.0.0.1:{port}/")
    town.issue()
    await town.send()
    assert town.rows()[0].error == "unreachable"


def test_a_wrong_address_is_not_registered(town: Town) -> None:
    with pytest.raises(WebhookAddressRefused) as refused:
        town.register("https://10.0.0.1/")
    assert refused.value.facts["why"] == "private"
