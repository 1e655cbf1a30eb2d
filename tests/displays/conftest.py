"""Fixtures of the display tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.served import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


@pytest.fixture
def served(sqlite_parts: Parts, sqlite_city: SmallCity) -> Iterator[Served]:
    """The real app over the small city on a real port."""
    with serving(sqlite_parts, sqlite_city) as made:
        yield made
