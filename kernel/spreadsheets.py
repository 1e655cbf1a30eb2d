"""Tables as CSV files that spreadsheet programs open: what they would calculate is made plain text."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"  # spreadsheets take a file without it for the local code page
# What makes a cell a formula, in full width too; a tab or a line's end before it is passed over.
_FORMULA = re.compile(r"[\s'\"]*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?%?")


def sheet(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV, UTF-8 to be, its lines ended as RFC 4180 wants it."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([plain_cell(value) for value in row] for row in rows)
    return text.getvalue()


def plain_cell(value: object) -> object:
    """Return a cell that no spreadsheet calculates: whoever named a hall or a clerk writes no formula.

    >>> plain_cell("=HYPERLINK(1)"), plain_cell("综合窗口"), plain_cell("-3.5"), plain_cell(-3)
    ("'=HYPERLINK(1)", '综合窗口', '-3.5', -3)
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
