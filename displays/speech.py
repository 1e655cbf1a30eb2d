"""Calls spoken by ``espeak-ng`` where the operator has installed it; no voice is shipped, none is fetched."""

from __future__ import annotations

import asyncio
import shutil
from collections import OrderedDict
from functools import cache

from displays.rules.speech import spoken_en, spoken_zh

PROGRAM = "espeak-ng"
WORDS_PER_MINUTE = {"zh": 190, "en": 165}  # chime, Chinese and English together stay under 9 s
VOICES = {"zh": "cmn", "en": "en"}
TIMEOUT_S = 5.0
KEPT = 200  # a clip is about 100 kB; a hall's screens ask for the same one within a second

_clips: OrderedDict[tuple[str, str, str, str], bytes] = OrderedDict()
_one_at_a_time = asyncio.Semaphore(1)


class NoVoice(Exception):
    """No speech program is installed, or it failed."""


@cache
def program() -> str | None:
    """Return the path of the speech program, or None."""
    return shutil.which(PROGRAM)


async def spoken(language: str, number: str, window: str, *, one: str) -> bytes:
    """Return a call as a WAV file, ``one`` as the hall reads it; raises ``NoVoice``."""
    key = (language, number, window, one)
    if key not in _clips:
        async with _one_at_a_time:
            if key not in _clips:
                _clips[key] = await _synthesise(language, number, window, one)
        while len(_clips) > KEPT:
            _clips.popitem(last=False)
    return _clips[key]


async def _synthesise(language: str, number: str, window: str, one: str) -> bytes:
    path = program()
    if path is None:
        raise NoVoice
    text = spoken_zh(number, window, one=one) if language == "zh" else spoken_en(number, window)
    running = await asyncio.create_subprocess_exec(
        *(path, "-v", VOICES[language], "-s", str(WORDS_PER_MINUTE[language]), "--stdout", "--", text),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        wav, _ = await asyncio.wait_for(running.communicate(), TIMEOUT_S)
    except TimeoutError as slow:
        running.kill()
        raise NoVoice from slow
    if running.returncode != 0 or not wav.startswith(b"RIFF"):
        raise NoVoice
    return wav
