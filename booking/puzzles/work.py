"""Puzzles by the ALTCHA library (version 1 of its format): which number, with a salt, has this SHA-256?

Signed under the token key and good for ten minutes, so nothing is kept of those that are given out.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from altcha.v1 import ChallengeOptions, Payload, create_challenge, extract_params, verify_solution
from pydantic import BaseModel, Field, ValidationError

from booking.rules.puzzles import LASTS

if TYPE_CHECKING:
    from datetime import datetime

    from kernel.secrets import Vault

KEY_FIELD = "puzzle.key"
ALGORITHM = "SHA-256"
LONGEST = 800  # characters of a solution as it is sent


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Find the ``number`` from 0 to ``maxnumber`` for which SHA-256 of ``salt`` and it is ``challenge``."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str


class _Solution(BaseModel, extra="ignore", strict=True):
    algorithm: str = Field(pattern=f"^{ALGORITHM}$")
    challenge: str = Field(max_length=64)
    number: int = Field(ge=0)
    salt: str = Field(max_length=200)
    signature: str = Field(max_length=64)


def new_puzzle(work: int, *, now: datetime, vault: Vault) -> Puzzle:
    """Return a puzzle of at most ``work`` tries."""
    asked = ChallengeOptions(max_number=work, hmac_key=_key(vault), expires=now + LASTS)
    made = create_challenge(asked)
    return Puzzle(made.algorithm, made.challenge, made.max_number, made.salt, made.signature)


def solved(sent: str, *, now: datetime, vault: Vault) -> str | None:
    """Return the challenge that a solution (JSON in base64) is of; None for what is none, or is too old."""
    try:
        own = _Solution.model_validate_json(base64.b64decode(sent, validate=True))
    except (binascii.Error, ValidationError, ValueError):
        return None
    payload = Payload(**own.model_dump())
    right, _ = verify_solution(payload, _key(vault), check_expires=False)
    expires = extract_params(payload.to_dict()).get("expires", ["0"])[0]
    in_time = expires.isdecimal() and now.timestamp() < int(expires)
    return own.challenge if right and in_time else None


def _key(vault: Vault) -> str:
    return vault.digest("key", field=KEY_FIELD).hex()
