"""A provider by OpenID Connect, for staff or for citizens; loaded only where an installation has one.

Authorization code flow with PKCE (RFC 7636), by Authlib. What has to come back with the person (state, nonce,
PKCE's secret, where they wanted to go) lies sealed in a cookie of ten minutes, so nothing of it is kept here.
Of the provider's answer only the subject is read: roles, names and halls are Jinban's own.
"""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import BaseApp
from authlib.integrations.base_client.async_app import AsyncOAuth2Mixin
from authlib.integrations.base_client.async_openid import AsyncOpenIDMixin
from authlib.integrations.httpx_client import AsyncOAuth2Client
from cryptography.exceptions import InvalidTag
from joserfc.errors import JoseError

from kernel.openid import AWAY, Arrived, Leaving, NotVouchedFor, ProviderSilent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from kernel.secrets import Vault
    from kernel.settings import OpenIdSettings

READ_AGAIN = timedelta(hours=1)  # the provider's endpoints and keys; an unknown key is asked for at once
ASKED_AGAIN = timedelta(seconds=10)
TIMEOUT_SECONDS = 5.0
CLOCKS_APART_SECONDS = 120  # as much as Authlib grants the other instants
# Signatures that the provider alone can make: neither "none" nor HMAC, for which a public key would do.
SIGNATURES = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)

UNREADABLE = (httpx2.HTTPError, httpx2.InvalidURL, ValueError)

log = structlog.get_logger(__name__)
logging.getLogger("authlib").setLevel(logging.INFO)  # below that it logs PKCE's secret


@dataclass(frozen=True, slots=True)
class Journey:
    """What goes with somebody to the provider and back; ``link_to``: whose name is to be connected."""

    target: str
    link_to: str | None
    state: str
    nonce: str
    verifier: str
    left_at: float


class _App(AsyncOAuth2Mixin, AsyncOpenIDMixin, BaseApp):  # type: ignore[misc]  # Authlib carries no types
    client_cls = AsyncOAuth2Client


