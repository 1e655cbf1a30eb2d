"""Codes that people read out, write down and type: letters that nobody mistakes for another."""

from __future__ import annotations

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: what is misread on paper or misheard on the phone is not in it.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 8  # 23^8 = 7.8e10: a million of them are hit by one guess in 78,000, and guesses are limited


def normal_code(text: str) -> str:
    """Return a typed code without the spaces and hyphens people put into it, in capitals.

    >>> normal_code("acde-fghj")
    'ACDEFGHJ'
    """
    return "".join(text.split()).replace("-", "").upper()


def code_from(digest: bytes) -> str:
    """Return the code that belongs to a keyed hash of 16 bytes or more; as likely one as another.

    >>> code_from(bytes(16))
    '33333333'
    """
    number, letters = int.from_bytes(digest[:16]), []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)
