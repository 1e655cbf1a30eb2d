"""Names and telephone numbers of people who do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_SURNAMES = "陈林黄李王张吴刘蔡郑杨许彭叶罗谢曾邓庄施余卓温梁朱徐郭何吕钟"
_GIVEN = (
    *("伟强", "志明", "建国", "海滨", "俊杰", "家豪", "国栋", "永康", "文彬", "晓东", "振华", "浩然"),
    *("秀英", "丽华", "晓梅", "美玲", "淑芬", "雪琴", "佳怡", "思敏", "婉婷", "燕", "娟", "芳", "静"),
    *("勇", "斌", "磊", "涛", "超", "子轩", "雨桐", "欣怡", "梓涵", "宇航", "嘉欣"),
)
# The head of a block of virtual-operator numbers: well formed, and far too regular to be dialled by chance.
_FIRST_PHONE = 17_000_000_000


def person_name(chance: Random) -> str:
    """Return a Chinese name as common ones go."""
    return chance.choice(_SURNAMES) + chance.choice(_GIVEN)


def phone_number(number: int) -> str:
    """Return the ``number``-th telephone number (E.164); each belongs to one simulated person."""
    return f"+86{_FIRST_PHONE + number}"


def id_tail(chance: Random) -> str:
    """Return the last four characters of an identity number."""
    return f"{chance.randrange(1000):03d}{chance.choice('0123456789X')}"
