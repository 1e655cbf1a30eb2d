"""Addresses of pages on which somebody puts several services together: the services stand in the address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class VisitAddress:
    """The page at ``base`` for these services; ``rest`` is what else its address carries.

    >>> visit = VisitAddress("/visit", ("id-card",))
    >>> visit.adding("housing"), visit.without("id-card")
    ('/visit?service=id-card&service=housing', '/visit')
    """

    base: str
    codes: tuple[str, ...]
    rest: tuple[tuple[str, str], ...] = ()

    def here(self, **more: str) -> str:
        """Return the address of the page itself."""
        return self._of(self.codes, **more)

    def adding(self, code: str) -> str:
        """Return the address with one more service, at the end."""
        return self._of((*self.codes, code))

    def without(self, code: str) -> str:
        """Return the address with one service fewer."""
        return self._of(tuple(own for own in self.codes if own != code))

    def below(self, page: str) -> VisitAddress:
        """Return the address of a page below this one, for the same services."""
        return VisitAddress(f"{self.base}/{page}", self.codes, self.rest)

    def of(self, codes: tuple[str, ...]) -> str:
        """Return the address for other services."""
        return self._of(codes)

    def _of(self, codes: tuple[str, ...], **more: str) -> str:
        query = urlencode([*(("service", code) for code in codes), *self.rest, *more.items()])
        return f"{self.base}?{query}" if query else self.base
