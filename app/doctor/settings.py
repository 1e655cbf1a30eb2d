"""The settings: readable, with keys that are no examples, and safe for what staff and citizens send."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.doctor.findings import broken, look, ok
from app.plain_words import plain_words
from kernel.secrets import KeysWrong, Vault, key_bytes
from kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.doctor.findings import Finding

# 32 random bytes have about 30 different ones; under 16 comes less than once in 10^13 keys.
LEAST_DIFFERENT = 16


def read_settings() -> tuple[Settings | None, list[Finding]]:
    """Return the settings, None where they cannot be read, and what is to be said of that."""
    try:
        return Settings(), [ok("settings", "read")]
    except (ValidationError, SettingsError) as wrong:
        said = " ".join((plain_words(wrong) or type(wrong).__name__).split())
        return None, [broken("settings", said, "Correct the variable or the line of .env.")]


def settings_checks(settings: Settings) -> Iterator[Finding]:
    """Yield what is to be said of keys, of the file that holds them, of cookies and of links."""
    yield keys(settings)
    yield from _key_file(Path(".env"))
    yield cookies(settings)
    yield from _links(settings)


def keys(settings: Settings) -> Finding:
    """Tell whether the keys are there and could be secret."""
    try:
        vault = Vault.from_settings(settings)
        fields, token = key_bytes(settings)
    except KeysWrong as wrong:
        return broken(
            "keys", str(wrong), "Put back the keys of this installation; new ones open nothing old."
        )
    named = {"token key": token, **{f"field key {version}": key for version, key in fields.items()}}
    weak = [name for name, key in named.items() if len(set(key)) < LEAST_DIFFERENT]
    if weak:
        helps = (
            "Make others with `jinban init` on a new installation; a running one adds a field key version."
        )
        return broken("keys", f"not random, as an example would be: {', '.join(weak)}", helps)
    if token in fields.values():
        return look("keys", "the token key is a field key too", "Let each key serve one end.")
    held = ", ".join(map(str, sorted(fields)))
    return ok("keys", f"field keys {held}: version {vault.key_version} encrypts")


def _key_file(path: Path) -> Iterator[Finding]:
    if os.name == "posix" and path.is_file():
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            yield look("key file", f"{path} can be read by others (mode {mode:o})", f"chmod 600 {path}")
        else:
            yield ok("key file", f"{path} is its owner's alone")


def cookies(settings: Settings) -> Finding:
    """Tell whether sessions travel over TLS alone."""
    if settings.secure_cookies:
        return ok("cookies", "sent over TLS only")
    helps = "Leave JINBAN_SECURE_COOKIES out, unless this is a trial on one machine."
    return look("cookies", "sessions are sent without TLS too", helps)


def _links(settings: Settings) -> Iterator[Finding]:
    messages = settings.messages
    if messages is not None and messages.origin.startswith("http://"):
        helps = "Let JINBAN_MESSAGES__ORIGIN begin with https://."
        yield look("links in messages", f"they begin with {messages.origin}", helps)
    for name, provider in (("SSO", settings.sso), ("CITIZEN_SIGN_IN", settings.citizen_sign_in)):
        if provider is not None and provider.origin.startswith("http://"):
            helps = f"Let JINBAN_{name}__ORIGIN begin with https://."
            yield look("way back from the identity service", f"it begins with {provider.origin}", helps)
