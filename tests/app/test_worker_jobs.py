"""Processes load what they need and nothing more; the worker knows every job whose result is stored."""

from __future__ import annotations

import subprocess
import sys
from threading import Event
from typing import TYPE_CHECKING, cast

import pytest

from app.jobs import GET_READY
from app.wiring import JOB_RESULTS
from app.worker import GET_READY as READY_NAME
from app.worker import MODULES, function_of, get_ready
from queueing.plans import warm as search

if TYPE_CHECKING:
    from kernel.jobs import JobContext


def test_every_job_whose_result_is_stored_has_a_function_in_the_worker() -> None:
    assert set(MODULES) == set(JOB_RESULTS)
    assert all(callable(function_of(name)) for name in MODULES)


def test_the_api_and_the_worker_call_getting_ready_the_same() -> None:
    assert READY_NAME == GET_READY
    assert function_of(GET_READY) is get_ready


def test_getting_ready_warms_the_search_without_waiting_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = Event(), Event()

    def warm() -> None:
        begun.set()
        may_end.wait(30)

    monkeypatch.setattr(search, "warm", warm)
    try:
        assert get_ready(cast("JobContext", None), {}) == {}
        assert begun.wait(30)
    finally:
        may_end.set()


def test_a_job_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="no_such_job"):
        function_of("no_such_job")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("app.worker", ("sklearn", "ortools", "numba")),
        ("app.cli", ("app.main", "sqlalchemy")),
        ("app.serve", ("app.main", "pypinyin", "numba")),
        ("app.cli_demo", ("app.main", "sqlalchemy", "alembic", "fastapi", "numba")),
        ("app.main", ("pypinyin", "sklearn", "ortools", "numba", "redis")),
    ],
)
def test_what_only_some_work_needs_is_loaded_with_that_work(module: str, heavy: tuple[str, ...]) -> None:
    asked = f"import {module}, sys; print([name for name in {heavy!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
