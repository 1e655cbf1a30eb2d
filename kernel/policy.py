"""The values a hall may set: each with its unit, bounds, default, and its meaning to the people it binds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class PolicyInvalid(Invalid):
    code, title = "policy-invalid", "A hall cannot set that value."
    help = "The answer names the value and the bounds it must keep."


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One value; ``unit`` is minutes, places, days, people, metres, centimetres, share, switch or choice.

    A share is 0 to 1; of a switch 0 is off and 1 is on; of a choice it is the place in ``choices``, which
    are text ids.

    The bounds are included. ``title`` and ``meaning`` are English text ids, translated where people read
    them.
    """

    name: str
    group: str
    unit: str
    default: float
    least: float
    most: float
    title: str
    meaning: str
    choices: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.unit in {"places", "days", "people", "switch", "choice"}

    def checked(self, value: float) -> float:
        """Return the value as it is stored; raises ``PolicyInvalid`` with the bounds."""
        fits = self.least <= value <= self.most and (not self.whole or float(value).is_integer())
        if not fits:
            raise PolicyInvalid(
                field=self.name, value=value, least=self.least, most=self.most, unit=self.unit
            )
        return int(value) if self.whole else float(value)


def checked(fields: Iterable[PolicyField], values: Mapping[str, float]) -> dict[str, float]:
    """Return the values to store; raises ``PolicyInvalid`` for an unknown name or a value out of bounds."""
    known = {each.name: each for each in fields}
    for name in values:
        if name not in known:
            raise PolicyInvalid(field=name)
    return {name: known[name].checked(value) for name, value in values.items()}
