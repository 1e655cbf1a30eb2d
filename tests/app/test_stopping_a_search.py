"""``jinban optimize`` and Ctrl-C: the first ends the search, the second the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app import cli_studies
from app.cli_studies import first_interrupt, optimize


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_pressed_once_is_asked_for_and_twice_ends_the_program() -> None:
    before = signal.getsignal(signal.SIGINT)
    with first_interrupt() as pressed:
        assert not pressed()
        press()
        assert pressed()
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is before


FINDS_A_SKELETON = """
import os, signal
from queueing.plans.skeleton import find_skeleton
from small_halls import hall, layout
of = hall(["AB", "AB"])
signal.signal(signal.SIGINT, lambda *_: print("heard"))
find_skeleton(of, layout(of, "", ""), [[1.0] * len(of.blocks) for _ in of.queues], seed=1)
os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.slow
def test_whoever_waits_for_ctrl_c_still_hears_it_after_the_solver_has_run() -> None:
    """In a process of its own: unheard it would end the tests."""
    ran = subprocess.run(
        [sys.executable, "-c", FINDS_A_SKELETON],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "plans")},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "heard\n"), ran.stderr


@pytest.mark.usefixtures("worker_settings")
def test_a_search_that_was_interrupted_prints_what_it_had_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def searched(*_: object, stopped: Any, **__: object) -> str:
        press()
        return "the best so far" if stopped() else "the whole search"

    monkeypatch.setattr(cli_studies, "optimize_hall", searched)
    optimize("H1", day=datetime.fromisoformat("2026-11-19"), week=None, seconds=1.0)
    assert "the best so far" in capsys.readouterr().out
