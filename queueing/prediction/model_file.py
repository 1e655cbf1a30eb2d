"""Models in a file with a card beside it: what they learned from, how they did, and the file's hash.

The file is a pickle, which runs code when loaded: :func:`load_models` refuses any file whose hash is not the
one in its card, and whoever may write the card is trusted with the models.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import pickle
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import sklearn

if TYPE_CHECKING:
    from pathlib import Path

    from queueing.prediction.wait_model import WaitModel

FORMAT = 1
LARGEST_BYTES = 20_000_000
PRESET = 3


class UnusableModel(ValueError):
    """The file is not what its card says, or was made by another format or library version."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a person, and the loader, should know about a model file."""

    format: int
    library: str
    learned_from: str
    learned_until: str
    days: int
    unit: str
    features: dict[str, list[str]]
    metrics: dict[str, object]
    bytes: int
    sha256: str


def save_models(
    path: Path,
    models: dict[float, WaitModel],
    *,
    span: tuple[str, str],
    days: int,
    unit: str,
    features: dict[str, list[str]],
    metrics: dict[str, object],
) -> ModelCard:
    """Write ``models`` (by horizon) to ``path`` and their card to ``path`` + ``.json``."""
    content = lzma.compress(pickle.dumps(models), preset=PRESET)
    card = ModelCard(
        FORMAT,
        f"scikit-learn {sklearn.__version__}",
        span[0],
        span[1],
        days,
        unit,
        features,
        metrics,
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    path.write_bytes(content)
    card_of(path).write_text(json.dumps(asdict(card), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return card


def load_models(path: Path) -> tuple[dict[float, WaitModel], ModelCard]:
    """Return the models and their card. Raises :class:`UnusableModel` if file and card do not agree."""
    try:
        card = ModelCard(**json.loads(card_of(path).read_text(encoding="utf-8")))
        content = path.read_bytes()
    except (OSError, ValueError, TypeError) as error:
        raise UnusableModel(f"{path.name}: {error}") from error
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise UnusableModel(f"{path.name} is not the file its card describes")
    if card.format != FORMAT or card.library != f"scikit-learn {sklearn.__version__}":
        raise UnusableModel(f"{path.name} was made by {card.library}, format {card.format}: learn again")
    return pickle.loads(lzma.decompress(content)), card  # noqa: S301 - ours, by the hash in its card


def card_of(path: Path) -> Path:
    """Return where a model file's card lies."""
    return path.with_name(path.name + ".json")
