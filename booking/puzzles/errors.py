"""The refusal that carries a puzzle."""

from __future__ import annotations

from kernel.errors import TooMany


class PuzzleNeeded(TooMany):
    """Carries the puzzle: ``algorithm``, ``challenge``, ``maxnumber``, ``salt``, ``signature``.

    ``why``: burst, or what is wrong about the solution that was sent.
    """

    code, title = "puzzle-needed", "Very many places are being asked for just now."
    help = "Solve the puzzle and send the same again with it; or the help desk books for you."
    help_on_page = "Your browser works something out by itself; or the help desk of the hall books for you."
