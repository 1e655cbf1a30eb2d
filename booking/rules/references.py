"""The reference that people read out, write down and type at the kiosk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.readable import ALPHABET, LENGTH
from kernel.readable import normal_code as normal_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def new_reference(choice: Callable[[Sequence[str]], str]) -> str:
    """Return a random reference; ``choice`` is the source of randomness.

    >>> new_reference(lambda letters: letters[0])
    '33333333'
    """
    return "".join(choice(ALPHABET) for _ in range(LENGTH))


__all__ = ["ALPHABET", "LENGTH", "new_reference", "normal_reference"]
