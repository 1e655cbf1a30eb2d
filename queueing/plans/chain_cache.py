"""Where the compiled search is kept: beside the engine's compiled code, by the hash of both sources."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from queueing.engine.cache import cache_folder, configuration, njit, source_hash

if TYPE_CHECKING:
    from collections.abc import Callable

FunctionT = TypeVar("FunctionT", bound="Callable[..., object]")


def chain_folder() -> Path:
    """Return the folder; another source of the engine or of the search gives another one."""
    digest = hashlib.sha256(source_hash().encode())
    for source in sorted(Path(__file__).parent.glob("chain*.py")):
        digest.update(source.read_bytes())
    return cache_folder().parent / f"plans-{digest.hexdigest()[:16]}"


def compiled(function: FunctionT) -> FunctionT:
    """Compile ``function`` on first call, as ``queueing.engine.cache.compiled`` does."""
    before = configuration.CACHE_DIR
    configuration.CACHE_DIR = str(chain_folder())
    try:
        jitted: FunctionT = njit(cache=True, nogil=True, _nrt=False, error_model="numpy")(function)
    finally:
        configuration.CACHE_DIR = before
    return jitted
