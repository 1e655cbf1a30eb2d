"""Pages as HTML: Jinja templates, the reader's language and text size, assets under their content hash.

Nothing here is inline: no script, no style attribute, so pages live under ``default-src 'self'``. Assets
are served under the hash of the whole ``static`` tree, which lets ES modules import each other by relative
path and still be cached for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from displays.rules import wording
from displays.rules.embedding import is_embedded
from displays.rules.way_back import page_before, standing_page
from kernel.i18n import DEFAULT_LOCALE, choose_locale, translations
from kernel.web.parts import parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import HTTPConnection

LANGUAGE_COOKIE = "jinban_lang"
TEXT_COOKIE = "jinban_text"
LARGE_TEXT = "large"

NO_STORE = {"Cache-Control": "no-store"}

_HERE = Path(__file__).parent
_TEXTUAL = ("text/", "application/json", "image/svg")
_SMALLEST_GZIPPED = 600  # bytes; below this the gzip header eats what it saves


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file in memory, plain and, where it helps, compressed."""

    content: bytes
    media_type: str
    gzipped: bytes | None


@dataclass(frozen=True, slots=True)
class Reader:
    """How somebody reads: their language and whether they chose the large-print pages."""

    locale: str
    large_text: bool

    @property
    def language_tag(self) -> str:
        return "zh-CN" if self.locale == DEFAULT_LOCALE else self.locale


@dataclass(frozen=True, slots=True)
class DemoBanner:
    """What the thin banner of a demo says."""

    now: datetime
    speed: float


def reader_of(connection: HTTPConnection) -> Reader:
    """Return how this reader reads: by their cookies, else by their browser's languages."""
    locale = choose_locale(
        connection.headers.get("accept-language", ""), chosen=connection.cookies.get(LANGUAGE_COOKIE)
    )
    return Reader(locale, connection.cookies.get(TEXT_COOKIE) == LARGE_TEXT)


@cache
def assets() -> Mapping[str, Asset]:
    """Return every static file by its path below ``static``."""
    mimetypes.add_type("text/javascript", ".js")
    found = sorted(path for path in (_HERE / "static").rglob("*") if path.is_file())
    return {path.relative_to(_HERE / "static").as_posix(): _asset(path) for path in found}


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    shrinks = media_type.startswith(_TEXTUAL) and len(content) >= _SMALLEST_GZIPPED
    return Asset(content, media_type, gzip.compress(content, mtime=0) if shrinks else None)


@cache
def assets_digest() -> str:
    """Return the hash under which all assets are served; any change of any file changes it."""
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(name.encode() + b"\x00" + asset.content)
    return digest.hexdigest()[:16]


def asset_url(name: str) -> str:
    """Return the URL of a static file; raises KeyError for one that does not exist."""
    if name not in assets():
        raise KeyError(f"no such static file: {name}")
    return f"/static/{assets_digest()}/{name}"


@cache
def environment(locale: str) -> Environment:
    """Return the template environment of a language; an undefined name is an error, not an empty text."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    made.globals["asset"] = asset_url
    made.filters.update(wording.filters(locale))
    return made


def page(
    connection: HTTPConnection,
    template: str,
    *,
    status: int = 200,
    personal: bool = False,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Return a rendered page; ``personal`` pages and those with the clock in them are never stored.

    ``context`` may say ``here``, where the reading switches lead back to.
    """
    reader = reader_of(connection)
    here = parts(connection)
    demo = here.settings.demo
    text = (
        environment(reader.locale)
        .get_template(template)
        .render(
            {
                "reader": reader,
                "path": connection.url.path,
                "here": _local_address(connection),
                "embedded": embedded(connection),
                "demo": DemoBanner(here.clock.now(), demo.speed) if demo else None,
                "now": here.clock.now(),
                **context,
            }
        )
    )
    caching = NO_STORE if personal or demo else {"Cache-Control": "no-cache"}
    return HTMLResponse(
        text,
        status_code=status,
        headers={**caching, "Vary": "Cookie, Accept-Language, Sec-Fetch-Dest", **(headers or {})},
    )


def embedded(connection: HTTPConnection) -> bool:
    """Return whether this page stands in a frame of a site that may show it."""
    origins = parts(connection).settings.embed_origins
    return is_embedded(connection.url.path, connection.headers, origins)


def led_on(address: str) -> RedirectResponse:
    """Lead on to an address, after a form or instead of one; nothing keeps that answer."""
    return RedirectResponse(address, 303, headers=NO_STORE)


def _local_address(connection: HTTPConnection) -> str:
    """Return where the language and text switches lead back to; never another host.

    The answer to a form has an address that cannot be asked for again: there the switches lead to the page
    that the form belongs to.
    """
    if connection.scope.get("method", "GET") not in ("GET", "HEAD"):
        return standing_page(connection.url.path, came_from(connection))
    query = connection.url.query
    return connection.url.path + (f"?{query}" if query else "")


def came_from(connection: HTTPConnection) -> str | None:
    """Return the page of this site from which a request was sent, if its browser says so."""
    headers = connection.headers
    return page_before(headers.get("referer", ""), headers.get("host", ""))
