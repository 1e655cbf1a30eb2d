"""Staff sign in by the city's single sign-on: who is let in, who is not, how a name is connected."""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs

from kernel.accounts import set_disabled
from kernel.clock import ManualClock
from kernel.identity import Staff, signed_in
from kernel.identity_tables import OutsideIdentityRow
from kernel.settings import SsoSettings
from kernel.single_sign_on import connect, connected_since, subject_hash
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from tests.conftest import client_of, test_settings
from tests.support.openid_provider import KEY, StandIn
from tests.support.people import PASSWORD, asking, give_passwords, with_telephone
from tests.support.small_city import SmallCity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.slow


ENGLISH = {"Accept-Language": "en"}
BACK = "http://testserver/staff/sign-in/sso/back"
_identities = OutsideIdentityRow.__table__  # type: ignore[attr-defined]


@dataclass(slots=True)
class Here:
    """An installation with single sign-on, a browser before it, and the provider."""

    client: httpx2.AsyncClient
    provider: StandIn
    parts: Parts
    app: Any

    async def at_provider(self, path: str = "/staff/sign-in/sso?next=/staff/account") -> str:
        """Set out, sign in at the provider, and return the address that leads back."""
        left = await self.client.get(path)
        assert left.headers["location"].startswith(f"{self.provider.issuer}/authorize?")
        return self.provider.agreed(dict(parse_qsl(urlsplit(left.headers["location"]).query)))

    async def come_back(self, address: str) -> str:
        """Follow the provider's answer and return where it leads."""
        answer = await self.client.get(address)
        assert (answer.status_code, answer.headers["referrer-policy"]) == (303, "no-referrer")
        return answer.headers["location"]

    async def sign_in(self) -> str:
        return await self.come_back(await self.at_provider())

    @property
    def inside(self) -> bool:
        return STAFF_COOKIE in self.client.cookies

    def know(self, staff: Staff, person: str = "person-1") -> None:
        """Connect a name as its person does on the account's page."""
        own = hash_of(self.parts, person)
        asked = asking(self.parts.vault, self.parts.clock)
        self.parts.database.write_now(connect, staff.id, own, asked=asked)


def hash_of(parts: Parts, person: str) -> bytes:
    return subject_hash(StandIn().issuer, person, parts.vault)


@asynccontextmanager
async def installed(parts: Parts, **settings: Any) -> AsyncIterator[Here]:
    provider = StandIn()
    made = provider.settings(second_factor=settings.pop("second_factor", False))
    own = replace(parts, settings=test_settings(sso=made.model_dump(), **settings))
    async with client_of(own) as client:
        app = client._transport.app  # type: ignore[attr-defined]
        app.state.sso = provider.provider(made, parts.vault, BACK)
        yield Here(client, provider, own, app)


@pytest.fixture
async def here(sqlite_parts: Parts, sqlite_city: SmallCity) -> AsyncIterator[Here]:
    give_passwords(sqlite_parts.database)
    async with installed(sqlite_parts) as made:
        yield made


async def test_whoever_is_connected_is_let_in_and_led_on(here: Here, sqlite_city: SmallCity) -> None:
    here.know(sqlite_city.clerks[0])
    page = await here.client.get("/staff/sign-in?next=/staff/account", headers=ENGLISH)
    assert 'href="/staff/sign-in/sso?next=%2Fstaff%2Faccount"' in page.text
    assert "Sign in by Example ID" in page.text
    assert await here.sign_in() == "/staff/account"
    assert (await here.client.get("/api/v1/me")).json()["name"] == "Clerk1"


async def test_a_stranger_here_is_told_how_to_connect(here: Here) -> None:
    target = await here.sign_in()
    assert (target, here.inside) == ("/staff/sign-in?sso=unknown&next=%2Fstaff%2Faccount", False)
    told = await here.client.get(target, headers=ENGLISH)
    assert "no name here is connected with it yet" in told.text


