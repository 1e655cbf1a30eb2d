"""Where a hall is to be found and called: what may stand as a street address and as a telephone number."""

from __future__ import annotations

import re

LONGEST_ADDRESS = 200
LONGEST_PHONE = 40
_PHONE = re.compile(r"\+?[(0-9][0-9 ()-]{1,30}[0-9]( ?(转|ext\.?) ?[0-9]{1,6})?")


def checked_address(text: str) -> str:
    """Return a street address, blanks around it taken off; raises ``ValueError`` with the reason."""
    said = text.strip()
    if len(said) > LONGEST_ADDRESS:
        raise ValueError(f"an address has at most {LONGEST_ADDRESS} characters")
    if not said.isprintable():
        raise ValueError("an address is one line without control characters")
    return said


def checked_phone(text: str) -> str:
    """Return a telephone number as people write it; raises ``ValueError`` with the reason.

    >>> checked_phone(" 0660-3390000 ")
    '0660-3390000'
    >>> checked_phone("ask Mr Li")
    Traceback (most recent call last):
    ValueError: 'ask Mr Li' is no telephone number: digits, blanks, brackets and dashes
    """
    said = text.strip()
    if said and (len(said) > LONGEST_PHONE or not _PHONE.fullmatch(said)):
        raise ValueError(f"'{said}' is no telephone number: digits, blanks, brackets and dashes")
    return said


def dialled(phone: str) -> str:
    """Return a number as a ``tel:`` link takes it: what follows an extension's word is not dialled.

    >>> dialled("(0660) 339-0000 转 12")
    '06603390000'
    """
    number = re.split(r" ?(?:转|ext)", phone)[0]
    return "".join(letter for letter in number if letter.isdigit() or letter == "+")
