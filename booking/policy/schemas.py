"""Requests and responses of a hall's published values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from kernel.i18n import translator
from kernel.web.schemas import In, Out

if TYPE_CHECKING:
    from booking.policy.service import HallValues


class PolicyIn(In):
    """The values to change by name; ``base`` is the fingerprint of what the draft was made on."""

    values: dict[str, float]
    base: str


class PolicyFieldOut(Out):
    """A value with its unit, bounds and default, and what it means.

    Of a choice the value is the place in ``choices``.
    """

    name: str
    group: str
    unit: str
    value: float
    default: float
    least: float
    most: float
    whole: bool
    title: str
    meaning: str
    choices: list[str]


class PolicyOut(Out):
    fields: list[PolicyFieldOut]
    base: str

    @classmethod
    def of(cls, held: HallValues, *, locale: str = "en") -> Self:
        say = translator(locale)
        return cls(
            base=held.base,
            fields=[
                PolicyFieldOut(
                    name=field.name,
                    group=field.group,
                    unit=field.unit,
                    value=value,
                    default=field.default,
                    least=field.least,
                    most=field.most,
                    whole=field.whole,
                    title=say(field.title),
                    meaning=say(field.meaning),
                    choices=[say(each) for each in field.choices],
                )
                for field, value in held.values
            ],
        )