async def test_an_answer_counts_once_and_in_its_own_browser_only(here: Here, sqlite_city: SmallCity) -> None:
    here.know(sqlite_city.clerks[0])
    address = await here.at_provider()
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=here.app), base_url="http://testserver"
    ) as other:
        assert "sso=refused" in (await other.get(address)).headers["location"]
        await other.get("/staff/sign-in/sso")  # also one that set out itself
        assert "sso=refused" in (await other.get(address)).headers["location"]
        assert STAFF_COOKIE not in other.cookies
    assert await here.come_back(address) == "/staff/account"
    here.client.cookies.delete(STAFF_COOKIE)
    assert "sso=refused" in await here.come_back(address)
    assert not here.inside


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1:2"},
        {"aud": "another-client"},
        {"nonce": "of another sign-in"},
        {"exp": int(time.time()) - 600, "iat": int(time.time()) - 900},
        {"sub": ""},
        {"sub": 7},
    ],
)
@pytest.mark.slow
async def test_what_was_signed_for_others_opens_nothing(
    here: Here, sqlite_city: SmallCity, claims: dict[str, Any]
) -> None:
    here.know(sqlite_city.clerks[0])
    here.provider.claims = claims
    assert "sso=refused" in await here.sign_in()
    assert not here.inside
    here.provider.claims = {}
    assert await here.sign_in() == "/staff/account"


@pytest.mark.parametrize("forges", ["HS256", "none", ""])
@pytest.mark.slow
async def test_a_signature_that_others_could_make_opens_nothing(
    here: Here, sqlite_city: SmallCity, forges: str
) -> None:
    here.know(sqlite_city.clerks[0])
    here.provider.forges = forges
    if not forges:
        here.provider.key = RSAKey.generate_key(2048, {"kid": "one"})  # another's, under the same name
    assert "sso=refused" in await here.sign_in()
    assert not here.inside


async def test_a_new_key_of_the_provider_is_asked_for_at_once(here: Here, sqlite_city: SmallCity) -> None:
    here.know(sqlite_city.clerks[0])
    assert await here.sign_in() == "/staff/account"
    here.client.cookies.delete(STAFF_COOKIE)
    here.provider.key = here.provider.published = RSAKey.generate_key(2048, {"kid": "two"})
    assert KEY.kid != here.provider.key.kid
    assert await here.sign_in() == "/staff/account"


async def test_ten_minutes_away_are_too_long(here: Here, clock: ManualClock, sqlite_city: SmallCity) -> None:
    here.know(sqlite_city.clerks[0])
    address = await here.at_provider()
    clock.advance(timedelta(minutes=10, seconds=1))
    assert "sso=refused" in await here.come_back(address)


async def test_at_a_shared_desk_the_provider_asks_anew(
    here: Here, clock: ManualClock, sqlite_city: SmallCity
) -> None:
    here.know(sqlite_city.clerks[0])
    left = await here.client.get("/staff/sign-in/sso")
    assert dict(parse_qsl(urlsplit(left.headers["location"]).query))["prompt"] == "login"
    here.provider.claims = {"auth_time": int(clock.now().timestamp()) - 600}
    assert "sso=refused" in await here.sign_in()
    here.provider.claims = {"auth_time": int(clock.now().timestamp())}
    assert await here.sign_in() == "/staff/account"


async def test_who_agrees_to_nothing_is_sent_back_to_the_form(here: Here) -> None:
    address = await here.at_provider()
    state = dict(parse_qsl(urlsplit(address).query))["state"]
    assert "sso=refused" in await here.come_back(f"{BACK}?error=access_denied&state={state}")
    told = await here.client.get("/staff/sign-in?sso=refused", headers=ENGLISH)
    assert "Example ID has not let you in" in told.text


