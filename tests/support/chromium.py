"""The browser of the tests: the machine's own Chromium."""

from __future__ import annotations

import shutil

# The shell is the same browser without windows of its own; a page costs it less than half of the CPU.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--autoplay-policy=no-user-gesture-required"),
)


def chromium_path() -> str:
    """Return where the browser is; raises ``AssertionError`` where there is none."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert path is not None, f"browser tests need one of {', '.join(BROWSERS)} (apt-get install chromium)"
    return path
