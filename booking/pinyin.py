"""How names are said: pinyin without tones, and its initials, spelled in a process of its own.

The dictionary of phrases (银行 is yinhang, 行政 is xingzheng) takes some 45 MiB of memory, and names are
spelled once, when the catalogue is read. So the API has them spelled by a process that ends with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache

SPELLED_WITHIN_S = 30.0  # takes half a second; a machine that starts everything at once is slower


@lru_cache(maxsize=8)
def spelled(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return (pinyin, initials) of each text; what is not Chinese stays as it is.

    Raises ``subprocess.SubprocessError`` when the process fails or takes over ``SPELLED_WITHIN_S``.

    >>> spelled(("社保卡", "银行卡A"))
    (('shebaoka', 'sbk'), ('yinhangkaA', 'yhkA'))
    """
    told = subprocess.run(
        [sys.executable, "-m", "booking.pinyin_process"],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=SPELLED_WITHIN_S,
    )
    return tuple((full, first) for full, first in json.loads(told.stdout))
