"""The signature of a delivery, after Standard Webhooks: HMAC-SHA-256 over id, timestamp and body."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "whsec_"
SECRET_BYTES = 32


def secret_of(random: bytes) -> str:
    """Return random bytes as receivers write a secret.

    >>> secret_of(b"0" * 24)
    'whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw'
    """
    return PREFIX + base64.b64encode(random).decode()


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """Return one signature, version and all.

    >>> secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the example of the Standard Webhooks libraries
    >>> signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers_of(secrets: Iterable[str], message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """Return the headers of a delivery; while a secret is being replaced, both have signed it."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(own, message_id, timestamp, body) for own in secrets),
    }
