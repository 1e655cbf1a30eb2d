"""Each delivery is signed, nobody personal stands in it, and the example for receivers verifies it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import booking.events
import queueing.events
from booking.rules.webhook_notices import TOLD, Place, told
from booking.rules.webhooks import OLD_SECRET_LASTS
from booking.webhooks import handing_on, sending
from booking.webhooks import service as hooks
from kernel.clock import ShiftedClock, SystemClock
from kernel.events import Event
from tests.conftest import MORNING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.clock import ManualClock
    from tests.support.receiver import Receiver
    from tests.webhooks.conftest import Town

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "webhooks.md"
# What stays inside: what hall staff see, what ages by itself, and what is nobody's business outside.
INSIDE = {
    *("alert_raised", "alert_cleared", "alert_taken", "estimates_published", "screen_changed"),
    *("announcing_changed", "doors_changed", "staff_news"),
    *("hall_set_up_changed", "window_changed", "ticket_moved_back", "place_offered"),
}


def the_example() -> Callable[..., bool]:
    """Return the function that the page hands to receivers."""
    (code,) = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(), re.S)
    room: dict[str, Any] = {}
    exec(compile(code, "webhooks.md", "exec"), room)
    found: Callable[..., bool] = room["verified"]
    return found


async def test_the_example_for_receivers_verifies_what_is_sent(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    verified, secret = the_example(), town.register(receiver.url).secret
    town.issue()
    await town.send()
    headers, body = receiver.asked[0]
    now = clock.now().timestamp()
    assert verified([secret], headers, body, now)
    assert not verified([hooks.new_secret()], headers, body, now)
    assert not verified([secret], headers, body + b" ", now)
    assert not verified([secret], headers | {"webhook-id": "another"}, body, now)
    assert not verified([secret], headers, body, now + 301)
    later = headers | {"webhook-timestamp": str(int(now) + 400)}
    assert not verified([secret], later, body, now + 400), "the time is signed too"
    assert not verified([secret], {}, body, now)


async def test_while_a_secret_is_replaced_both_sign(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    verified, first = the_example(), town.register(receiver.url)
    own, vault = first.webhook.own.id, town.parts.vault
    second = town.do(hooks.replace_secret, own, vault=vault)

    async def signs() -> tuple[bool, bool]:
        town.do(hooks.ping, own)
        await town.send()
        headers, body = receiver.asked[-1]
        now = clock.now().timestamp()
        return verified([first.secret], headers, body, now), verified([second.secret], headers, body, now)

    assert second.secret != first.secret
    assert await signs() == (True, True)
    clock.advance(OLD_SECRET_LASTS + timedelta(seconds=1))
    assert await signs() == (False, True)
    third = town.do(hooks.replace_secret, own, vault=vault)
    first = second
    second = third
    assert await signs() == (True, True)
    town.do(hooks.end_old_secret, own)
    assert await signs() == (False, True)


async def test_a_repeat_is_signed_anew_with_its_own_time(
    town: Town, receiver: Receiver, clock: ManualClock
) -> None:
    verified, secret = the_example(), town.register(receiver.url).secret
    receiver.answer = lambda _: (500, b"")
    town.issue()
    await town.send()
    clock.advance(timedelta(hours=1))
    await town.send()
    (first, body), (second, again) = receiver.asked
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert verified([secret], second, again, clock.now().timestamp())


def test_a_demo_whose_day_is_another_signs_with_the_time_that_receivers_have(town: Town) -> None:
    town.register("http://127.0.0.1:9/")
    town.issue()
    own = ShiftedClock(town.parts.clock.now(), speed=10.0)
    town.database.write_now(handing_on.hand_on, clock=own)
    (sent,) = town.database.write_now(
        sending.claim_due, clock=own, vault=town.parts.vault, allowed={"127.0.0.1"}
    )
    assert abs(int(sent.headers["webhook-timestamp"]) - SystemClock().now().timestamp()) < 60


def test_no_secret_lies_in_the_clear(town: Town, receiver: Receiver) -> None:
    secret = town.register(receiver.url).secret
    with town.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM webhook").all()
    assert secret not in repr(rows)
    assert secret.removeprefix("whsec_") not in repr(rows)


def every_event() -> dict[str, type[Event]]:
    found = [own for module in (queueing.events, booking.events) for own in vars(module).values()]
    events = [own for own in found if isinstance(own, type) and issubclass(own, Event) and own is not Event]
    return {own.kind: own for own in events}


def test_every_event_is_told_or_stays_inside_on_purpose() -> None:
    assert set(TOLD) | INSIDE == set(every_event())
    assert not set(TOLD) & INSIDE


def test_no_delivery_holds_anything_personal() -> None:
    """Whatever an event will one day carry besides, a body holds only what is named here."""
    may_hold = {
        *("hall", "seq", "day", "number", "queue", "window", "how", "times", "status"),
        *("appointment_id", "starts_at", "from_starts_at", "by", "plan_version", "serves", "notices"),
        *("meeting", "from_meeting", "remote"),
    }
    place = Place("H1", "Asia/Shanghai", {})
    at = MORNING
    for kind in TOLD:
        payload: dict[str, Any] = {
            **dict.fromkeys(may_hold, "x"),
            "notices": [{"id": "n", "from_at": "a", "until_at": "b", "text_zh": "王小明"}],
            **{"name": "王小明", "phone": "13800138000", "token": "t0ken", "reference": "AB12"},
            "queue_id": "0198a3c1-0000-7000-8000-0123456789ab",
        }
        said = told(kind, payload, seq=1, at=at, place=place)
        assert said is not None
        assert set(json.loads(said.body)["data"]) <= may_hold
        for secret in ("王小明", "\\u738b", "13800138000", "t0ken", "AB12"):
            assert secret not in said.body
