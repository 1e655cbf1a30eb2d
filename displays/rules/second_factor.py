"""How the secret of a second factor is shown: as a picture to scan and as letters to type."""

from __future__ import annotations

import segno

GROUP = 4  # letters; longer ones are lost between screen and telephone


def code_picture(address: str) -> str:
    """Return the QR code of an address as a data URI, so that the secret has no address of its own."""
    drawn: str = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=4, omitsize=False)
    return drawn


def in_groups(secret: str) -> list[str]:
    """Return a secret in groups of letters.

    >>> in_groups("ABCDEFGHIJ")
    ['ABCD', 'EFGH', 'IJ']
    """
    return [secret[start : start + GROUP] for start in range(0, len(secret), GROUP)]
