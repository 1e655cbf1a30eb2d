"""What the tests of processes share."""

from __future__ import annotations

import json

import pytest

from kernel.web.parts import Parts


@pytest.fixture
def worker_settings(sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment from which a worker of these parts reads its settings."""
    settings = sqlite_parts.settings
    keys = {str(version): key.get_secret_value() for version, key in settings.field_keys.items()}
    assert settings.token_key is not None
    monkeypatch.setenv("JINBAN_DATABASE_URL", str(sqlite_parts.database.url))
    monkeypatch.setenv("JINBAN_FIELD_KEYS", json.dumps(keys))
    monkeypatch.setenv("JINBAN_TOKEN_KEY", settings.token_key.get_secret_value())
    monkeypatch.setenv("JINBAN_LOG_LEVEL", "CRITICAL")
