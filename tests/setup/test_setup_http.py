"""The set-up through the public API: who may, what is refused how, one key does one thing."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx2
import pytest

from kernel.database import Database
from kernel.web.access import STAFF_COOKIE
from tests.conftest import bearer
from tests.support.small_city import SmallCity
from tests.support.trail import noted

ROOT = "/api/v1/halls/H1"


async def setup_of(client: httpx2.AsyncClient, who: str, city: SmallCity) -> Any:
    answer = await client.get(f"{ROOT}/setup", headers=bearer(city.tokens[who]))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_hours_days_and_values_are_set_and_read_back(
    client: httpx2.AsyncClient, city: SmallCity
) -> None:
    manager = city.tokens["manager"]
    base = (await setup_of(client, "manager", city))["hours"]["base"]
    week = {"days": {"0": [{"opens": "09:00", "closes": "16:00"}]}, "base": base}
    saved = await client.put(f"{ROOT}/setup/hours", json=week, headers=bearer(manager))
    assert saved.json()["hours"]["days"]["0"] == [{"opens": "09:00", "closes": "16:00"}]
    day = {"works_as": 0, "reason_zh": "延时服务"}
    saved = await client.put(f"{ROOT}/setup/days/2026-11-21", json=day, headers=bearer(manager))
    assert saved.json()["own_days"][0]["works_as"] == 0
    saved = await client.delete(f"{ROOT}/setup/days/2026-11-21", headers=bearer(manager))
    assert saved.json()["own_days"] == []
    chinese = bearer(manager) | {"Accept-Language": "zh"}
    held = (await client.get(f"{ROOT}/policy", headers=chinese)).json()
    grace = next(field for field in held["fields"] if field["name"] == "grace_minutes")
    assert (grace["value"], grace["title"]) == (10, "预约迟到宽限")
    asked = {"values": {"grace_minutes": 15}, "base": held["base"]}
    held = (await client.put(f"{ROOT}/policy", json=asked, headers=bearer(manager))).json()
    assert next(field for field in held["fields"] if field["name"] == "grace_minutes")["value"] == 15


async def test_a_choice_is_one_of_its_choices_and_named_in_the_readers_language(
    client: httpx2.AsyncClient, city: SmallCity
) -> None:
    headers = bearer(city.tokens["manager"])
    held = (await client.get(f"{ROOT}/policy", headers=headers | {"Accept-Language": "zh"})).json()
    order = next(field for field in held["fields"] if field["name"] == "voice_order")
    assert (order["unit"], order["choices"]) == ("choice", ["先中文，后英文", "仅中文", "先英文，后中文"])
    for wrong in (3, -1, 0.5):
        asked = {"values": {"voice_order": wrong}, "base": held["base"]}
        refused = await client.put(f"{ROOT}/policy", json=asked, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "policy-invalid")


async def test_a_repeat_with_the_same_key_adds_one_clerk_and_one_link(
    client: httpx2.AsyncClient, city: SmallCity
) -> None:
    headers = bearer(city.tokens["manager"])
    asked = {"username": "li.min", "name": "李敏"}
    first = await client.post(f"{ROOT}/setup/clerks", json=asked, headers=headers)
    again = await client.post(f"{ROOT}/setup/clerks", json=asked, headers=headers)
    assert first.status_code == 200
    assert first.content == again.content
    clerk = next(each for each in first.json()["clerks"] if each["username"] == "li.min")
    made = await client.post(
        f"{ROOT}/setup/clerks/{clerk['id']}/sign-in-link", headers=bearer(city.tokens["manager"])
    )
    assert made.headers["cache-control"] == "no-store"
    signed_in = await client.get(made.json()["path"])
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/staff")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("setup/hours", {"days": {"9": []}, "base": "0" * 16}, "request-invalid"),
        (
            "setup/hours",
            {"days": {"0": [{"opens": "x", "closes": "16:00"}]}, "base": "0" * 16},
            "request-invalid",
        ),
        (
            "setup/hours",
            {"days": {"0": [{"opens": "16:00", "closes": "09:00"}]}, "base": "0" * 16},
            "hours-invalid",
        ),
        ("setup/hours", {"days": {}, "base": "0" * 16}, "setup-changed-meanwhile"),
        ("setup/days/2026-11-17", {}, "setup-day-over"),
        ("setup/days/yesterday", {}, "request-invalid"),
        ("setup/services/no-such", {"queue_id": "00000000-0000-0000-0000-000000000000"}, "service-not-here"),
        ("policy", {"values": {"grace_minutes": 600}, "base": "44136fa355b3678a"}, "policy-invalid"),
    ],
)
@pytest.mark.slow
async def test_what_cannot_be_is_refused_with_its_reason(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, path: str, body: Any, code: str
) -> None:
    headers = bearer(sqlite_city.tokens["manager"])
    answer = await sqlite_client.put(f"{ROOT}/{path}", json=body, headers=headers)
    assert answer.json()["code"] == code
    assert (await setup_of(sqlite_client, "manager", sqlite_city))["changes"] == []


@pytest.mark.slow
async def test_clerks_and_strangers_see_nothing_and_a_supervisor_changes_nothing(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    tokens = sqlite_city.tokens
    assert (await sqlite_client.get(f"{ROOT}/setup")).status_code == 401
    for path in ("setup", "policy"):
        answer = await sqlite_client.get(f"{ROOT}/{path}", headers=bearer(tokens["clerk1"]))
        assert answer.json()["code"] == "wrong-role"
    base = (await setup_of(sqlite_client, "supervisor", sqlite_city))["hours"]["base"]
    asked = {"days": {}, "base": base}
    answer = await sqlite_client.put(f"{ROOT}/setup/hours", json=asked, headers=bearer(tokens["supervisor"]))
    assert answer.json()["code"] == "wrong-role"
    answer = await sqlite_client.get("/api/v1/halls/H2/setup", headers=bearer(tokens["manager"]))
    assert answer.json()["code"] == "wrong-hall"


@pytest.mark.parametrize("who", ["manager", "supervisor", "admin"])
@pytest.mark.slow
async def test_the_page_carries_the_set_up_and_says_whether_it_may_be_changed(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, who: str
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens[who])
    page = await sqlite_client.get("/staff/halls/H1/setup", headers={"Accept": "text/html"})
    assert page.status_code == 200
    data = json.loads(re.search(r'id="data">(.*?)</script>', page.text, re.DOTALL).group(1))  # type: ignore[union-attr]
    assert data["may_change"] is (who != "supervisor")
    assert len(data["setup"]["windows"]) == 3


async def test_a_queue_and_a_window_are_added_and_the_window_is_changed(
    client: httpx2.AsyncClient, city: SmallCity, database: Database
) -> None:
    headers = bearer(city.tokens["manager"])
    queue = {"prefix": "Q", "name_zh": "企业", "name_en": "Business", "mean_minutes": 12}
    made = (await client.post(f"{ROOT}/setup/queues", json=queue, headers=headers)).json()
    own = next(each for each in made["queues"] if each["prefix"] == "Q")
    assert (own["name_en"], own["mean_minutes"]) == ("Business", 12)
    window = {"label": "9", "name_zh": "企业窗口", "queues": [own["id"]]}
    headers = bearer(city.tokens["manager"])
    made = (await client.post(f"{ROOT}/setup/windows", json=window, headers=headers)).json()
    shown = next(each for each in made["windows"] if each["label"] == "9")
    assert (shown["queues"], shown["list_limit"]) == ([own["id"]], 3)
    change = {"name_zh": "企业专窗", "list_limit": 5, "queues": [own["id"]], "base": shown["base"]}
    path = f"{ROOT}/setup/windows/{shown['id']}"
    made = (await client.put(path, json=change, headers=bearer(city.tokens["manager"]))).json()
    shown = next(each for each in made["windows"] if each["label"] == "9")
    assert (shown["name_zh"], shown["list_limit"]) == ("企业专窗", 5)
    late = await client.put(path, json=change, headers=bearer(city.tokens["manager"]))
    assert late.json()["code"] == "setup-changed-meanwhile"
    assert noted(database, "setup.") == [
        (city.manager.id, what) for what in ("setup.queue_added", "setup.window_added", "setup.window")
    ]
