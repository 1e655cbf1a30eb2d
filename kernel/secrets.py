"""Secrets: encrypted fields with key versions, keyed hashes for look-up, random tokens, passwords.

Fields are AES-256-GCM with a random 96-bit nonce; the stored bytes begin with the key version, so keys
rotate without rewriting everything at once. Tokens and phone numbers are looked up by HMAC-SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from kernel.settings import Settings

_NONCE = 12
_TIMES, _KIB, _LANES = 3, 65536, 4  # RFC 9106, the second recommended choice
_passwords = PasswordHash((Argon2Hasher(time_cost=_TIMES, memory_cost=_KIB, parallelism=_LANES),))


UNREADABLE = (KeyError, InvalidTag)  # what ``Vault.open`` raises


class KeysWrong(ValueError):
    """The keys of the settings are missing or cannot be right; the text never shows one."""


class Vault:
    """Encrypts fields and hashes tokens; one per process, made from the settings."""

    def __init__(self, field_keys: Mapping[int, bytes], token_key: bytes) -> None:
        if not field_keys:
            raise KeysWrong("at least one field key is needed: run `jinban init` to make one")
        for version, key in field_keys.items():
            if not 0 < version < 256 or len(key) != 32:
                raise KeysWrong(f"field key {version}: versions run from 1 to 255, keys have 32 bytes")
        if len(token_key) < 32:
            raise KeysWrong("the token key needs 32 bytes or more")
        self._ciphers = {version: AESGCM(key) for version, key in field_keys.items()}
        self.key_version = max(field_keys)
        self._token_key = token_key

    @classmethod
    def from_settings(cls, settings: Settings) -> Vault:
        """Make the vault; raises ``KeysWrong``: default keys would be no secret."""
        return cls(*key_bytes(settings))

    @property
    def versions(self) -> frozenset[int]:
        """The key versions that this vault opens."""
        return frozenset(self._ciphers)

    def seal(self, text: str, *, field: str) -> bytes:
        """Encrypt a field; ``field`` names where it belongs and binds the bytes to that place."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self.key_version].encrypt(nonce, text.encode(), field.encode())
        return bytes([self.key_version]) + nonce + sealed

    def open(self, sealed: bytes, *, field: str) -> str:
        """Decrypt a field; raises one of ``UNREADABLE``.

        KeyError for a key version that is not there, InvalidTag for foreign bytes.
        """
        cipher = self._ciphers[sealed[0]]
        return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], field.encode()).decode()

    def open_if(self, sealed: bytes | None, *, field: str) -> str | None:
        """Decrypt a field that may be empty; None where it is. Raises as ``open``."""
        return self.open(sealed, field=field) if sealed else None

    def digest(self, value: str, *, field: str) -> bytes:
        """Return the 32-byte keyed hash by which a value is looked up, distinct for each field."""
        return hmac.new(self._token_key, f"{field}\x00{value}".encode(), hashlib.sha256).digest()


def key_bytes(settings: Settings) -> tuple[dict[int, bytes], bytes]:
    """Return the field keys by version and the token key; raises ``KeysWrong`` for what is no key."""
    if settings.token_key is None:
        raise KeysWrong("JINBAN_TOKEN_KEY is not set: run `jinban init` to make the keys")
    keys = {
        version: _decoded(key, f"field key {version} (JINBAN_FIELD_KEYS)")
        for version, key in settings.field_keys.items()
    }
    return keys, _decoded(settings.token_key, "the token key (JINBAN_TOKEN_KEY)")


def _decoded(key: SecretStr, name: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(key.get_secret_value())
    except ValueError:
        raise KeysWrong(f"{name} is not URL-safe base64: take it as `jinban init` wrote it") from None


def new_key() -> str:
    """Return 32 random bytes in URL-safe base64: a key for the settings."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def new_token() -> str:
    """Return a random token of 128 bits, fit for a link."""
    return secrets.token_urlsafe(16)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _passwords.hash(password)


LEAST_PASSWORD = 12  # characters; long ones need no rules about their signs


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody typed as a password, the hash it was held against, and whether it is right.

    Worked out before the unit of work that acts on it: it takes as long as a hundred calls of tickets, and
    on SQLite nobody else writes meanwhile. The unit only compares the hash with the one it finds.
    """

    typed: str = field(repr=False)
    against: str | None = field(repr=False)
    right: bool

    def opens(self, password_hash: str) -> bool:
        """Return whether it is right, and for the password that holds now."""
        return self.right and self.against == password_hash


def try_password(typed: str, password_hash: str | None) -> Tried:
    """Check a password; without a hash (no such person) it takes as long and is wrong."""
    matches = _passwords.verify(typed, password_hash or _NOBODYS)
    return Tried(typed, password_hash, matches and password_hash is not None)


def no_password() -> str:
    """Return the hash of a password that nobody knows, for whoever has none yet.

    Its digest is random, so it is the digest of nothing; to check it takes as long as any other.
    """
    salt, digest = (base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={_KIB},t={_TIMES},p={_LANES}${salt}${digest}"


_NOBODYS = no_password()
