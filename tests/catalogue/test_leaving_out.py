"""A service is left out of a catalogue with everything that names it."""

from __future__ import annotations

import pytest

from booking.rules.catalogue import Standing, without_services


def catalogue(*answers: tuple[str, ...]) -> Standing:
    said = tuple(("答", "answer", None, found) for found in answers)
    return Standing(
        services={code: {"related": tuple({"a", "b", "c"} - {code})} for code in "abc"},
        offers={("H1", code): "A" for code in "abc"},
        themes={
            "pair": {"services": ("a", "b")},
            "all": {"services": ("a", "b", "c")},
        },
        questions={"start": {"answers": said}},
        order=("start",),
    )


def test_what_names_it_goes_with_it() -> None:
    less = without_services(catalogue(("a",), ("b",), ("c", "a")), ["a"])
    assert set(less.services) == {"b", "c"}
    assert less.services["b"]["related"] == ("c",)
    assert set(less.offers) == {("H1", "b"), ("H1", "c")}
    assert less.themes == {"all": {"services": ("b", "c")}}
    assert [answer[3] for answer in less.questions["start"]["answers"]] == [("b",), ("c",)]


def test_a_question_is_not_left_with_one_answer() -> None:
    with pytest.raises(ValueError, match="the question start would have fewer than two answers"):
        without_services(catalogue(("a",), ("b", "c")), ["a"])


def test_a_name_that_nobody_knows_is_told() -> None:
    with pytest.raises(ValueError, match="no service is called x, y"):
        without_services(catalogue(("a",), ("b",)), ["y", "x"])
