"""Ratings over the public API: who may rate, what is taken, what the report tells, how a case goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.conftest import bearer
from tests.ratings.raters import PHONE, Raters
from tests.support.trail import noted

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity


@pytest.fixture
def raters(sqlite_raters: Raters) -> Raters:
    return sqlite_raters


async def post(client: httpx2.AsyncClient, path: str, body: Any = None, **headers: str) -> httpx2.Response:
    keyed = {"Idempotency-Key": uuid4().hex, **headers}
    return await client.post(f"/api/v1{path}", json=body, headers=keyed)


def said(token: str, level: str = "dissatisfied", **more: Any) -> dict[str, Any]:
    return {"token": token, "level": level, **more}


async def test_a_visit_is_rated_by_its_token_and_seen_again(
    sqlite_client: httpx2.AsyncClient, raters: Raters
) -> None:
    token = raters.served()
    answer = await post(sqlite_client, "/ratings", said(token, "satisfied", reasons=["wait"], text=" 快 "))
    assert answer.status_code == 200, answer.text
    seen = (await post(sqlite_client, "/ratings/look-up", {"token": token})).json()
    assert (seen["level"], seen["reasons"], seen["text"]) == ("satisfied", ["wait"], "快")
    assert (seen["may_rate"], seen["call_back"]) == (True, False)


async def test_a_number_without_consent_is_not_taken(
    sqlite_client: httpx2.AsyncClient, raters: Raters
) -> None:
    token = raters.served()
    for call_back in ({"phone": PHONE}, {"phone": PHONE, "consent": False}):
        answer = await post(sqlite_client, "/ratings", said(token, call_back=call_back))
        assert answer.status_code == 422
        assert PHONE not in answer.text
    taken = await post(sqlite_client, "/ratings", said(token, call_back={"phone": PHONE, "consent": True}))
    assert taken.json()["call_back"] is True
    assert PHONE not in taken.text


async def test_a_long_text_an_unknown_level_and_an_unknown_token_are_refused(
    sqlite_client: httpx2.AsyncClient, raters: Raters
) -> None:
    token = raters.served()
    for wrong in ({"text": "长" * 201}, {"level": "excellent"}, {"reasons": ["colour"]}):
        assert (await post(sqlite_client, "/ratings", said(token) | wrong)).status_code == 422
    unknown = await post(sqlite_client, "/ratings", said("no-such-token-at-all"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "ticket-not-found")
    waiting = await post(sqlite_client, "/ratings", said(raters.come()))
    assert (waiting.status_code, waiting.json()["code"]) == (409, "rating-not-asked")


async def test_staff_cannot_rate_even_with_the_link_in_hand(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    token = raters.served()
    for who in ("clerk1", "manager", "supervisor", "admin"):
        answer = await post(sqlite_client, "/ratings", said(token), **bearer(sqlite_city.tokens[who]))
        assert (answer.status_code, answer.json()["code"]) == (403, "staff-do-not-rate"), who
    assert raters.look(token).level is None


@pytest.mark.slow
async def test_a_case_is_taken_answered_and_accepted_over_the_api(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    manager, supervisor = (bearer(sqlite_city.tokens[who]) for who in ("manager", "supervisor"))
    await post(sqlite_client, "/ratings", said(raters.served(), call_back={"phone": PHONE, "consent": True}))
    listed = (await sqlite_client.get("/api/v1/rating-cases?hall=H1", headers=manager)).json()
    assert listed["tally"]["unanswered"] == 1
    path = f"/rating-cases/{listed['cases'][0]['id']}"

    async def step(what: str, who: dict[str, str], note: str | None = None) -> httpx2.Response:
        body = None if note is None else {"note": note}
        return await post(sqlite_client, f"{path}/{what}", body, Authorization=who["Authorization"])

    assert (await step("take", supervisor)).status_code == 403
    assert (await step("take", manager)).json()["status"] == "handling"
    shown = await step("number", manager)
    assert (shown.json(), shown.headers["cache-control"]) == ({"phone": f"+86{PHONE}"}, "no-store")
    assert (await step("answer", manager, " ")).status_code == 422, "an answer says something"
    assert (await step("answer", manager, "加开窗口")).json()["status"] == "answered"
    assert (await step("answer", manager, "再说一次")).json()["code"] == "rating-case-not-possible"
    assert (await step("accept", supervisor)).json()["status"] == "accepted"
    gone = await step("number", manager)
    assert (gone.status_code, PHONE in gone.text) == (409, False)
    ended = (await sqlite_client.get("/api/v1/rating-cases?ended=true", headers=supervisor)).json()
    assert [each["status"] for each in ended["cases"]] == ["accepted"]


@pytest.mark.slow
async def test_the_report_tells_nothing_of_few(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    reader = bearer(sqlite_city.tokens["supervisor"])
    for number in range(5):
        whole = (await sqlite_client.get("/api/v1/ratings?by=hall", headers=reader)).json()["whole"]
        assert (whole["rated"], whole["levels"], whole["satisfied"]["value"]) == (number, None, None)
        await post(sqlite_client, "/ratings", said(raters.served(), "satisfied"))
    whole = (await sqlite_client.get("/api/v1/ratings?by=hall", headers=reader)).json()["whole"]
    assert (whole["levels"]["satisfied"], whole["satisfied"]["value"]) == (5, 1.0)
    low, high = whole["satisfied"]["interval"]
    assert 0.5 < low < high == 1.0


async def test_reports_and_cases_are_the_own_halls(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    manager, clerk = (bearer(sqlite_city.tokens[who]) for who in ("manager", "clerk1"))
    for path in ("ratings", "rating-cases"):
        assert (await sqlite_client.get(f"/api/v1/{path}?hall=H1", headers=manager)).status_code == 200
        for query in ("", "?hall=H2"):
            refused = await sqlite_client.get(f"/api/v1/{path}{query}", headers=manager)
            assert (refused.status_code, refused.json()["code"]) == (403, "wrong-hall")
        assert (await sqlite_client.get(f"/api/v1/{path}?hall=H1", headers=clerk)).status_code == 403
        assert (await sqlite_client.get(f"/api/v1/{path}?hall=H1")).status_code == 401


async def test_a_call_back_is_written_down_and_an_answer_is_sent_back(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    tokens = sqlite_city.tokens
    await post(sqlite_client, "/ratings", said(raters.served(), call_back={"phone": PHONE, "consent": True}))
    (case,) = (
        await sqlite_client.get("/api/v1/rating-cases?hall=H1", headers=bearer(tokens["manager"]))
    ).json()["cases"]

    async def step(what: str, who: str, note: str) -> Any:
        path = f"/rating-cases/{case['id']}/{what}"
        return (await post(sqlite_client, path, {"note": note}, **bearer(tokens[who]))).json()

    await step("take", "manager", "")
    assert (await step("call-back", "manager", "没有接听"))["status"] == "handling"
    assert (await step("answer", "manager", "加开窗口"))["status"] == "answered"
    seen = await step("send-back", "supervisor", "什么时候？")
    assert seen["status"] == "handling"
    assert [(own["what"], own["note"]) for own in seen["steps"]][-3:] == [
        ("call_back", "没有接听"),
        ("answer", "加开窗口"),
        ("send_back", "什么时候？"),
    ]
    assert noted(raters.database, "rating-case.")[-3:] == [
        (sqlite_city.manager.id, "rating-case.call_back"),
        (sqlite_city.manager.id, "rating-case.answer"),
        (sqlite_city.supervisor.id, "rating-case.send_back"),
    ]
