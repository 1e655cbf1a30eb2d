"""The no-show rule over HTTP, in the real app."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.retention import Retention
from booking.no_shows.tables import NoShowRow
from kernel.audit_tables import AuditRow
from kernel.web.access import STAFF_COOKIE
from tests.conftest import bearer
from tests.support.trail import noted

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

RULE = {
    "after": 0, "in_force": True, "limit": 2, "within_days": 90, "pause_days": 30,
    "cancel_minutes": 60, "answer_days": 5,
}  # fmt: skip
PHONE = "13800138000"
API = "/api/v1"


async def publish(client: httpx2.AsyncClient, city: SmallCity, **changes: Any) -> httpx2.Response:
    asked = {**RULE, **changes}
    return await client.put(f"{API}/no-show-rule", json=asked, headers=bearer(city.tokens["supervisor"]))


async def post(client: httpx2.AsyncClient, path: str, by: str | None = None, **asked: Any) -> httpx2.Response:
    headers = bearer(by) if by else {"Idempotency-Key": uuid4().hex}
    return await client.post(f"{API}/{path}", json=asked, headers=headers)


async def hold(client: httpx2.AsyncClient) -> dict[str, Any]:
    asked = {"service": "id-card", "days": 1}
    (day,) = (await client.get(f"{API}/halls/H1/slots", params=asked)).json()["days"]
    start = day["slots"][0]["starts_at"]
    held = await post(client, "appointments/holds", hall="H1", services=["id-card"], starts_at=start)
    return held.raise_for_status().json()  # type: ignore[no-any-return]


async def book(client: httpx2.AsyncClient) -> tuple[httpx2.Response, str]:
    held = await hold(client)
    who = {"token": held["token"], "name": "王小明", "phone": PHONE}
    return await post(client, "appointments/confirm", **who), held["token"]


async def too_late(client: httpx2.AsyncClient, clock: ManualClock) -> tuple[dict[str, Any], str]:
    answer, token = await book(client)
    booked = answer.raise_for_status().json()
    clock.set(datetime.fromisoformat(booked["starts_at"]) + timedelta(minutes=1))
    (await post(client, "appointments/cancel", token=token)).raise_for_status()
    return booked, token


async def test_the_rule_is_public_and_published_by_the_supervisor_alone(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    client = sqlite_client
    assert (await client.get(f"{API}/no-show-rule")).json() == {"rule": None}
    refused = await client.put(
        f"{API}/no-show-rule", json=RULE, headers=bearer(sqlite_city.tokens["manager"])
    )
    assert refused.status_code == 403
    assert (await publish(client, sqlite_city)).json()["version"] == 1
    late = await publish(client, sqlite_city)
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "no-show-rule-changed", 1)
    for wrong in ({"limit": 1}, {"within_days": 29}, {"pause_days": 0}, {"cancel_minutes": -1}, {"more": 1}):
        assert (await publish(client, sqlite_city, after=1, **wrong)).status_code == 422
    assert (await client.get(f"{API}/no-show-rule")).json()["rule"]["limit"] == 2
    (version,) = (await client.get(f"{API}/no-show-rule/versions")).json()["versions"]
    assert version["by"] == "Supervisor"


@pytest.mark.slow
async def test_from_the_refusal_to_the_appeal_and_back_to_a_booking(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    client, tokens = sqlite_client, sqlite_city.tokens
    await publish(client, sqlite_city)
    (first, token), (second, _) = await too_late(client, clock), await too_late(client, clock)
    refused, _ = await book(client)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["no_shows"]) == (409, "booking-paused", 2)
    assert problem["appeal_at"] == "/no-shows"
    assert "until" in problem
    assert first["code"] not in refused.text
    assert "H1" not in refused.text
    proof = {"phone": PHONE, "reference": second["code"]}
    seen = (await post(client, "no-shows/look-up", **proof)).json()
    assert (seen["hall"], seen["kind"]) == ("H1", "cancelled_late")
    assert datetime.fromisoformat(seen["paused_until"]) == datetime.fromisoformat(problem["until"])
    assert seen["others"] == [{"month": "2026-11-01", "hall": "H1"}]
    assert (await post(client, "no-shows/look-up", token=token, **proof)).status_code == 422
    assert (await post(client, "no-shows/look-up", phone=PHONE)).status_code == 422
    assert (await post(client, "no-shows/appeal", token=token, words="x")).status_code == 422
    written = (await post(client, "no-shows/appeal", token=token, words="孩子急病")).json()
    assert written["appeal"]["status"] == "open"
    (case,) = (
        await client.get(f"{API}/no-show-appeals", params={"hall": "H1"}, headers=bearer(tokens["manager"]))
    ).json()["appeals"]
    empty = await post(client, f"no-show-appeals/{case['id']}/reject", tokens["manager"])
    assert (empty.status_code, empty.json()["code"]) == (422, "appeal-words-missing")
    done = await post(client, f"no-show-appeals/{case['id']}/uphold", tokens["supervisor"], note="理由充分")
    assert done.json()["status"] == "upheld"
    again = await post(client, f"no-show-appeals/{case['id']}/reject", tokens["manager"], note="不成立")
    assert (again.status_code, again.json()["code"]) == (409, "appeal-decided")
    assert (await book(client))[0].status_code == 200


async def test_a_reference_is_not_guessed(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> None:
    await publish(sqlite_client, sqlite_city)
    tries = [
        await post(sqlite_client, "no-shows/look-up", phone=f"1380013800{n}", reference="AAAA2222")
        for n in range(6)
    ]
    assert [each.status_code for each in tries] == [404] * 5 + [429]


async def test_the_page_of_appeals_counts_a_guess_before_it_writes(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    await publish(sqlite_client, sqlite_city)
    missed, _ = await too_late(sqlite_client, clock)
    tries = [
        await sqlite_client.post(
            "/no-shows/appeal",
            data={"key": uuid4().hex, "phone": phone, "reference": missed["code"], "words": "孩子急病"},
        )
        for phone in (*(f"1380013900{n}" for n in range(5)), PHONE)
    ]
    assert [each.status_code for each in tries] == [404] * 5 + [429]
    opened = await sqlite_client.get(
        f"{API}/no-show-appeals", params={"hall": "H1"}, headers=bearer(sqlite_city.tokens["manager"])
    )
    assert opened.json()["appeals"] == [], "the right guess came too late"


@pytest.mark.slow
async def test_what_the_desk_may_do_and_what_stays_with_the_manager(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    client, tokens = sqlite_client, sqlite_city.tokens
    await publish(client, sqlite_city)
    for _ in range(2):
        await too_late(client, clock)
    clerk = tokens["clerk1"]
    seen = (await post(client, "halls/H1/no-shows/look-up", clerk, phone=PHONE)).json()
    assert (seen["phone_masked"], len(seen["no_shows"])) == ("138****8000", 2)
    given = await post(client, "halls/H1/no-show-exceptions", clerk, phone=PHONE, reason="替老人预约")
    assert given.json()["phone_masked"] == "138****8000"
    again = await post(client, "halls/H1/no-show-exceptions", clerk, phone=PHONE, reason="替老人预约")
    assert (again.status_code, again.json()["code"]) == (409, "not-paused")
    elsewhere = await post(client, "halls/H2/no-show-exceptions", clerk, phone=PHONE, reason="替老人预约")
    assert elsewhere.status_code == 403
    span = {
        "begins_at": "2026-11-18T08:00:00+08:00",
        "ends_at": "2026-11-18T17:00:00+08:00",
        "reason": "断网",
    }
    assert (await post(client, "halls/H1/no-show-outages", clerk, **span)).status_code == 403
    manager = tokens["manager"]
    wrong = await post(client, "halls/H1/no-show-outages", manager, **{**span, "ends_at": span["begins_at"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "outage-invalid")
    far = {"begins_at": "9999-12-30T00:00:00+08:00", "ends_at": "9999-12-31T00:00:00+08:00"}
    for odd in (far, {"begins_at": "0001-01-01T00:00:00+08:00"}, {"ends_at": "2026-11-18T17:00:00"}):
        wrong = await post(client, "halls/H1/no-show-outages", manager, **{**span, **odd})
        assert wrong.status_code == 422, odd
    done = await post(client, "halls/H1/no-show-outages", manager, **span)
    assert done.json()["excused"] == 2
    figures = await client.get(f"{API}/no-show-figures", headers=bearer(tokens["supervisor"]))
    whole = figures.json()["whole"]
    assert (whole["late"], whole["excused"], whole["paused"]) == (2, 2, 0)
    assert [own["hall"] for own in figures.json()["halls"]] == ["H1", "H2"]
    own = await client.get(f"{API}/no-show-figures", params={"hall": "H2"}, headers=bearer(manager))
    assert own.status_code == 403


@pytest.mark.slow
async def test_the_nightly_run_forgets_what_is_past_its_time(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    await publish(sqlite_client, sqlite_city)
    await too_late(sqlite_client, clock)
    table = NoShowRow.__table__  # type: ignore[attr-defined]

    def traced() -> list[bool]:
        found = sqlite_parts.database.read_now(
            lambda own: list(own.execute(select(table.c.phone_hash)).scalars())
        )
        return [each is not None for each in found]

    clock.set(clock.now() + timedelta(days=119))
    await Retention(sqlite_parts).once()
    assert traced() == [True]
    clock.set(clock.now() + timedelta(days=1))
    await Retention(sqlite_parts).once()
    assert traced() == [False]


@pytest.mark.slow
async def test_each_look_at_appeals_and_references_is_in_the_trail(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    client, tokens = sqlite_client, sqlite_city.tokens
    await publish(client, sqlite_city)
    await too_late(client, clock)
    await client.get(f"{API}/no-show-appeals", params={"hall": "H1"}, headers=bearer(tokens["manager"]))
    pages = {"supervisor": "no-show-appeals", "manager": "halls/H1/no-shows", "clerk1": "halls/H1/no-shows"}
    for who, page in pages.items():
        cookies = {"Cookie": f"{STAFF_COOKIE}={tokens[who]}"}
        assert (await client.get(f"/staff/{page}", headers=cookies)).status_code == 200
    await post(client, "halls/H1/no-shows/look-up", tokens["clerk1"], phone=PHONE)
    table = AuditRow.__table__  # type: ignore[attr-defined]
    looks = select(table.c.what).where(table.c.what.contains("look")).order_by(table.c.id)
    found = sqlite_parts.database.read_now(lambda own: list(own.execute(looks).scalars()))
    assert found == ["look.no-show-appeals", "look.no-show-appeals", "look.no-shows", "no-show.look-up"], (
        "a clerk is shown none, so a clerk's page is no look"
    )


async def test_an_appointments_terms_say_by_when_it_can_be_given_back(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    client = sqlite_client
    answer, token = await book(client)
    starts_at = datetime.fromisoformat(answer.json()["starts_at"])
    nothing = {"rule": None, "cancel_by": None, "too_late": None}
    assert (await post(client, "no-shows/terms", token=token)).json() == nothing
    await publish(client, sqlite_city, cancel_minutes=30)
    told = (await post(client, "no-shows/terms", token=token)).json()
    assert datetime.fromisoformat(told["cancel_by"]) == starts_at - timedelta(minutes=30)
    assert told["too_late"] is False
    clock.set(starts_at - timedelta(minutes=29))
    assert (await post(client, "no-shows/terms", token=token)).json()["too_late"] is True
    assert (await post(client, "no-shows/terms", token="A" * 22)).status_code == 404


@pytest.mark.slow
async def test_an_appeal_is_rejected_with_words_and_another_no_show_excused(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    client, manager = sqlite_client, sqlite_city.tokens["manager"]
    await publish(client, sqlite_city, limit=3)
    (_, token), _ = await too_late(client, clock), await too_late(client, clock)
    await post(client, "no-shows/appeal", token=token, words="孩子急病")
    (case,) = (
        await client.get(f"{API}/no-show-appeals", params={"hall": "H1"}, headers=bearer(manager))
    ).json()["appeals"]
    done = await post(client, f"no-show-appeals/{case['id']}/reject", manager, note="没有证明")
    assert done.json()["status"] == "rejected"
    read = (await post(client, "no-shows/look-up", token=token)).json()
    assert (read["appeal"]["status"], read["appeal"]["answer"]) == ("rejected", "没有证明")
    seen = (await post(client, "halls/H1/no-shows/look-up", manager, phone=PHONE)).json()
    own = next(each["id"] for each in seen["no_shows"] if each["reference"] != case["reference"])
    excused = await post(client, f"no-shows/{own}/excuse", manager, reason="人到了")
    assert excused.status_code == 200
    again = await post(client, f"no-shows/{own}/excuse", manager, reason="人到了")
    assert (again.status_code, again.json()["code"]) == (409, "no-show-not-counting")
    lines = noted(sqlite_parts.database, "no-show")
    for what in ("no-show-appeal.reject", "no-show.excuse"):
        assert lines.count((sqlite_city.manager.id, what)) == 1
