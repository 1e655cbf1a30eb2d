"""Whom to reach, and what is planned: once each, sealed, void when it is no longer so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.messages import planning
from booking.rules.messages import MessageKind
from kernel.ids import uuid7
from tests.messages.post import PHONE

if TYPE_CHECKING:
    from tests.messages.post import Post


def test_each_occurrence_is_planned_once(post: Post) -> None:
    subject = post.contact()
    assert post.plan(subject) is True
    assert post.plan(subject) is False
    assert post.plan(subject, "2") is True
    assert post.plan(subject, "1", MessageKind.MOVED) is True
    assert len(post.messages()) == 3


def test_without_a_contact_or_without_a_gateway_nothing_is_planned(post: Post) -> None:
    assert post.plan(uuid7()) is False
    subject = post.contact()
    post.database.carry(messages=None)
    assert post.plan(subject) is False
    post.contact()
    assert len(post.contacts()) == 1
    assert post.messages() == []


def test_a_message_is_in_the_readers_language_with_their_link_and_a_stop_link(post: Post) -> None:
    subject = post.contact(locale="en")
    post.plan(subject)
    (said,) = post.texts()
    stop = planning.stop_code(subject, post.vault)
    assert said == (
        "【近办】A time is free: Thu 19 Nov 10:30, Shanwei City Hall. Take it by : "
        f"https://jb.example.cn/w/a-token-of-their-own No more messages: https://jb.example.cn/m/{stop}"
    )


def test_number_link_and_text_lie_sealed(post: Post) -> None:
    post.plan(post.contact())
    kept = repr(post.contacts() + post.messages())
    assert PHONE.removeprefix("+86") not in kept
    assert "a-token-of-their-own" not in kept
    assert "汕尾市" not in kept


def test_what_is_no_longer_so_is_void_and_keeps_no_text(post: Post) -> None:
    subject, other = post.contact(), post.contact()
    post.plan(subject)
    post.plan(other)
    post.void(subject)
    (gone,) = post.messages(subject)
    assert (gone.status, gone.text_sealed) == ("void", None)
    assert [own.status for own in post.messages(other)] == ["planned"]
    assert post.plan(subject) is False, "a repeat of the old request brings nothing back"


def test_forgetting_a_contact_leaves_a_count_and_nothing_of_a_person(post: Post) -> None:
    subject = post.contact()
    post.plan(subject)
    post.database.write_now(planning.forget_contacts, [subject], at=post.clock.now())
    assert post.contacts() == []
    assert [(own.status, own.text_sealed) for own in post.messages()] == [("void", None)]
