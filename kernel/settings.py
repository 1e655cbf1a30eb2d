"""Typed settings from the environment (``JINBAN_…``) and an optional ``.env``; never read at import."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DemoSettings(BaseModel, extra="forbid"):
    """Set by ``jinban demo``: the shared clock of the demo's processes."""

    start: datetime
    origin: float
    speed: float = 1.0


class RoadSettings(BaseModel, extra="forbid"):
    """A road service on the city's own network that knows how long ways take."""

    kind: Literal["osrm", "valhalla"]
    url: str


class Settings(BaseSettings):
    """Everything that differs between installations."""

    model_config = SettingsConfigDict(
        env_prefix="JINBAN_", env_nested_delimiter="__", env_file=".env", extra="forbid", frozen=True
    )

    database_url: str = "sqlite:///build/jinban.sqlite"
    redis_url: str | None = None
    run_worker: bool = True
    field_keys: dict[int, SecretStr] = Field(default_factory=dict)
    """Key version -> 32 bytes in URL-safe base64; the highest version encrypts, all of them decrypt."""
    token_key: SecretStr | None = None
    """Keys the hashes of tokens, phone numbers and identities; 32 bytes in URL-safe base64."""
    allowed_origins: list[str] = Field(default_factory=list)
    """Origins that may open websockets beside the one that serves the page."""
    secure_cookies: bool = True
    log_level: str = "INFO"
    runtime_dir: Path = Path("build/run")
    model_dir: Path = Path("build/models")
    """Where the worker keeps what it learned about waits; whoever may write here is trusted with models."""
    road_service: RoadSettings | None = None
    """``JINBAN_ROAD_SERVICE__KIND`` and ``__URL``; without it a formula tells how long ways take."""
    demo: DemoSettings | None = None