class OpenIdProvider:
    """One provider. ``back`` is the address in this installation that people return to.

    ``sealed_for`` names whose journeys these are: the cookie of one kind of people opens nothing for another.
    ``asks_anew``: whoever is signed in there already signs in once more.
    """

    def __init__(
        self,
        settings: OpenIdSettings,
        vault: Vault,
        *,
        back: str,
        sealed_for: str = "sso_journey",
        asks_anew: bool = True,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings, self._vault, self._back = settings, vault, back
        self._sealed_for, self._asks_anew = sealed_for, asks_anew
        self._transport = transport
        self._app: _App | None = None
        self._read_at: datetime | None = None
        self._silent_at: datetime | None = None

    async def leave(self, target: str, *, link_to: UUID | None = None, wall: datetime) -> Leaving:
        app = await self._ready(wall)
        # Where desks are shared, whoever comes next must not be let in by the session of whoever left.
        asking = {"prompt": "login"} if self._asks_anew else {}
        made = await app.create_authorization_url(self._back, **asking)
        journey = Journey(
            target=target,
            link_to=str(link_to) if link_to else None,
            state=made["state"],
            nonce=made["nonce"],
            verifier=made["code_verifier"],
            left_at=wall.timestamp(),
        )
        sealed = self._vault.seal(json.dumps(asdict(journey)), field=self._sealed_for)
        return Leaving(made["url"], base64.urlsafe_b64encode(sealed).decode())

    async def arrive(self, sealed: str, answer: Mapping[str, str], *, wall: datetime) -> Arrived:
        journey = self._opened(sealed)
        if not 0 <= wall.timestamp() - journey.left_at <= AWAY.total_seconds():
            raise NotVouchedFor("away too long")
        if not compare_digest(answer.get("state", "").encode(), journey.state.encode()):
            raise NotVouchedFor("another browser's answer")
        try:
            subject = await self._subject(answer, journey, wall)
        except (NotVouchedFor, ProviderSilent) as failed:
            # The person reads only that it did not work; what to mend is for whoever runs this installation.
            log.warning("a sign-in from outside failed", issuer=self._settings.issuer, why=str(failed))
            raise
        return Arrived(subject, journey.target, journey.link_to)

    async def _subject(self, answer: Mapping[str, str], journey: Journey, wall: datetime) -> str:
        code = answer.get("code")
        if answer.get("error") or not code:
            raise NotVouchedFor(f"the provider let nobody in: {answer.get('error', 'no code')[:40]}")
        app = await self._ready(wall)
        try:
            token = await app.fetch_access_token(self._back, code=code, code_verifier=journey.verifier)
            who = await app.parse_id_token(token, nonce=journey.nonce)
        except (httpx2.HTTPError, httpx2.InvalidURL, RuntimeError) as failed:  # RuntimeError: no keys named
            raise ProviderSilent(_why(failed)) from None
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as refused:
            raise NotVouchedFor(_why(refused)) from None
        if who is None or not isinstance(who.get("sub"), str) or not who["sub"]:
            raise NotVouchedFor("no subject")
        at = who.get("auth_time")
        before = isinstance(at, (int, float)) and at < journey.left_at - CLOCKS_APART_SECONDS
        if self._asks_anew and before:
            raise NotVouchedFor("signed in there before")
        return str(who["sub"])

    def _opened(self, sealed: str) -> Journey:
        try:
            text = self._vault.open(base64.urlsafe_b64decode(sealed.encode()), field=self._sealed_for)
            return Journey(**json.loads(text))
        except (InvalidTag, ValueError, TypeError, LookupError):
            raise NotVouchedFor("nobody set out from here") from None

    async def _ready(self, wall: datetime) -> _App:
        """Return the client with the provider's endpoints, read anew once an hour."""
        fresh = self._read_at is not None and abs(wall - self._read_at) < READ_AGAIN
        if self._app is None or not fresh:
            # A question to a provider that is away takes seconds: whoever comes right after waits for none.
            if self._silent_at is not None and abs(wall - self._silent_at) < ASKED_AGAIN:
                raise ProviderSilent("a moment ago")
            try:
                self._app, self._read_at = await self._read(), wall
            except ProviderSilent as silent:
                self._silent_at = wall
                log.warning("the sign-in from outside is away", issuer=self._settings.issuer, why=str(silent))
                raise
        return self._app

    async def _read(self) -> _App:
        issuer = self._settings.issuer
        kept: dict[str, Any] = {} if self._transport is None else {"transport": self._transport}
        app = _App(
            None,
            name="sso",
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret.get_secret_value(),
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid",
                "code_challenge_method": "S256",
                "timeout": TIMEOUT_SECONDS,
                "follow_redirects": False,
                "trust_env": False,
                **kept,
            },
        )
        try:
            found = await app.load_server_metadata()
            # Discovery 1.0, 4.3: another name here would be another provider's word.
            if found["issuer"] != issuer or not (found["authorization_endpoint"] and found["token_endpoint"]):
                raise ProviderSilent(f"it calls itself {found['issuer']}"[:200])
            offered = found.get("id_token_signing_alg_values_supported") or ["RS256"]
            found["id_token_signing_alg_values_supported"] = [own for own in offered if own in SIGNATURES]
        except (*UNREADABLE, AttributeError, KeyError, TypeError) as failed:
            raise ProviderSilent(_why(failed)) from None
        return app


def _why(failed: Exception) -> str:
    """Return what went wrong, for the log: codes and names of claims, no words that may be about a person."""
    if isinstance(failed, httpx2.HTTPStatusError):
        return f"status-{failed.response.status_code}"
    if isinstance(failed, JoseError):
        return str(failed)[:80]
    code = failed.error if isinstance(failed, AuthlibBaseError) else ""
    return f"{type(failed).__name__} {code}".strip()[:80]
