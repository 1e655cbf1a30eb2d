"""How a hall's screens speak, and how large they write: what its manager may set about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.policy import PolicyField

ORDERS: tuple[tuple[str, ...], ...] = (("zh", "en"), ("zh",), ("en", "zh"))  # as the setting numbers them
ONES = ("一", "幺")
LEAST_SHARE = 0.1  # of the picture's height, whatever the hall's size
READ_FROM = 150  # a digit is read from so many times its height
CENTIMETRES = 100
FARTHEST_SEAT = 10.0  # metres; with the picture below, the tenth of its height that holds anyway
PICTURE_CM = 68.0  # the height of a 55-inch screen, the usual one on a wall


@dataclass(frozen=True, slots=True)
class Announcing:
    """``languages`` in the order in which they are spoken; ``one``: how 1 is read in a ticket number.

    ``digit_share``: the least height of a called number's digits, as a share of the picture's height.
    """

    languages: tuple[str, ...] = ORDERS[0]
    one: str = ONES[0]
    digit_share: float = LEAST_SHARE


USUAL = Announcing()


def digit_share(farthest_metres: float, picture_cm: float) -> float:
    """Return how high digits must be at least, as a share of the picture, to be read from the farthest seat.

    >>> digit_share(10, 68), digit_share(15, 68)
    (0.1, 0.1471)
    """
    return round(max(LEAST_SHARE, farthest_metres * CENTIMETRES / READ_FROM / picture_cm), 4)


def announcing_policy(stored: Mapping[str, Any]) -> Announcing:
    """Return how a hall's screens speak and write, from its stored policy.

    >>> announcing_policy({"voice_order": 2, "voice_one": 1}).languages
    ('en', 'zh')
    """
    return Announcing(
        languages=ORDERS[int(stored.get("voice_order", 0))],
        one=ONES[int(stored.get("voice_one", 0))],
        digit_share=digit_share(
            stored.get("farthest_seat_metres", FARTHEST_SEAT), stored.get("picture_cm", PICTURE_CM)
        ),
    )


FIELDS = (
    PolicyField(
        *("voice_order", "screens", "choice", 0, 0, len(ORDERS) - 1, "Languages of the spoken call"),
        "When many are called at once, Chinese alone is spoken. The numbers are written as before.",
        ("Chinese, then English", "Chinese only", "English, then Chinese"),
    ),
    PolicyField(
        *("voice_one", "screens", "choice", 0, 0, len(ONES) - 1, "How 1 is read in a ticket number"),
        "In Chinese. 幺 is not mistaken for 七; window numbers are read as numbers.",
        ("一 (yī)", "幺 (yāo)"),
    ),
    PolicyField(
        *(
            "farthest_seat_metres",
            "screens",
            "metres",
            FARTHEST_SEAT,
            2,
            40,
            "Farthest seat from a lobby screen",
        ),
        "Called numbers are written at least 1/150 as high; where that is large, fewer stand there at once.",
    ),
    PolicyField(
        *(
            "picture_cm",
            "screens",
            "centimetres",
            PICTURE_CM,
            20,
            300,
            "Height of the lobby screens' picture",
        ),
        "Of the smallest one: 55 inches have 68 cm, 75 inches 93 cm. "
        "On one too small one call stands, as large as fits.",
    ),
)
