"""Where somebody stands: the page that a step belongs to, and to which a refusal leads back."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# A ticket, appointment, wait, kept place, kiosk: whatever is done there belongs to that page.
_OWN_PAGE = re.compile(r"/(?:t|a|w|book|kiosk)/[^/]+")


def standing_page(path: str, came_from: str | None = None) -> str:
    """Return the page that a step belongs to: its ticket, appointment or kiosk, else where it was sent from.

    >>> standing_page("/t/TOKEN/more-time"), standing_page("/book", "/book?hall=H1"), standing_page("/x")
    ('/t/TOKEN', '/book?hall=H1', '/')
    >>> standing_page("/mine/find", "/mine")
    '/mine'
    """
    own = _OWN_PAGE.match(path)
    if own is None and path.startswith("/mine"):
        return "/mine/code" if path == "/mine/code" else "/mine"
    return own[0] if own else came_from or "/"


def page_before(referrer: str, host: str) -> str | None:
    """Return the page of this site that a request came from; never another host's.

    >>> page_before("http://a.example/halls?service=x", "a.example")
    '/halls?service=x'
    >>> page_before("http://b.example/halls", "a.example") is None, page_before("http://[", "[") is None
    (True, True)
    """
    try:
        parts = urlsplit(referrer)
    except ValueError:  # whoever sends the header sends what they like
        return None
    if parts.netloc != host or not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
