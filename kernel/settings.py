"""Typed settings from the environment (``JINBAN_…``) and an optional ``.env``; never read at import."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "JINBAN_"
# Read where they are used, apart from the settings of an installation.
NO_SETTINGS = ("JINBAN_ENGINE_CACHE", "JINBAN_NO_SKIPS", "JINBAN_TEST_", "JINBAN_DRILL_")
DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def _database_url(url: str) -> str:
    """Return a URL with the driver that is installed; anything but SQLite and PostgreSQL is refused."""
    try:
        made = make_url(url)
    except ArgumentError:
        # Not the parser's own words: they would show the URL, and so its password.
        raise ValueError("a URL such as sqlite:///FILE or postgresql://USER@HOST/NAME is needed") from None
    made = made.set(drivername=DRIVERS.get(made.drivername, made.drivername))
    if made.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise ValueError(f"SQLite and PostgreSQL are known, not {made.drivername}")
    return made.render_as_string(hide_password=False)


def _redis_url(url: str | None) -> str | None:
    if url is not None and not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("a URL such as redis://HOST:6379/0 is needed")
    return url


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class DemoSettings(BaseModel, extra="forbid"):
    """Set by ``jinban demo``: the shared clock of the demo's processes."""

    start: datetime
    origin: float
    speed: float = 1.0


def _web_address(url: str) -> str:
    parsed = urlsplit(url)
    if parsed.scheme not in ("http", "https") or not parsed.hostname:
        raise ValueError("an address such as http://HOST:8002 is needed")
    return url


class RoadSettings(BaseModel, extra="forbid"):
    """A road service on the city's own network that knows how long ways take."""

    kind: Literal["osrm", "valhalla"]
    url: Annotated[str, AfterValidator(_web_address)]


def _origin(url: str) -> str:
    parsed = urlsplit(url)
    if parsed.scheme not in ("http", "https") or not parsed.netloc or parsed.path.strip("/") or parsed.query:
        raise ValueError("an address such as https://HOST is needed, without a path")
    return url.rstrip("/")


def _embedder(url: str) -> str:
    origin, host = _origin(url), urlsplit(url).hostname
    if not origin.startswith("https://") and host not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("an address that begins with https:// is needed")
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", origin):
        raise ValueError("one address such as https://HOST is needed, without signs that a policy would read")
    return origin


class MessageSettings(BaseModel, extra="forbid", frozen=True):
    """How messages to citizens are sent, and what they may cost.

    ``http`` posts them to a gateway; ``log`` sends nothing and logs that something would go out;
    ``stand_in`` keeps the latest in memory, to be read on the supervisor's page of a demo.
    """

    kind: Literal["http", "log", "stand_in"]
    origin: Annotated[str, AfterValidator(_origin)]
    """Where citizens reach this installation: the beginning of every link in a message."""
    url: str | None = None
    secret: SecretStr | None = None
    """Goes to the gateway as a bearer token."""
    per_day: int = Field(default=6, ge=2, le=50)
    """Messages to one number on one local date, in the whole city; the last is kept for news of a hall."""
    signature: str = Field(default="【近办】", max_length=20)
    """Stands before every text, as operators ask; empty where the gateway puts one itself."""

    @model_validator(mode="after")
    def _gateway_has_an_address(self) -> Self:
        if self.kind == "http" and not (self.url or "").startswith(("http://", "https://")):
            raise ValueError("URL: the gateway's address is needed")
        return self


class LicenceSettings(BaseModel, extra="forbid", frozen=True):
    """The city's system of electronic licences; ``stand_in`` invents answers, for demos and tests."""

    kind: Literal["http", "stand_in"]
    url: str | None = None
    secret: SecretStr | None = None
    """Goes to the licence system as a bearer token."""
    name_zh: str = Field(default="电子证照系统", max_length=20)
    name_en: str = Field(default="city's electronic licences", max_length=40)

    @model_validator(mode="after")
    def _nobody_listens_in(self) -> Self:
        parsed = urlsplit(self.url or "")
        here = parsed.scheme == "http" and parsed.hostname in {"127.0.0.1", "localhost", "::1"}
        if self.kind == "http" and (not parsed.netloc or (parsed.scheme != "https" and not here)):
            raise ValueError("URL: an address that begins with https:// is needed")
        return self


class WebhookSettings(BaseModel, extra="forbid", frozen=True):
    """Which hosts of the own network other programs may have events posted to."""

    allow_hosts: frozenset[str] = frozenset()
    """Host names or addresses as they stand in the URLs; without one here, none but the open network."""


