"""Text that people read: gettext catalogues, Chinese first, English beside it.

Message ids are English. The ``.po`` files in ``kernel/locale`` are compiled in memory at first use, so
nothing generated is kept in the repository.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

if TYPE_CHECKING:
    from collections.abc import Callable

LOCALES = ("zh", "en")
DEFAULT_LOCALE = "zh"
_FOLDER = Path(__file__).parent / "locale"


@cache
def translations(locale: str) -> Translations:
    """Return the compiled catalogue of a locale; unknown texts come out as their English id."""
    path = _FOLDER / f"{locale}.po"
    if not path.exists():
        return Translations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return Translations(compiled)


def translator(locale: str) -> Callable[[str], str]:
    """Return ``gettext`` for a locale."""
    return translations(locale).gettext


def choose_locale(accept_language: str, *, chosen: str | None = None) -> str:
    """Return the locale for a reader: what they chose, else their browser's first one that we have.

    >>> choose_locale("en-GB,en;q=0.9"), choose_locale("fr, zh-CN;q=0.4"), choose_locale("")
    ('en', 'zh', 'zh')
    """
    if chosen in LOCALES:
        return chosen or DEFAULT_LOCALE
    for part in accept_language.split(","):
        language = part.split(";")[0].strip().lower().split("-")[0]
        if language in LOCALES:
            return language
    return DEFAULT_LOCALE
