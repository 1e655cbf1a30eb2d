"""A provider of single sign-on that stands in for the city's: real OpenID Connect, made-up people."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import httpx2
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from kernel.openid_client import OpenIdProvider
from kernel.settings import CitizenSignInSettings, OpenIdSettings, SsoSettings

if TYPE_CHECKING:
    from kernel.secrets import Vault

CLIENT_ID, CLIENT_SECRET = "jinban", "a secret of this test"
KEY = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class StandIn:
    """What the next answers say; ``person`` signs in at it, ``claims`` replace what it would sign."""

    issuer: str = "http://127.0.0.1:1"
    person: str = "person-1"
    silent: bool = False
    questions: int = 0
    forges: str = ""  # the algorithm of a signature that anybody could make
    key: Any = field(default_factory=lambda: KEY)
    claims: dict[str, Any] = field(default_factory=dict)
    named: str | None = None  # what it calls itself, where that is another name
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    published: Any = None

    def settings(self, *, second_factor: bool = False, origin: str = "http://testserver") -> SsoSettings:
        """Return an installation's settings for this provider."""
        return SsoSettings(
            issuer=self.issuer,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            origin=origin,
            name_en="Example ID",
            name_zh="统一身份认证",
            second_factor=second_factor,
        )

    def for_citizens(self, *, origin: str = "http://testserver", **more: Any) -> CitizenSignInSettings:
        """Return an installation's settings for this provider as the citizens' identity service."""
        return CitizenSignInSettings(
            issuer=self.issuer,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            origin=origin,
            name_en="Example Citizen ID",
            name_zh="省统一身份认证",
            **more,
        )

    def provider(self, settings: OpenIdSettings, vault: Vault, back: str, **how: Any) -> OpenIdProvider:
        """Return the client that asks this provider, without a network between."""
        transport = httpx2.ASGITransport(app=self.app())
        return OpenIdProvider(settings, vault, back=back, transport=transport, **how)

    def app(self) -> FastAPI:
        """Return the provider."""
        made = FastAPI()
        made.get("/.well-known/openid-configuration")(self._described)
        made.get("/keys")(self._keys)
        made.get("/authorize")(self._asked)
        made.post("/token")(self._redeemed)
        return made

    def _answering(self) -> None:
        self.questions += 1
        if self.silent:
            raise HTTPException(503)

    async def _described(self) -> dict[str, Any]:
        self._answering()
        return {
            "issuer": self.named or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    async def _keys(self) -> Any:
        self._answering()
        return KeySet([self.published or KEY]).as_dict(private=False)

    async def _asked(self, request: Request) -> HTMLResponse:
        """Show the page on which the person agrees: a link back, as a real provider's page ends."""
        answer = self.agreed(dict(request.query_params))
        return HTMLResponse(f'<!doctype html><title>ID</title><a id="agree" href="{answer}">Agree</a>')

    def agreed(self, asked: dict[str, str]) -> str:
        """Return where the person's browser is sent once they have signed in."""
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    async def _redeemed(self, request: Request) -> dict[str, Any]:
        self._answering()
        form = {name: found[0] for name, found in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        known = request.headers.get("authorization") in {f"Basic {basic}", f"Basic {plain}"}
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if asked is None or not known or challenge != asked["code_challenge"]:
            raise HTTPException(400, {"error": "invalid_grant"})
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.person,
            "aud": CLIENT_ID,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
        } | self.claims
        header = {"alg": "RS256", "kid": self.key.kid}
        signed = forged(claims, self.forges) if self.forges else jwt.encode(header, claims, self.key)
        return {"access_token": "at", "token_type": "Bearer", "id_token": signed}


def _part(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def forged(claims: dict[str, Any], algorithm: str) -> str:
    """Sign as whoever knows only what the provider publishes: with its public key, or not at all."""
    header = {"alg": algorithm, "kid": KEY.kid}
    signed = b".".join(_part(json.dumps(each).encode()) for each in (header, claims))
    public = KEY.as_pem(private=False)
    seal = hmac.digest(public, signed, "sha256") if algorithm == "HS256" else b""
    return b".".join((signed, _part(seal))).decode()
