"""Bit sets inside the compiled core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable


def _count_trailing_zeros(_typing_context: Any, _word: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the position of the lowest bit set in a signed 64-bit word that is not 0."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return types.int64(types.int64), generate


_compiled: Any = intrinsic(_count_trailing_zeros)
lowest_bit: Callable[[int], int] = _compiled
