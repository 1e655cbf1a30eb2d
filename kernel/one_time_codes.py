"""Codes that a telephone makes (TOTP, RFC 6238: SHA-1, six digits, 30 s) and codes for when it is lost."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from typing import TYPE_CHECKING

import pyotp

if TYPE_CHECKING:
    from datetime import datetime

STEP_S = 30
DIGITS = 6
WINDOW = 1  # steps to either side: telephones are some seconds off, and people type
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10  # of 31 signs: 49 bits, beyond guessing where five tries lock
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is read as another


def new_secret() -> str:
    """Return a random secret of 160 bits in base32, as apps take it."""
    return pyotp.random_base32()


def app_address(secret: str, username: str) -> str:
    """Return what the QR code holds: the secret under a name that the app shows."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="Jinban")


def step_at(at: datetime) -> int:
    """Return the number of the 30 s step since 1970 in which an instant lies."""
    return int(at.timestamp()) // STEP_S


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the step whose code this is, no further than ``WINDOW`` from ``at``; None for a wrong code.

    >>> from datetime import UTC, datetime
    >>> at = datetime.fromtimestamp(59, UTC)  # RFC 6238, appendix B: 94287082 in eight digits
    >>> step_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082", at)
    1
    """
    made = pyotp.HOTP(secret, digits=DIGITS)
    now = step_at(at)
    return next(
        (
            step
            for step in range(max(0, now - WINDOW), now + WINDOW + 1)
            if hmac.compare_digest(made.at(step).encode(), code.encode())
        ),
        None,
    )


def plain_code(typed: str) -> str:
    """Return a code as it is compared: without gaps and dashes, in half-width small letters.

    >>> plain_code(" 123 456 "), plain_code("ABCDE-23456"), plain_code("１２３４５６")
    ('123456', 'abcde23456', '123456')
    """
    kept = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(sign for sign in kept if sign not in " -\u2010\u2013\u2014\t")


def is_from_telephone(code: str) -> bool:
    """Return whether a plain code has the shape of a telephone's; others may be recovery codes."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def new_recovery_codes() -> list[str]:
    """Return fresh recovery codes as people copy them, two groups of five."""
    half = RECOVERY_LENGTH // 2
    codes = ("".join(secrets.choice(_SIGNS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES))
    return [f"{code[:half]}-{code[half:]}" for code in codes]