@pytest.mark.parametrize(
    ("claims", "why"), [({"aud": "another-client"}, "azp"), ({"exp": 1, "iat": 0}, "expired_token")]
)
async def test_why_nobody_was_let_in_stands_in_the_log_and_no_name(
    here: Here, claims: dict[str, Any], why: str
) -> None:
    here.provider.claims = claims
    with capture_logs() as logs:
        await here.sign_in()
        told = await here.come_back(f"{BACK}?error=access_denied")
    assert "sso=refused" in told
    (failed,) = [own for own in logs if own["event"] == "a sign-in from outside failed"]
    assert why in failed["why"], "what anybody can bring about without the provider is no warning"
    assert failed["issuer"] == here.provider.issuer
    assert here.provider.person not in repr(failed)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("silent", True, "status-503"), ("named", "https://id.example", "it calls itself https://id.example")],
)
async def test_a_provider_that_is_away_or_another_leaves_the_password_and_the_log_says_why(
    here: Here, name: str, value: object, why: str
) -> None:
    setattr(here.provider, name, value)
    with capture_logs() as logs:
        left = await here.client.get("/staff/sign-in/sso?next=/staff/account")
    assert [own["why"] for own in logs if own["event"] == "the sign-in from outside is away"] == [why]
    assert left.headers["location"] == "/staff/sign-in?sso=silent&next=%2Fstaff%2Faccount"
    told = await here.client.get(left.headers["location"], headers=ENGLISH)
    assert "does not answer at the moment" in told.text
    form = {"username": "clerk1", "password": PASSWORD}
    assert (await here.client.post("/staff/sign-in", data=form)).headers["location"] == "/staff"


async def test_a_provider_that_is_away_is_not_asked_for_each_who_comes(
    here: Here, clock: ManualClock, sqlite_city: SmallCity
) -> None:
    here.know(sqlite_city.clerks[0])
    here.provider.silent = True
    for _ in range(3):
        assert "sso=silent" in (await here.client.get("/staff/sign-in/sso")).headers["location"]
    assert here.provider.questions == 1
    here.provider.silent = False
    clock.advance(timedelta(seconds=11))
    assert await here.sign_in() == "/staff/account"


async def test_a_provider_that_falls_silent_on_the_way_lets_nobody_in(
    here: Here, sqlite_city: SmallCity
) -> None:
    here.know(sqlite_city.clerks[0])
    address = await here.at_provider()
    here.provider.silent = True
    assert "sso=" in await here.come_back(address)
    assert not here.inside


@pytest.mark.parametrize("target", ["https://x.example/", "//x.example", "/a/some-token"])
@pytest.mark.slow
async def test_nobody_is_led_off_the_staff_pages(here: Here, sqlite_city: SmallCity, target: str) -> None:
    here.know(sqlite_city.clerks[0])
    address = await here.at_provider(f"/staff/sign-in/sso?next={target}")
    assert await here.come_back(address) == "/staff"


@pytest.mark.parametrize("letter", ["x", "厅"])
async def test_a_long_way_back_leaves_the_cookie_small_enough_to_be_kept(here: Here, letter: str) -> None:
    for length in (385, 3000):
        wanted = {"next": "/staff/city?q=" + letter * length}
        left = await here.client.get("/staff/sign-in/sso", params=wanted)
        assert len(left.headers["set-cookie"]) < 4096, "browsers drop a larger one, and nobody comes back"


async def test_an_account_that_was_closed_stays_closed(here: Here, sqlite_city: SmallCity) -> None:
    here.know(sqlite_city.clerks[0])
    here.parts.database.write_now(set_disabled, "clerk1", disabled=True)
    assert "sso=unknown" in await here.sign_in()
    assert not here.inside


