"""Where compiled code is kept: a folder whose name is the hash of every source of this package.

numba notices a change in the function it compiled, not in a function that one calls; a folder per
source hash makes a stale cache impossible. ``python -m queueing.engine.warm`` fills it at install.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

BLAS = "scipy.linalg.cython_blas"


def _numba_alone() -> ModuleType:
    """Import numba and what it would load at its first compiled call, without scipy's linear algebra.

    numba imports that for matrix products in compiled code if it finds it, which takes a third of the
    time until a first day is played; nothing here multiplies matrices. ``None`` is how ``sys.modules`` says
    that a module cannot be had. If something has loaded scipy already, nothing is gained or hidden.
    """
    hide = BLAS not in sys.modules
    if hide:
        sys.modules[BLAS] = None  # type: ignore[assignment]
    try:
        module = importlib.import_module("numba")
        target = importlib.import_module("numba.core.registry").cpu_target
        target.typing_context.refresh()
        target.target_context.refresh()
    finally:
        if hide:
            del sys.modules[BLAS]
    return module


numba: Any = _numba_alone()
njit: Any = numba.njit  # numba's own types leave out the options used here
configuration: Any = numba.config
FunctionT = TypeVar("FunctionT", bound="Callable[..., object]")

SOURCE_FOLDER = Path(__file__).parent
FOLDER_VARIABLE = "JINBAN_ENGINE_CACHE"


@cache
def source_hash() -> str:
    """Return a short hash of the engine's sources, numba's version and Python's."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for source in sorted(SOURCE_FOLDER.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path:
    """Return the folder for compiled code: beside the sources if writable, else in the user's cache."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        parent = Path(chosen)
    elif os.access(SOURCE_FOLDER, os.W_OK):
        parent = SOURCE_FOLDER / "__pycache__"
    else:
        parent = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "jinban"
    return parent / f"engine-{source_hash()}"


def inlined(function: FunctionT) -> FunctionT:
    """Compile ``function`` into whoever calls it: a call that passes many arrays costs more than its work."""
    jitted: FunctionT = njit(nogil=True, _nrt=False, error_model="numpy", forceinline=True)(function)
    return jitted


def outlined(function: FunctionT) -> FunctionT:
    """Compile ``function`` once for all its callers: for what is rare, where compile time matters more."""
    jitted: FunctionT = njit(nogil=True, _nrt=False, error_model="numpy")(function)
    return jitted


def compiled(function: FunctionT) -> FunctionT:
    """Compile ``function`` on first call, without the interpreter lock, cached in ``cache_folder()``.

    Compiled functions must not allocate: reference counting is switched off, which is what keeps
    array arguments free of charge in the inner loop.
    """
    before = configuration.CACHE_DIR
    configuration.CACHE_DIR = str(cache_folder())
    try:
        jitted: FunctionT = njit(cache=True, nogil=True, _nrt=False, error_model="numpy")(function)
    finally:
        configuration.CACHE_DIR = before
    return jitted
