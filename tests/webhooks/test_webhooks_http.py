"""Webhooks by program, by page and at the machine: registered, tried, paused, sent again, removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from booking.rules.webhooks import WebhookKind
from booking.webhooks.tables import WebhookRow
from kernel.audit_tables import AuditRow
from kernel.web.access import STAFF_COOKIE
from tests.conftest import bearer, client_of
from tests.support.receiver import Receiver
from tests.support.trail import noted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.webhooks.conftest import Town

WANTED = {"name": "platform", "kinds": ["ticket.issued"], "url": "https://hooks.example.cn/jinban/t0ken"}
HOOKS = "/api/v1/webhooks"


@pytest.fixture
async def client(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(town.parts) as made:
        yield made


def supervisor(town: Town, **more: Any) -> dict[str, str]:
    return bearer(town.city.tokens["supervisor"], **more)


async def test_a_program_registers_and_gets_the_secret_once(town: Town, client: httpx2.AsyncClient) -> None:
    asked = {"json": WANTED, "headers": supervisor(town, key="one-key")}
    first, again = await client.post(HOOKS, **asked), await client.post(HOOKS, **asked)
    assert first.json() == again.json(), "a repeat is no second one"
    made = first.json()["webhook"]
    assert first.json()["secret"].startswith("whsec_")
    listed = (await client.get(HOOKS, headers=supervisor(town))).json()["webhooks"]
    assert [own["id"] for own in listed] == [made["id"]]
    assert "secret" not in str(listed).replace("old_secret_until", "")
    assert (made["status"], made["hall"], made["kinds"]) == ("active", None, ["ticket.issued"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "https://10.0.0.1/"}, "webhook-address-refused"),
        ({"url": "http://hooks.example.cn/"}, "webhook-address-refused"),
        ({"hall": "H9"}, "hall-not-found"),
        ({"kinds": []}, "request-invalid"),
        ({"kinds": ["ticket.eaten"]}, "request-invalid"),
        ({"name": " "}, "request-invalid"),
    ],
)
@pytest.mark.slow
async def test_what_cannot_be_right_is_refused(
    town: Town, client: httpx2.AsyncClient, change: dict[str, Any], code: str
) -> None:
    answer = await client.post(HOOKS, json=WANTED | change, headers=supervisor(town))
    assert answer.json()["code"] == code
    assert (await client.get(HOOKS, headers=supervisor(town))).json()["webhooks"] == []


async def test_a_manager_has_no_business_with_it(town: Town, client: httpx2.AsyncClient) -> None:
    for headers in (bearer(town.city.tokens["manager"]), {}):
        assert (await client.get(HOOKS, headers=headers)).status_code in (401, 403)
        assert (await client.post(HOOKS, json=WANTED, headers=headers)).status_code in (401, 403)


@pytest.mark.slow
async def test_a_program_looks_after_its_webhook(
    town: Town, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    own = (await client.post(HOOKS, json=WANTED | {"url": receiver.url}, headers=supervisor(town))).json()
    here = f"{HOOKS}/{own['webhook']['id']}"

    async def post(step: str) -> Any:
        return (await client.post(f"{here}/{step}", headers=supervisor(town))).json()

    assert (await post("ping"))["waiting"] == 1
    await town.send()
    listed = (await client.get(f"{here}/deliveries", headers=supervisor(town))).json()["deliveries"]
    assert [(each["kind"], each["status"], each["http_status"]) for each in listed] == [
        ("ping", "delivered", 204)
    ]
    assert (await post(f"deliveries/{listed[0]['id']}/redeliver"))["waiting"] == 1
    assert (await post("pause"))["status"] == "paused"
    assert (await post("pause"))["code"] == "webhook-not-possible"
    assert (await post("redeliver"))["code"] == "webhook-not-possible"
    assert (await post("resume"))["status"] == "active"
    assert (await post("secret"))["secret"] != own["secret"]
    assert (await post("secret/end-old"))["old_secret_until"] is None
    assert (await client.get(here, headers=supervisor(town))).json()["name"] == "platform"
    await post("remove")
    assert (await client.get(here, headers=supervisor(town))).json()["code"] == "webhook-not-found"


async def test_the_trail_names_the_host_and_no_token_of_the_address(
    town: Town, client: httpx2.AsyncClient
) -> None:
    await client.post(HOOKS, json=WANTED, headers=supervisor(town))
    audit = AuditRow.__table__  # type: ignore[attr-defined]
    rows = town.database.read_now(lambda session: session.execute(select(audit.c.what, audit.c.detail)).all())
    (line,) = [own for own in rows if own.what.startswith("webhook.")]
    assert (line.what, line.detail["host"]) == ("webhook.registered", "hooks.example.cn")
    assert "t0ken" not in str(line)


def hidden(page: str, name: str, before: str) -> str:
    """Return a hidden field's value of the form that posts to an address ending so."""
    form = page[page.index(f'action="{before}"') :]
    found = re.search(rf'name="{name}" value="([^"]+)"', form)
    assert found
    return found[1]


