"""Bursts: puzzles that are solved once, and a hoarder beside an honest neighbour behind one address."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import playwright
import pytest
from altcha.v1 import Payload, solve_challenge

from booking.puzzles.work import new_puzzle, solved
from booking.rules.policy import HOLDS_PER_CLIENT
from booking.rules.puzzles import FREE_PER_ADDRESS, FREE_PER_SERVICE, LASTS, MOST_WORK, work_for
from tests.support.own_lists import PEOPLE

if TYPE_CHECKING:
    import httpx2

    from kernel.secrets import Vault

NOW = datetime(2026, 11, 18, 1, 40, tzinfo=UTC)
HOLDS = "/api/v1/appointments/holds"
NODE = Path(playwright.__file__).parent / "driver" / "node"  # what the tests' browser library brings along
PUZZLE_JS = Path(__file__).parents[2] / "displays/static/js/puzzle.js"


def solution(puzzle: dict[str, Any]) -> str:
    """Return what a program sends for a puzzle."""
    found = solve_challenge(puzzle["challenge"], puzzle["salt"], "SHA-256", puzzle["maxnumber"], 0)
    assert found is not None
    sent = Payload("SHA-256", puzzle["challenge"], found.number, puzzle["salt"], puzzle["signature"])
    return base64.b64encode(json.dumps(sent.to_dict()).encode()).decode()


def test_a_solution_is_known_and_everything_else_is_none(vault: Vault) -> None:
    puzzle = new_puzzle(500, now=NOW, vault=vault)
    sent = solution(asdict(puzzle))
    assert solved(sent, now=NOW, vault=vault) == puzzle.challenge
    assert solved(sent, now=NOW + LASTS, vault=vault) is None, "too old"
    own = json.loads(base64.b64decode(sent))
    later = own["salt"].replace("expires=", "expires=9")
    for changed in ({"number": own["number"] + 1}, {"salt": later}, {"signature": "0" * 64}, {"number": "1"}):
        forged = base64.b64encode(json.dumps({**own, **changed}).encode()).decode()
        assert solved(forged, now=NOW, vault=vault) is None, changed
    for odd in ("", "!", "bnVsbA==", base64.b64encode(b"[1]").decode(), base64.b64encode(b"\xff").decode()):
        assert solved(odd, now=NOW, vault=vault) is None


def test_work_grows_with_the_burst_and_ends_somewhere() -> None:
    works = [work_for(n, 1) for n in range(1, 1000)]
    assert works[:FREE_PER_ADDRESS] == [None] * FREE_PER_ADDRESS
    numbers = [own for own in works if own is not None]
    assert numbers == sorted(numbers)
    assert numbers[-1] == MOST_WORK
    assert work_for(1, FREE_PER_SERVICE + 1) is not None, "however many addresses a burst has"


def test_the_pages_own_code_finds_the_same_number(vault: Vault) -> None:
    puzzle = asdict(new_puzzle(3000, now=NOW, vault=vault))
    right = json.loads(base64.b64decode(solution(puzzle)))["number"]
    script = (
        "globalThis.document = { getElementById: () => null };"
        f"const {{ solve, sha256 }} = await import({json.dumps(PUZZLE_JS.as_uri())});"
        f"console.log(await solve({json.dumps(puzzle)}), sha256(''), sha256('a'.repeat(130)));"
    )
    run = subprocess.run(
        [NODE, "--input-type=module", "-e", script],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    number, empty, long = run.stdout.split()
    assert int(number) == right
    assert empty == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert long == hashlib.sha256(b"a" * 130).hexdigest()


async def starts(client: httpx2.AsyncClient) -> list[str]:
    days = (await client.get("/api/v1/halls/H1/slots?service=id-card&days=4")).json()["days"]
    return [slot["starts_at"] for day in days for slot in day["slots"]]


async def ask(client: httpx2.AsyncClient, start: str, browser: str, **more: str) -> httpx2.Response:
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": start, **more}
    return await client.post(
        HOLDS, json=wish, headers={"Idempotency-Key": uuid4().hex, "User-Agent": browser}
    )


@pytest.mark.slow
async def test_a_hoarder_is_held_to_the_rules_while_the_neighbour_books(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    """One browser and one address try 500 times; somebody else behind the same address comes after it."""
    free = await starts(sqlite_client)
    tries = [await ask(sqlite_client, free[n % len(free)], "hoarder") for n in range(500)]
    assert sum(each.status_code == 200 for each in tries) == HOLDS_PER_CLIENT
    assert {each.json()["code"] for each in tries if each.status_code != 200} == {
        "too-many-holds", "puzzle-needed",
    }  # fmt: skip
    still_free = await starts(sqlite_client)
    assert len(still_free) >= len(free) - HOLDS_PER_CLIENT
    refused = await ask(sqlite_client, still_free[0], "neighbour")
    assert (refused.status_code, refused.json()["code"]) == (429, "puzzle-needed")
    answer = await ask(sqlite_client, still_free[0], "neighbour", puzzle=solution(refused.json()))
    assert answer.status_code == 200, answer.text


@pytest.mark.slow
async def test_who_changes_browsers_gets_no_further_without_work(sqlite_client: httpx2.AsyncClient) -> None:
    free = await starts(sqlite_client)
    tries = [await ask(sqlite_client, start, f"browser {n}") for n, start in enumerate(free[:30])]
    assert [each.status_code for each in tries] == [200] * FREE_PER_ADDRESS + [429] * 10
    puzzle = tries[-1].json()
    assert puzzle["why"] == "burst"
    sent = solution(puzzle)
    first = await ask(sqlite_client, free[30], "solved", puzzle=sent)
    again = await ask(sqlite_client, free[31], "solved again", puzzle=sent)
    assert (first.status_code, again.status_code) == (200, 429)
    assert again.json()["why"] == "used"


@pytest.mark.slow
async def test_the_page_keeps_what_was_typed_and_says_who_helps(sqlite_client: httpx2.AsyncClient) -> None:
    free = await starts(sqlite_client)
    for n, start in enumerate(free[:FREE_PER_ADDRESS]):
        await ask(sqlite_client, start, f"browser {n}")
    form = {
        "hall": "H1", "service": "id-card", "starts_at": free[-1], "key": uuid4().hex, "name": "王小明",
        "phone": "13800138000", "priority": "true",
    }  # fmt: skip
    page = await sqlite_client.post("/book", data=form, headers=PEOPLE)
    assert page.status_code == 429
    start = free[-1].replace("Z", "+00:00")
    for kept in (start, "王小明", "true", form["key"]):
        assert f'value="{kept}"' in html.unescape(page.text), kept
    assert "The help desk of the hall books for you" in page.text
    assert "<noscript>" in page.text
