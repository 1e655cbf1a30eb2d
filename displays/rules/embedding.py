"""Which pages may stand inside another site's page, and how a page knows that it does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# Finding, guiding, ranking, booking and what a link opens. Not what hangs on a cookie (the own list, numbers
# by the hall's code), nor pages of staff and devices.
_EMBEDDABLE = re.compile(
    r"/|/(services|themes|questions|visit|halls|book|waitlist|no-shows)(/.*)?|/(a|t|w)/.+"
)


def may_be_embedded(path: str) -> bool:
    """Return whether a page may stand in a frame of the sites that the settings name.

    >>> [may_be_embedded(path) for path in ("/halls", "/a/token", "/staff", "/mine")]
    [True, True, False, False]
    """
    return _EMBEDDABLE.fullmatch(path) is not None


def frame_ancestors(path: str, origins: Collection[str]) -> str:
    """Return what the content policy says of frames around a page.

    >>> frame_ancestors("/", ["https://app.example"]), frame_ancestors("/staff", ["https://app.example"])
    ("frame-ancestors 'self' https://app.example", "frame-ancestors 'self'")
    """
    return " ".join(["frame-ancestors 'self'", *(sorted(origins) if may_be_embedded(path) else ())])


def is_embedded(path: str, headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """Return whether a page is asked for a frame; browsers say so of each that is opened in one."""
    return bool(origins) and may_be_embedded(path) and headers.get("sec-fetch-dest") == "iframe"