class OpenIdSettings(BaseModel, extra="forbid", frozen=True):
    """An OpenID Connect provider, as whoever runs it has registered this installation."""

    issuer: str
    """As the provider calls itself: its ``/.well-known/openid-configuration`` lies below."""
    client_id: str
    client_secret: SecretStr
    origin: Annotated[str, AfterValidator(_origin)]
    """Where people reach this installation: the provider sends them back there."""

    @model_validator(mode="after")
    def _nobody_listens_in(self) -> Self:
        parsed = urlsplit(self.issuer)
        here = parsed.scheme == "http" and parsed.hostname in {"127.0.0.1", "localhost", "::1"}
        if not parsed.netloc or parsed.query or (parsed.scheme != "https" and not here):
            raise ValueError("ISSUER: an address that begins with https:// is needed")
        return self


class SsoSettings(OpenIdSettings, frozen=True):
    """The city's single sign-on, by which staff may sign in."""

    name_zh: str = Field(default="统一身份认证", max_length=20)
    name_en: str = Field(default="city single sign-on", max_length=40)
    second_factor: bool = False
    """Whether the provider asks everybody for a second factor; then Jinban asks for none of its own."""


class CitizenSignInSettings(OpenIdSettings, frozen=True):
    """The province's or city's identity service, by which citizens may sign in."""

    name_zh: str = Field(default="统一身份认证平台", max_length=20)
    name_en: str = Field(default="provincial identity service", max_length=40)
    ask_anew: bool = False
    """Whether the provider shall ask for the password each time, also whoever is signed in there already."""


class Settings(BaseSettings):
    """Everything that differs between installations."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_file=".env", extra="forbid", frozen=True
    )

    database_url: Annotated[str, AfterValidator(_database_url)] = "sqlite:///build/jinban.sqlite"
    redis_url: Annotated[str | None, AfterValidator(_redis_url)] = None
    run_worker: bool = True
    field_keys: dict[int, SecretStr] = Field(default_factory=dict)
    """Key version -> 32 bytes in URL-safe base64; the highest version encrypts, all of them decrypt."""
    token_key: SecretStr | None = None
    """Keys the hashes of tokens, phone numbers and identities; 32 bytes in URL-safe base64."""
    allowed_origins: list[str] = Field(default_factory=list)
    """Origins that may open websockets beside the one that serves the page."""
    embed_origins: list[Annotated[str, AfterValidator(_embedder)]] = Field(default_factory=list)
    """Sites whose pages may show citizens' pages in a frame; none but this one otherwise."""
    secure_cookies: bool = True
    puzzles: bool = True
    """Browsers solve a puzzle before a place is kept for them in a burst; off for a load from one address."""
    staff_idle_minutes: Annotated[int, Field(ge=2, le=60)] = 15
    """A staff session whose person asks for nothing so long ends; the page warns a minute before."""
    second_factor_for: frozenset[Literal["clerk", "manager", "supervisor", "administrator"]] = frozenset()
    """Roles that sign in with a second factor; the others may have one."""
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
    ] = "INFO"
    model_dir: Path = Path("build/models")
    """Where the worker keeps what it learned about waits; whoever may write here is trusted with models."""
    backup_dir: Path | None = None
    """Where this installation's copies are kept; `jinban doctor` says how old the newest is."""
    road_service: RoadSettings | None = None
    """``JINBAN_ROAD_SERVICE__KIND`` and ``__URL``; without it a formula tells how long ways take."""
    messages: MessageSettings | None = None
    """``JINBAN_MESSAGES__KIND``, ``__ORIGIN``, ``__URL``, ``__SECRET``; without it nobody gets any."""
    sso: SsoSettings | None = None
    """``JINBAN_SSO__ISSUER``, ``__CLIENT_ID``, ``__CLIENT_SECRET``, ``__ORIGIN``; without it none."""
    citizen_sign_in: CitizenSignInSettings | None = None
    """``JINBAN_CITIZEN_SIGN_IN__ISSUER``, ``__CLIENT_ID``, ``__CLIENT_SECRET``, ``__ORIGIN``; else none."""
    gazetteer: Path | None = None
    """A CSV file with the city's streets, villages and landmarks, for typed addresses."""
    licences: LicenceSettings | None = None
    """``JINBAN_LICENCES__KIND``, ``__URL``, ``__SECRET``; without it papers are told as for everybody."""
    webhooks: WebhookSettings = WebhookSettings()
    """``JINBAN_WEBHOOKS__ALLOW_HOSTS``; webhooks themselves are set up on the supervisor's page."""
    demo: DemoSettings | None = None

    @property
    def staff_idle(self) -> timedelta:
        """How long a staff session lasts untouched by the app's clock; a demo's clock may run faster."""
        return timedelta(minutes=self.staff_idle_minutes) * (self.demo.speed if self.demo else 1.0)

    @model_validator(mode="after")
    def _no_misspelt_variable(self) -> Self:
        """Refuse a variable that is no setting: misspelt, it would leave a default in force unnoticed."""
        for name in os.environ:
            plain = name.upper().removeprefix(PREFIX).lower().split("__")[0]
            ours = name.upper().startswith(PREFIX) and not name.upper().startswith(NO_SETTINGS)
            if ours and plain not in type(self).model_fields:
                raise ValueError(f"{name}: there is no such setting")
        return self
