"""Where a service is done online: an address of the web, and nothing that could be anything else."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST_LINK = 400


def checked_link(text: str) -> str:
    """Return an address that a citizen may be sent to; raises ``ValueError`` with the reason.

    >>> checked_link("https://www.example.org/apply?item=7")
    'https://www.example.org/apply?item=7'
    >>> checked_link("javascript:alert(1)")
    Traceback (most recent call last):
    ValueError: 'javascript:alert(1)' is no web address: it begins with http:// or https://
    """
    if len(text) > LONGEST_LINK:
        raise ValueError(f"a web address has at most {LONGEST_LINK} characters")
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError(f"'{text}' is no web address: write what a browser would, without blanks")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"'{text}' is no web address: it begins with http:// or https://")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError(f"'{text}' is no web address: it names a host, and nobody's password")
    return text
