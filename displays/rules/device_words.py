"""Where somebody is signed in, in words: browser and system, as much as tells own machines apart."""

from __future__ import annotations

# The first that fits decides: most browsers also call themselves Chrome, and that one Safari.
_BROWSERS = (
    *(
        ("MicroMessenger/", "WeChat"),
        ("DingTalk/", "DingTalk"),
        ("Edg", "Edge"),
        ("QQBrowser/", "QQ Browser"),
    ),
    *(("UBrowser/", "UC Browser"), ("UCBrowser/", "UC Browser"), ("HuaweiBrowser/", "Huawei Browser")),
    *(("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
_SYSTEMS = (
    *(("OpenHarmony", "HarmonyOS"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone")),
    *(("iPad", "iPad"), ("Windows", "Windows"), ("Macintosh", "macOS"), ("Linux", "Linux")),
)


def device_words(user_agent: str) -> str:
    """Return browser and system of a ``User-Agent``; what is not known is left out.

    >>> device_words("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0")
    'Edge · Windows'
    >>> device_words("curl/8")
    ''
    """
    found = (
        next((word for mark, word in known if mark in user_agent), "") for known in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(word for word in found if word)
