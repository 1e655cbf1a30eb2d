"""What is spoken for a call: ticket digits one by one, window numbers as numbers."""

from __future__ import annotations

_ZH = "零一二三四五六七八九"
_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEN = 10
_HUNDRED = 100


def spoken_zh(number: str, window: str, *, one: str = "一") -> str:
    """Return a call in Chinese; ``one`` is how 1 is read in a ticket number, 一 or 幺.

    >>> spoken_zh("A012", "12")
    '请 A 零 一 二 号，到 十二 号窗口'
    >>> spoken_zh("X1017", "3")
    '请 X 一 零 一 七 号，到 三 号窗口'
    """
    digits = " ".join(_ZH[int(c)].replace("一", one) if c.isdigit() else c for c in number)
    return f"请 {digits} 号，到 {_window_zh(window)} 号窗口"


def _window_zh(window: str) -> str:
    if not window.isdecimal() or not 0 < int(window) < _HUNDRED:
        return " ".join(_ZH[int(c)] if c.isdigit() else c for c in window)
    tens, units = divmod(int(window), _TEN)
    text = (_ZH[tens] if tens > 1 else "") + ("十" if tens else "")
    return text + (_ZH[units] if units else "")


def spoken_en(number: str, window: str) -> str:
    """Return a call in English.

    >>> spoken_en("A012", "12")
    'Ticket A zero one two, please go to window 12'
    >>> spoken_en("X017", "3")
    'Ticket X zero one seven, please go to window 3'
    """
    digits = " ".join(_EN[int(c)] if c.isdigit() else c for c in number)
    return f"Ticket {digits}, please go to window {window}"
