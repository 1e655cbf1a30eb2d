"""Refusals about a citizen's own list."""

from __future__ import annotations

from datetime import timedelta

from kernel.errors import Gone, NotFound, NotSignedIn, TooMany


class NoCitizenSignIn(NotFound):
    code, title = "no-citizen-sign-in", "This installation has no sign-in for citizens."
    help = "Find your appointments by your telephone number, by their links, or ask at the help desk."


class TooManyCodes(TooMany):
    code, title = "too-many-codes", "Too many codes were asked for from here."
    help = "Wait a while, or ask at the help desk of the hall."
    retry_after = timedelta(minutes=10)


class CodeWrong(NotSignedIn):
    code, title = "code-wrong", "The code is not right."
    help = "Look at the newest message again; after five wrong codes another one has to be asked for."


class CodeEnded(Gone):
    code, title = "code-ended", "This code has ended: it was used, is too old, or was wrong too often."
    help = "Ask for another code."


class OwnThingNotFound(NotFound):
    code, title = "own-thing-not-found", "That is not on your list, or not any more."
    help = "Look at the list again; what was erased is gone from it."
