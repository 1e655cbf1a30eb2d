"""Which lines of a ticket's log still count once what was taken back is left out."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class _Logged(Protocol):
    @property
    def what(self) -> str: ...


L = TypeVar("L", bound=_Logged)

TAKEN_BACK: Mapping[str, str] = MappingProxyType(
    {
        **{"undo_finish": "finish", "undo_give_up": "give_up"},
        **{"undo_miss": "miss", "undo_start": "start", "undo_on_paper": "serve_on_paper"},
        **{"undo_park": "park", "undo_park_called": "park"},
        **{"undo_transfer": "transfer", "undo_sent_called": "transfer"},
        "undo_record": "record",
    }
)


def without_taken_back(lines: Sequence[L]) -> list[L]:
    """Return the lines in order without what was undone and without its undoing."""
    kept: list[L] = []
    for line in lines:
        undone = TAKEN_BACK.get(line.what)
        if undone is None:
            kept.append(line)
            continue
        for index in range(len(kept) - 1, -1, -1):
            if kept[index].what == undone:
                del kept[index]
                break
    return kept
