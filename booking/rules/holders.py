"""Whose papers they are: a resident's identity number, a company's credit code; each with its check digit."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

# GB 11643-1999: 17 digits, the 7th to 14th a date of birth, and a check character (ISO 7064 MOD 11-2).
_ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"

# GB 32100-2015: 17 characters without I, O, S, V and Z, and a check character (MOD 31-3).
_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE = re.compile(rf"[{_CODE_CHARACTERS}]{{2}}[0-9]{{6}}[{_CODE_CHARACTERS}]{{10}}")


def normal_id_number(text: str) -> str | None:
    """Return a resident identity number of 18 characters, or None for what is none.

    >>> normal_id_number("11010519491231002x"), normal_id_number("110105194912310021")
    ('11010519491231002X', None)
    """
    number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not _ID_NUMBER.fullmatch(number) or not _is_date(number[6:14]):
        return None
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return number if number[-1] == _ID_CHECKS[total % 11] else None


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def normal_company_code(text: str) -> str | None:
    """Return a unified social credit code of 18 characters, or None for what is none.

    >>> normal_company_code("91350100m000100y43"), normal_company_code("91350100M000100Y44")
    ('91350100M000100Y43', None)
    """
    code = "".join(unicodedata.normalize("NFKC", text).replace("-", "").split()).upper()
    if not _CODE.fullmatch(code):
        return None
    total = sum(_CODE_CHARACTERS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:-1]))
    return code if code[-1] == _CODE_CHARACTERS[-total % 31] else None


def masked_company_code(code: str) -> str:
    """Return a credit code of which the first two and the last four characters are readable.

    >>> masked_company_code("91350100M000100Y43")
    '91************0Y43'
    """
    return code[:2] + "*" * (len(code) - 6) + code[-4:]
