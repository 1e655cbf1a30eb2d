"""What each role is shown, what nobody is shown, and that pages carry no inline code."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
from jinja2.ext import babel_extract

import displays.rendering
from kernel.clock import ManualClock
from kernel.i18n import translations
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from queueing.rules.tickets import RECALLS
from tests.conftest import bearer
from tests.support.small_city import SmallCity


def as_(client: httpx2.AsyncClient, city: SmallCity, who: str) -> httpx2.AsyncClient:
    client.cookies.set(STAFF_COOKIE, city.tokens[who])
    return client


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found
    read: dict[str, object] = json.loads(found[1])
    return read


async def issue(client: httpx2.AsyncClient, city: SmallCity, *, services: list[str], **more: object) -> str:
    answer = await client.post(
        "/api/v1/halls/H1/tickets",
        json={"services": services, **more},
        headers=bearer(city.tokens["kiosk"]),
    )
    assert answer.status_code == 200
    label: str = answer.json()["ticket"]["label"]
    return label


@pytest.mark.parametrize(
    ("who", "first_page"),
    [
        ("clerk1", "/staff/halls/H1/windows"),
        ("clerk4", "/staff/halls/H2/windows"),
        ("manager", "/staff/halls/H1"),
        ("supervisor", "/staff/city"),
    ],
)
@pytest.mark.slow
async def test_each_role_comes_to_its_first_page(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, who: str, first_page: str
) -> None:
    client = as_(sqlite_client, sqlite_city, who)
    assert (await client.get("/staff")).headers["location"] == first_page
    assert (await client.get(first_page)).status_code == 200


async def test_an_administrator_chooses_among_the_halls_that_have_windows(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    page = (await as_(sqlite_client, sqlite_city, "admin").get("/staff")).text
    assert "/staff/halls/H1/plan" in page
    assert "/staff/halls/H2/plan" in page
    assert "/staff/halls/T1" not in page


@pytest.mark.parametrize(
    ("who", "page", "code"),
    [
        ("clerk1", "/staff/city", "wrong-role"),
        ("clerk1", "/staff/city.csv", "wrong-role"),
        ("clerk1", "/staff/halls/H1", "wrong-role"),
        ("manager", "/staff/city", "wrong-role"),
        ("manager", "/staff/halls/H2", "wrong-hall"),
        ("manager", "/staff/halls/H2/plan", "wrong-hall"),
        ("clerk1", "/staff/halls/H2/windows", "wrong-hall"),
        ("clerk1", "/staff/halls/H2/tickets", "wrong-hall"),
        ("supervisor", "/staff/halls/H1/tickets", "wrong-role"),
        ("supervisor", "/staff/halls/H1/windows", "wrong-role"),
    ],
)
@pytest.mark.slow
async def test_other_peoples_pages_are_refused(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, who: str, page: str, code: str
) -> None:
    answer = await as_(sqlite_client, sqlite_city, who).get(page)
    assert answer.status_code == 403
    assert answer.json()["code"] == code


async def test_a_clerk_of_another_hall_sees_no_desk_here(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    answer = await as_(sqlite_client, sqlite_city, "clerk4").get(f"/staff/windows/{sqlite_city.windows[0]}")
    assert answer.status_code == 404


async def test_a_supervisor_may_look_at_a_plan_but_not_work_on_it(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    page = (await as_(sqlite_client, sqlite_city, "supervisor").get("/staff/halls/H1/plan")).text
    assert data_of(page)["may_change"] is False
    assert 'id="review"' not in page
    own = (await as_(sqlite_client, sqlite_city, "manager").get("/staff/halls/H1/plan")).text
    assert data_of(own)["may_change"] is True
    assert 'id="review"' in own


async def test_the_desk_begins_with_what_the_api_would_answer(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    first = await issue(sqlite_client, sqlite_city, services=["id-card"])
    second = await issue(sqlite_client, sqlite_city, services=["id-card"], priority=True)
    client = as_(sqlite_client, sqlite_city, "clerk1")
    window = sqlite_city.windows[0]
    page = await client.get(f"/staff/windows/{window}")
    shown = data_of(page.text)
    assert shown["desk"] == (await client.get(f"/api/v1/windows/{window}/desk")).json()
    assert shown["hall"] == "H1"
    assert shown["recalls"] == RECALLS
    assert [own["label"] for own in shown["desk"]["waiting"]] == [second, first]  # type: ignore[index]
    assert page.headers["cache-control"] == "no-store"


async def test_the_plan_grid_is_cut_into_hours_of_the_opening(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    shown = data_of((await as_(sqlite_client, sqlite_city, "manager").get("/staff/halls/H1/plan")).text)
    blocks = shown["blocks"]
    assert isinstance(blocks, list)
    assert blocks[0] == {"from": 510, "to": 570}
    assert blocks[-1]["to"] == 1050
    assert all(one["to"] == other["from"] for one, other in pairwise(blocks))
    assert shown["before"] is None


async def test_a_published_plan_can_be_taken_back_from_the_page(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    client = as_(sqlite_client, sqlite_city, "manager")
    plan = (await client.get("/api/v1/halls/H1/plan")).json()
    new = {"base_version": plan["version"], "entries": plan["entries"][:1]}
    csrf = (await client.get("/api/v1/me")).json()["csrf_token"]
    sent = {"X-CSRF-Token": csrf, "Idempotency-Key": "publish"}
    put = await client.put("/api/v1/halls/H1/plan", json=new, headers=sent)
    assert put.status_code == 200
    before = data_of((await client.get("/staff/halls/H1/plan")).text)["before"]
    assert before == plan


async def test_a_published_plan_is_refused_without_the_pages_token(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    client = as_(sqlite_client, sqlite_city, "manager")
    plan = (await client.get("/api/v1/halls/H1/plan")).json()
    new = {"base_version": plan["version"], "entries": plan["entries"]}
    assert (
        await client.put("/api/v1/halls/H1/plan", json=new, headers={"Idempotency-Key": "publish"})
    ).json()["code"] == "csrf-token-missing"


STAFF_PAGES = [
    ("", "/staff/sign-in"),
    ("admin", "/staff"),
    ("clerk1", "/staff/halls/H1/windows"),
    ("clerk1", "/staff/windows/{window}"),
    ("clerk1", "/staff/halls/H1/tickets"),
    ("manager", "/staff/halls/H1"),
    ("manager", "/staff/halls/H1/plan"),
    ("manager", "/staff/halls/H1/proposals"),
    ("supervisor", "/staff/city"),
]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("who", "path"), STAFF_PAGES)
async def test_pages_run_under_a_strict_content_policy_in_both_languages(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, who: str, path: str, language: str
) -> None:
    client = as_(sqlite_client, sqlite_city, who) if who else sqlite_client
    answer = await client.get(
        path.format(window=sqlite_city.windows[0]), headers={"Accept-Language": language}
    )
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert not re.search(r"\sstyle=|<style|\son\w+=", answer.text)
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", answer.text)
    assert all('type="application/json"' in attributes for attributes in inline)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
    assert len(re.findall("<h1", answer.text)) == 1


@pytest.mark.parametrize("path", ["/staff/link/nonsense", "/staff/halls/nowhere/windows"])
async def test_a_refusal_on_a_staff_page_leads_back_to_staff_pages(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, path: str
) -> None:
    answer = await as_(sqlite_client, sqlite_city, "clerk1").get(path, headers={"Accept": "text/html"})
    assert answer.status_code in {401, 404}
    assert 'href="/staff"' in answer.text


async def test_a_ticket_of_the_help_desk_is_issued_once_by_who_works_there_and_by_its_form(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    client = as_(sqlite_client, sqlite_city, "clerk1")
    page = (await client.get("/staff/halls/H1/tickets")).text
    fields = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
    sent = {**fields, "service": "id-card"}
    first = await client.post("/staff/halls/H1/tickets", data=sent)
    assert first.status_code == 303
    again = await client.post("/staff/halls/H1/tickets", data=sent)
    assert again.headers["location"] == first.headers["location"]
    paper = await client.get(first.headers["location"])
    assert "A001" in paper.text
    assert paper.headers["cache-control"] == "no-store"
    foreign = {**sent, "key": "another-key-of-16"}
    assert (await client.post("/staff/halls/H2/tickets", data=foreign)).json()["code"] == "wrong-hall"
    without = await client.post("/staff/halls/H1/tickets", data={**sent, "csrf_token": ""})
    assert without.json()["code"] == "csrf-token-missing"
    elsewhere = first.headers["location"].replace("/H1/", "/H2/")
    assert (await client.get(elsewhere)).json()["code"] == "wrong-hall"


TEMPLATES = sorted((Path(displays.rendering.__file__).parent / "templates" / "staff").glob("*.html"))
SAME_IN_BOTH = {"—"}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.slow
def test_every_text_of_a_page_is_translated_with_the_same_places_to_fill(template: Path) -> None:
    chinese = translations("zh")
    with template.open("rb") as source:
        found = babel_extract(source, ("_", "text"), (), {"newstyle_gettext": "true", "trim_blocks": "true"})
        texts = {str(text[0] if isinstance(text, tuple) else text) for _, _, text, _ in found}
    assert texts
    for text in texts - SAME_IN_BOTH:
        translated = chinese.gettext(text)
        assert translated != text, f"{text!r} has no Chinese"
        assert set(re.findall(r"%\(\w+\)s", translated)) <= set(re.findall(r"%\(\w+\)s", text)), text


async def test_nothing_personal_stands_on_a_desk(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts, clock: ManualClock
) -> None:
    await issue(sqlite_client, sqlite_city, services=["id-card"])
    client = as_(sqlite_client, sqlite_city, "clerk1")
    shown = data_of((await client.get(f"/staff/windows/{sqlite_city.windows[0]}")).text)
    ticket = shown["desk"]["waiting"][0]  # type: ignore[index]
    assert not {"name", "phone", "token", "reference"} & set(ticket)


async def test_the_changes_of_a_set_up_are_headed_by_time_and_by_who_made_them(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    """In Chinese they stood under the slot and the person who booked, words of other pages."""
    page = (await as_(sqlite_client, sqlite_city, "manager").get("/staff/halls/H1/setup")).text
    said = re.search(r'<script type="application/json" id="texts">(.*?)</script>', page, re.S)
    assert said
    heads = json.loads(said[1])
    assert (heads["when"], heads["who"]) == ("时间", "修改人")
