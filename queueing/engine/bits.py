"""Words as sets of bits and as the bits of a number, inside the compiled core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable


def _count_trailing_zeros(_typing_context: Any, _word: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the position of the lowest bit set in a signed 64-bit word that is not 0."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return types.int64(types.int64), generate


def _bits_of(_typing_context: Any, _number: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the 64 bits of a floating number as a signed word."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


def _number_of(_typing_context: Any, _word: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the floating number that a signed word's 64 bits are."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


_compile: Any = intrinsic
lowest_bit: Callable[[int], int] = _compile(_count_trailing_zeros)
bits_of: Callable[[float], int] = _compile(_bits_of)
number_of: Callable[[int], float] = _compile(_number_of)
_unsigned: Any = np.uint64
unsigned: Callable[[int], int] = _unsigned  # an index so typed is not looked at for being negative
ONE = unsigned(1)