async def test_it_stands_for_the_password_and_for_both_where_the_provider_asks_for_both(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    with_telephone(sqlite_parts.database, sqlite_city.clerks[0], sqlite_parts.vault, clock)
    async with installed(sqlite_parts) as here:
        here.know(sqlite_city.clerks[0])
        assert (await here.sign_in()).startswith("/staff/sign-in/code?next=")
        assert not here.inside
    async with installed(sqlite_parts, second_factor=True) as here:
        assert await here.sign_in() == "/staff/account"
    async with installed(sqlite_parts, second_factor_for=["manager"]) as here:
        here.know(sqlite_city.manager, "person-2")
        here.provider.person = "person-2"
        assert (await here.sign_in()).startswith("/staff/sign-in/second-factor?next=")


async def signed_in_by_password(here: Here, name: str = "clerk1") -> httpx2.Response:
    await here.client.post("/staff/sign-in", data={"username": name, "password": PASSWORD})
    return await here.client.get("/staff/account", headers=ENGLISH)


def csrf_of(page: httpx2.Response) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return {"csrf_token": found[1]}


async def connecting(here: Here, page: httpx2.Response, proof: str = PASSWORD) -> httpx2.Response:
    return await here.client.post(
        "/staff/account/sso", data={**csrf_of(page), "proof": proof}, headers=ENGLISH
    )


def address_in(page: httpx2.Response, here: Here) -> str:
    """Return the address that leads back, once the person of the page has signed in at the provider."""
    found = re.search(rf'href="({here.provider.issuer}/authorize[^"]+)"', page.text)
    assert found is not None
    return here.provider.agreed(dict(parse_qsl(urlsplit(found[1].replace("&amp;", "&")).query)))


async def test_a_name_is_connected_and_taken_off_on_its_own_page(here: Here, sqlite_city: SmallCity) -> None:
    page = await signed_in_by_password(here)
    own = sqlite_city.clerks[0]
    assert (await here.client.post("/staff/account/sso", data={"proof": PASSWORD})).status_code == 403
    wrong = await connecting(here, page, "guess")
    assert (wrong.status_code, "The present password is not right." in wrong.text) == (401, True)
    shown = await connecting(here, page)
    assert "From then on whoever signs in there as you signs in here as Clerk1." in shown.text
    before = here.client.cookies[STAFF_COOKIE]
    assert await here.come_back(address_in(shown, here)) == "/staff/account?done=sso#sso"
    database, now = here.parts.database, here.parts.clock.now()
    assert database.read_now(signed_in, before, vault=here.parts.vault, now=now) is None
    assert database.read_now(connected_since, own.id) == now
    page = await here.client.get("/staff/account?done=sso", headers=ENGLISH)
    assert "Your name is connected." in page.text
    assert (await here.client.post("/staff/account/sso/off", data=csrf_of(page))).status_code == 303
    assert database.read_now(connected_since, own.id) is None
    here.client.cookies.delete(STAFF_COOKIE)
    assert "sso=unknown" in await here.sign_in()


async def test_a_name_is_connected_only_for_whoever_set_out_to(here: Here, sqlite_city: SmallCity) -> None:
    address = address_in(await connecting(here, await signed_in_by_password(here)), here)
    here.client.cookies.delete(STAFF_COOKIE)
    await signed_in_by_password(here, "clerk2")
    assert "sso=refused" in await here.come_back(address)
    for clerk in sqlite_city.clerks[:2]:
        assert here.parts.database.read_now(connected_since, clerk.id) is None


async def test_one_person_at_the_provider_has_one_name_here(here: Here, sqlite_city: SmallCity) -> None:
    here.know(sqlite_city.clerks[1])
    shown = await connecting(here, await signed_in_by_password(here))
    target = await here.come_back(address_in(shown, here))
    assert target == "/staff/account?done=sso-taken#sso"
    told = await here.client.get(target.split("#")[0], headers=ENGLISH)
    assert "is connected to another name here" in told.text


async def test_a_silent_provider_uses_up_no_recovery_code(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    give_passwords(sqlite_parts.database)
    _, codes = with_telephone(sqlite_parts.database, sqlite_city.clerks[0], sqlite_parts.vault, clock)
    async with installed(sqlite_parts) as here:
        here.client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
        page = await here.client.get("/staff/account", headers=ENGLISH)
        here.provider.silent = True
        assert "Nothing was changed." in (await connecting(here, page, codes[0])).text
        here.provider.silent = False
        clock.advance(timedelta(seconds=11))
        assert "Go on to Example ID" in (await connecting(here, page, codes[0])).text


async def test_without_settings_there_is_none(sqlite_client: httpx2.AsyncClient) -> None:
    assert "/staff/sign-in/sso" not in (await sqlite_client.get("/staff/sign-in")).text
    for path in ("/staff/sign-in/sso", "/staff/sign-in/sso/back"):
        assert (await sqlite_client.get(path)).status_code == 404


@pytest.mark.parametrize("issuer", ["http://id.example", "https://", "https://id.example?x=1", "id.example"])
def test_a_provider_that_others_could_listen_to_is_refused(issuer: str) -> None:
    with pytest.raises(ValueError, match="https"):
        SsoSettings(issuer=issuer, client_id="a", client_secret="b", origin="https://jinban.example")
