"""The reference that people read out, write down and type at the kiosk."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: what is misread on paper or misheard on the phone is not in it.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 8  # 23^8 = 7.8e10: a million of them are hit by one guess in 78,000, and guesses are limited


def new_reference(choice: Callable[[Sequence[str]], str]) -> str:
    """Return a random reference; ``choice`` is the source of randomness.

    >>> new_reference(lambda letters: letters[0])
    '33333333'
    """
    return "".join(choice(ALPHABET) for _ in range(LENGTH))


def normal_reference(text: str) -> str:
    """Return a typed reference without the spaces and hyphens people put into it, in capitals.

    >>> normal_reference("acde-fghj")
    'ACDEFGHJ'
    """
    return "".join(text.split()).replace("-", "").upper()
