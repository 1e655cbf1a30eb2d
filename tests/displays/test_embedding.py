"""Citizens' pages in frames of other sites: only named ones, only these pages, without header and footer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from tests.conftest import client_of, test_settings

if TYPE_CHECKING:
    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

APP = "https://app.gd.example"
FRAMED = {"Accept": "text/html", "Accept-Language": "en", "Sec-Fetch-Dest": "iframe"}
PLAIN = {"Accept": "text/html", "Accept-Language": "en"}


def ancestors(answer: httpx2.Response) -> str:
    policy = answer.headers["content-security-policy"]
    return policy[policy.index("frame-ancestors") :]


@pytest.fixture
def embedding(sqlite_parts: Parts, sqlite_city: SmallCity) -> Parts:
    assert sqlite_city
    return replace(sqlite_parts, settings=test_settings(embed_origins=[APP]))


async def test_by_default_no_other_site_shows_any_page(sqlite_client: httpx2.AsyncClient) -> None:
    for path in ("/", "/halls?service=id-card", "/staff/sign-in", "/a/unknown-token"):
        answer = await sqlite_client.get(path, headers=FRAMED)
        assert ancestors(answer) == "frame-ancestors 'self'", path
    assert "site-header" in (await sqlite_client.get("/", headers=FRAMED)).text


@pytest.mark.parametrize(
    "path", ["/", "/services", "/services/id-card", "/halls?service=id-card", "/no-shows", "/a/unknown-token"]
)
@pytest.mark.slow
async def test_named_sites_show_citizens_pages_without_header_and_footer(embedding: Parts, path: str) -> None:
    async with client_of(embedding) as client:
        framed = await client.get(path, headers=FRAMED)
        assert ancestors(framed) == f"frame-ancestors 'self' {APP}"
        assert "site-header" not in framed.text
        assert "site-footer" not in framed.text
        assert "embedded.js" in framed.text
        assert "Sec-Fetch-Dest" in framed.headers["vary"]
        own = await client.get(path, headers=PLAIN)
        assert "site-header" in own.text
        assert "embedded.js" not in own.text


@pytest.mark.parametrize("path", ["/staff/sign-in", "/mine", "/kiosk/H1", "/lobby/H1", "/docs", "/here/H1"])
@pytest.mark.slow
async def test_other_pages_stand_in_no_frame(embedding: Parts, path: str) -> None:
    async with client_of(embedding) as client:
        assert ancestors(await client.get(path, headers=FRAMED)) == "frame-ancestors 'self'"


@pytest.mark.slow
async def test_every_route_of_staff_and_devices_stays_out(embedding: Parts) -> None:
    from displays.rules.embedding import may_be_embedded  # noqa: PLC0415 - beside its only use

    async with client_of(embedding) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    assert not [path for path in paths if may_be_embedded(path)], "the API is no page"


@pytest.mark.parametrize(
    "origin",
    [
        "http://app.example",
        "app.example",
        "https://app.example/path",
        "https://*.example",
        "https://a; b",
        "*",
    ],
)
def test_what_is_no_single_site_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError):
        test_settings(embed_origins=[origin])
