"""A citizens' page inside another site's page, in a real browser: booked from there, or not shown at all."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.staff_site import Site
from tests.browser.test_messages import held
from tests.conftest import test_settings
from tests.support.served import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@contextmanager
def other_site(address: str) -> Iterator[str]:
    """Serve a page of another site (another host) that frames an address and listens for its height."""
    page = f"""<!doctype html><html lang="zh"><title>App</title><main><h1>App</h1>
<iframe title="Jinban" src="{address}" width="390" height="600"></iframe></main>
<script>addEventListener("message", (m) => {{ document.body.dataset.height = m.data.pixels; }});</script>"""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("named", [True, False])
def test_a_named_site_books_in_its_frame_and_another_shows_nothing(
    chromium: Browser, sqlite_parts: Parts, sqlite_city: SmallCity, *, named: bool
) -> None:
    settings = test_settings()
    parts = replace(sqlite_parts, settings=settings)
    with serving(parts, sqlite_city) as served:
        token = held(Site(served.url, served.city, served.parts))
        with other_site(f"{served.url}/book/{token}") as other:
            if named:
                settings.embed_origins.append(other)
                app = served.server.config.app
                app.middleware_stack = None  # type: ignore[union-attr]
                for layer in app.user_middleware:  # type: ignore[union-attr]
                    if "embedders" in layer.kwargs:
                        layer.kwargs["embedders"] = (other,)
            context = chromium.new_context(viewport={"width": 430, "height": 860}, locale="zh-CN")
            page = context.new_page()
            page.goto(other)
            frame = page.frame_locator("iframe")
            if not named:
                expect(frame.locator("#name")).to_have_count(0)
                context.close()
                return
            frame.locator("#name").fill("王小明")
            frame.locator("#phone").fill("13800138000")
            frame.get_by_role("button", name="预约", exact=True).click()
            expect(frame.get_by_role("heading", name="预约成功")).to_be_visible()
            expect(frame.locator(".site-header")).to_have_count(0)
            expect(frame.locator(".map-link").first).to_have_attribute("target", "_blank")
            expect(page.locator("body[data-height]")).to_have_count(1)
            assert Axe().run(page).response["violations"] == []
            context.close()
