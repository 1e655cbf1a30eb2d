"""An appointment's messages follow what becomes of it, in the same unit of work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from booking import service
from booking.messages import stopping
from booking.messages.errors import NoMessagesHere, StopLinkNotFound
from booking.messages.planning import stop_code
from booking.rules.cancelling import CancelReason, Why
from displays.rendering import environment
from kernel.identity import CITIZEN, SYSTEM
from tests.booking.booking_city import local
from tests.booking.test_booking_erasure import SUPERVISOR

if TYPE_CHECKING:
    from datetime import datetime

    from tests.messages.post import Post

THURSDAY = local(10, 30, days=1)


def alive(post: Post) -> list[tuple[str, object]]:
    return [(row.kind, row.planned_at) for row in post.messages() if row.status == "planned"]


def test_a_booking_plans_its_confirmation_and_reminders(post: Post) -> None:
    booked = post.book(local(10, 30, days=2))
    now = post.clock.now()
    assert alive(post) == [
        ("confirmed", now),
        ("day_before", THURSDAY),
        ("hours_before", local(8, 30, days=2)),
    ]
    assert all(f"https://jb.example.cn/a/{booked.token} " in text for text in post.texts())
    assert all("王小明" not in text and "高龄" not in text for text in post.texts())


@pytest.mark.parametrize(
    ("when", "says"),
    [
        (local(10, 30, days=2), "reminded the day before and two hours before"),
        (local(15), "reminded two hours before"),
        (local(10, 30), "8000 is told if the hall"),
    ],
    ids=["in two days", "this afternoon", "within the hour"],
)
def test_the_page_promises_only_the_reminders_that_are_to_come(
    sqlite_post: Post, when: datetime, says: str
) -> None:
    booked = sqlite_post.book(when)
    found = sqlite_post.database.read_now(
        stopping.appointment_messages, booked.token, vault=sqlite_post.vault
    )
    shown = environment("en").get_template("public/appointment_messages.html")
    assert says in shown.render(messages=found, token=booked.token, key="k")


def test_a_hold_alone_plans_nothing(post: Post) -> None:
    held = post.hold(THURSDAY)
    post.do(service.cancel, held.token)
    assert post.messages() == []


def test_a_move_says_the_new_time_and_reminds_of_it_instead(post: Post) -> None:
    booked = post.book(local(10, 30, days=2))
    post.do(service.reschedule, booked.token, local(15, days=2))
    assert alive(post) == [
        ("moved", post.clock.now()),
        ("day_before", local(15, days=1)),
        ("hours_before", local(13, days=2)),
    ]
    post.do(service.reschedule, booked.token, local(10, 30, days=2))
    assert len(alive(post)) == 3, "moved back: the first time is planned for anew"
    assert sum(row.status == "void" for row in post.messages()) == 6


def test_who_cancels_hears_no_more_and_whom_the_hall_cancels_hears_that(post: Post) -> None:
    own, other = post.book(THURSDAY), post.book(THURSDAY, number=1)
    post.do(service.cancel, own.token)
    assert {row.status for row in post.messages(own.appointment.id)} == {"void"}
    why = Why(CancelReason.SYSTEM_DOWN)
    ids = [other.appointment.id]
    post.do(service.cancel_by_hall, post.city.halls["city"], ids, why, by=SYSTEM)
    (news,) = [row for row in post.messages(other.appointment.id) if row.status == "planned"]
    assert news.kind == "cancelled_by_hall"


def test_who_has_come_is_reminded_no_more(post: Post) -> None:
    booked = post.book(local(15))
    assert [kind for kind, _ in alive(post)] == ["confirmed", "hours_before"]
    post.clock.set(local(14, 30))
    post.do(service.check_in, booked.token, by=CITIZEN)
    assert alive(post) == []


def test_nothing_is_planned_where_the_booking_did_not_come_about(post: Post) -> None:
    held = post.hold(THURSDAY)

    def fails_late(session: object) -> None:
        who = service.Person("王小明", "13800138000")
        service.confirm(session, held.token, who, clock=post.clock, vault=post.vault)
        raise RuntimeError("the commit fails")

    with pytest.raises(RuntimeError):
        post.database.write_now(fails_late)
    assert post.messages() == post.contacts() == []


def test_the_page_stops_one_appointment_and_the_link_the_whole_number(post: Post) -> None:
    first, second = post.book(THURSDAY), post.book(local(15, days=1))
    other = post.book(THURSDAY, number=1)
    stopped = post.do(stopping.want_appointment_messages, first.token, False)
    assert (stopped.stopped, stopped.phone_masked) == (True, "138****8000")
    assert post.stopped() == {first.appointment.id}
    code = stop_code(second.appointment.id, post.vault)
    post.do(stopping.want_link_messages, code, False)
    assert post.stopped() == {first.appointment.id, second.appointment.id}
    assert not post.database.read_now(stopping.appointment_messages, other.token, vault=post.vault).stopped
    post.do(stopping.want_link_messages, code, True)
    assert post.stopped() == set()
    with pytest.raises(StopLinkNotFound):
        post.do(stopping.want_link_messages, "made-up-code", False)


def test_erasing_takes_number_link_and_text_and_leaves_the_count(post: Post) -> None:
    booked = post.book(THURSDAY)
    asked = {"by": SUPERVISOR, "reason": "7/2026", "clock": post.clock, "vault": post.vault}
    (kept,) = post.database.write_now(service.export_for_phone, "13800138000", **asked)
    assert [own["kind"] for own in kept["messages"]["list"]][:1] == ["confirmed"]
    post.do(service.cancel, booked.token)
    post.do(service.erase_mine, booked.token)
    assert post.contacts() == []
    assert post.messages()
    assert {row.text_sealed for row in post.messages()} == {None}
    with pytest.raises(StopLinkNotFound):
        post.do(stopping.want_link_messages, stop_code(booked.appointment.id, post.vault), False)


def test_the_nightly_erasure_takes_them_too(post: Post) -> None:
    post.book(THURSDAY)
    hall = post.city.halls["city"]
    post.clock.advance(timedelta(days=40))
    today = post.clock.now().date()
    post.database.write_now(service.mark_no_shows, hall, before=today, clock=post.clock, vault=post.vault)
    post.database.write_now(service.erase_due, hall, clock=post.clock)
    assert post.contacts() == []
    assert {row.text_sealed for row in post.messages()} == {None}


def test_where_no_messages_are_set_up_there_is_nothing_to_stop(post: Post) -> None:
    post.database.carry(messages=None)
    booked = post.book(THURSDAY)
    assert post.messages() == post.contacts() == []
    assert not post.database.read_now(stopping.appointment_messages, booked.token, vault=post.vault).offered
    with pytest.raises(NoMessagesHere):
        post.do(stopping.want_appointment_messages, booked.token, False)