@pytest.mark.slow
async def test_the_supervisor_does_it_all_on_the_pages(
    town: Town, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    client.cookies.set(STAFF_COOKIE, town.city.tokens["supervisor"])
    client.headers["accept-language"] = "en"
    page = (await client.get("/staff/webhooks")).text

    async def press(action: str, page: str, **fields: Any) -> httpx2.Response:
        data = {name: hidden(page, name, action) for name in ("csrf_token", "key")} | fields
        return await client.post(action, data=data)

    everything = [kind.value for kind in WebhookKind]
    wrong = await press("/staff/webhooks", page, name="platform", url="https://10.0.0.1/", kinds=everything)
    assert wrong.status_code == 422
    assert "It leads into this network" in wrong.text
    assert 'value="platform"' in wrong.text, "what was typed is kept"
    none = await press("/staff/webhooks", page, name="", url="", kinds=[])
    assert len(re.findall('class="error" id="(name|url|kinds)-error"', none.text)) == 3
    made = await press("/staff/webhooks", page, name="platform", url=receiver.url, kinds=everything)
    secret = re.search(r"whsec_[\w+/=]+", made.text)
    assert secret
    again = await press("/staff/webhooks", page, name="platform", url=receiver.url, kinds=everything)
    assert secret[0] in again.text, "pressed twice, it is one"
    (own,) = [str(row.id) for row in town.database.read_now(lambda s: s.execute(select(HOOK.c.id)).all())]
    here = f"/staff/webhooks/{own}"
    page = (await client.get(here)).text
    assert secret[0] not in page
    done = await press(f"{here}/ping", page)
    assert done.headers["location"] == f"{here}?done=ping"
    await town.send()
    page = (await client.get(here)).text
    assert "test event" in page
    assert "204" in page
    again_at = re.search(rf'action="({here}/deliveries/[^"]+/redeliver)"', page)
    assert again_at
    await press(again_at[1], page)
    await press(f"{here}/pause", page)
    page = (await client.get(here)).text
    assert "paused by hand" in page
    await press(f"{here}/resume", page)
    page = (await client.get(here)).text
    new = await press(f"{here}/secret", page)
    assert "whsec_" in new.text
    page = (await client.get(here)).text
    await press(f"{here}/end-old", page)
    await press(f"{here}/remove", page)
    assert "The webhook is removed." in (await client.get("/staff/webhooks?done=remove")).text
    assert (await client.get(here)).status_code == 404


HOOK = WebhookRow.__table__  # type: ignore[attr-defined]


async def test_a_webhook_that_gave_up_is_told_on_the_supervisors_pages(
    town: Town, client: httpx2.AsyncClient
) -> None:
    town.register("https://hooks.example.cn/", name="省平台")
    client.cookies.set(STAFF_COOKIE, town.city.tokens["supervisor"])
    assert 'id="untold"' not in (await client.get("/staff/city")).text
    town.database.write_now(lambda session: session.execute(update(HOOK).values(status="failing")) and None)
    for page in ("/staff/city", "/staff/webhooks"):
        assert re.search(r'notice--bad"[^>]*>.*省平台', (await client.get(page)).text)


@pytest.mark.slow
async def test_a_program_has_sent_again_what_was_set_aside(
    town: Town, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    own = town.register(receiver.url).webhook.own.id
    receiver.answer = lambda _: (410, b"")
    town.issue()
    await town.send(2)
    assert town.hook(own).set_aside == 1
    receiver.answer = lambda _: (204, b"")
    here = f"{HOOKS}/{own}"
    await client.post(f"{here}/resume", headers=supervisor(town))
    again = (await client.post(f"{here}/redeliver", headers=supervisor(town))).json()
    assert (again["set_aside"], again["waiting"]) == (0, 1)
    await town.send()
    assert {row.status for row in town.rows()} == {"delivered"}
    assert noted(town.database, "webhook.redelivered") == [(town.city.supervisor.id, "webhook.redelivered")]
