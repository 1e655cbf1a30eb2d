"""The process in which texts are spelled: a JSON list in, a list of (pinyin, initials) out."""

import json
import sys

from pypinyin import Style, lazy_pinyin


def main() -> None:
    """Spell what comes in."""
    texts: list[str] = json.load(sys.stdin)
    json.dump([(pinyin(text), initials(text)) for text in texts], sys.stdout)


def pinyin(text: str) -> str:
    """Return the pinyin of a text without tones.

    >>> pinyin("社保卡")
    'shebaoka'
    """
    return "".join(lazy_pinyin(text))


def initials(text: str) -> str:
    """Return the first letters of a text's syllables.

    >>> initials("社保卡")
    'sbk'
    """
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))


if __name__ == "__main__":
    main()
