"""The search: what people type finds what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.pinyin import spelled
from booking.rules.search import Searchable, ServiceIndex, errors_within

INDEX = ServiceIndex(
    [
        Searchable("social-card", "社会保障卡申领", "Social security card", ("社保卡", "医保卡")),
        Searchable("elder-benefit", "高龄老人津贴申领", "Old-age allowance", ("高龄津贴", "老人钱")),
        Searchable("id-card", "居民身份证补领", "Resident ID card replacement", ("身份证丢了", "补办身份证")),
        Searchable("business-licence", "企业设立登记", "Company registration", ("营业执照", "开公司")),
        Searchable("passport", "普通护照签发", "Passport", ("办护照",)),
    ],
    spelled,
)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("社保卡", "social-card"),
        ("shebaoka", "social-card"),
        ("she bao ka", "social-card"),
        ("sbk", "social-card"),
        ("shebaoak", "social-card"),
        ("社会保章卡", "social-card"),
        ("social securty card", "social-card"),
        ("PASSPORT", "passport"),
        ("huzhao", "passport"),
        ("pasport", "passport"),
        ("我的身份证丢了", "id-card"),
        ("身份证", "id-card"),
        ("shenfenzheng", "id-card"),
        ("营业执照", "business-licence"),
        ("yyzz", "business-licence"),
        ("kaigongsi", "business-licence"),
        ("laoren", "elder-benefit"),
        ("高龄津帖", "elder-benefit"),
    ],
)
@pytest.mark.slow
def test_what_people_type_finds_what_they_mean(typed: str, code: str) -> None:
    assert INDEX.search(typed)[0] == code


@pytest.mark.parametrize("typed", ["zzzzzz", "天气预报", "qqqwww"])
def test_what_nobody_offers_finds_nothing(typed: str) -> None:
    assert INDEX.search(typed) == []


def test_nothing_typed_finds_everything() -> None:
    assert len(INDEX.search("  ")) == 5


@given(st.text(max_size=40))
def test_the_search_takes_any_text(typed: str) -> None:
    found = INDEX.search(typed)
    assert len(found) == len(set(found))


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=8))
@pytest.mark.slow
def test_typing_errors_are_counted_like_the_slow_obvious_way(wanted: str, text: str) -> None:
    slow = min(
        _edits(wanted, text[begins:ends])
        for begins in range(len(text) + 1)
        for ends in range(begins, len(text) + 1)
    )
    assert errors_within(wanted, text, most=9) == slow


def _edits(a: str, b: str) -> int:
    if not a or not b:
        return len(a) + len(b)
    return min(_edits(a[1:], b) + 1, _edits(a, b[1:]) + 1, _edits(a[1:], b[1:]) + (a[0] != b[0]))
