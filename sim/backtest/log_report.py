"""What a log contained that could not be used as it stood: counts and examples, never a crash."""

from __future__ import annotations

from dataclasses import dataclass, field

EXAMPLES_KEPT = 3


class UnusableLog(ValueError):
    """Nothing in the log can be replayed; the text says what is missing."""


@dataclass(slots=True)
class LogReport:
    """Counts of rows and of what was odd about them. ``oddities`` maps a reason to its count and examples."""

    rows_read: int = 0
    rows_used: int = 0
    oddities: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def note(self, reason: str, example: str, count: int = 1) -> None:
        """Add ``count`` occurrences of ``reason``; the first few examples are kept."""
        if count <= 0:
            return
        so_far, examples = self.oddities.get(reason, (0, []))
        if len(examples) < EXAMPLES_KEPT and example:
            examples.append(example)
        self.oddities[reason] = (so_far + count, examples)

    def lines(self) -> list[str]:
        """Return the report as readable lines, the commonest oddity first."""
        head = f"{self.rows_read:,} rows read, {self.rows_used:,} used"
        ranked = sorted(self.oddities.items(), key=lambda item: -item[1][0])
        return [
            head,
            *(f"  {count:,} × {reason}; e.g. {' | '.join(kept)}" for reason, (count, kept) in ranked),
        ]

    def as_json(self) -> dict[str, object]:
        """Return the report for a JSON document."""
        return {
            "rows_read": self.rows_read,
            "rows_used": self.rows_used,
            "oddities": {
                reason: {"count": count, "examples": kept} for reason, (count, kept) in self.oddities.items()
            },
        }
