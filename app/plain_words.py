"""The line or two that tell why a command cannot go on."""

from __future__ import annotations

import re

from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import DatabaseError

from booking.gazetteer import GazetteerWrong
from kernel.errors import Busy, Refusal
from kernel.secrets import KeysWrong
from kernel.settings import PREFIX, Settings

IN_PLAIN_WORDS = {
    "extra_forbidden": "there is no such setting",
    "missing": "it has to be set",
    "model_type": "its parts are set one by one, with two underscores between",
}
LIST = 'a list is needed, written ["…", "…"]'


def plain_words(failure: Exception) -> str | None:
    """Return what to say of a failure that its reader can do something about; None for an error of ours."""
    match failure:
        case Busy() if isinstance(failure.__cause__, DatabaseError):
            return f"The database does not answer: {_said(failure.__cause__)}"
        case Refusal():
            return _told(failure)
        case GazetteerWrong():
            return f"JINBAN_GAZETTEER: {failure}"
        case KeysWrong():
            return str(failure)
        case ValidationError() if failure.title == Settings.__name__:
            return "\n".join(["The settings cannot be right:", *map(_fault, failure.errors())])
        case SettingsError():
            return f"The settings cannot be right:\n  {_unreadable(failure)}"
        case DatabaseError():
            return f"The database does not do it: {_said(failure)}"
    return None


def _told(refused: Refusal) -> str:
    return f"{refused} {refused.help}".strip()


def _said(failure: BaseException | None) -> str:
    """Return the database's own first line; the statement and its values, which follow, are left out."""
    original = getattr(failure, "orig", failure)
    return next(iter(str(original).strip().splitlines()), type(original).__name__)


def _fault(error: object) -> str:
    """Return where and why; never the value, which may be a key or hold a password."""
    kind, why, parts = error["type"], error["msg"], error["loc"]  # type: ignore[index]
    name = "__".join(str(part) for part in parts).upper()
    # A line of `.env` comes with its whole name, what belongs to a setting without the beginning.
    if kind == "extra_forbidden" and len(parts) == 1 and not name.startswith(PREFIX):
        return f"  {name}: no setting of Jinban, so no line of .env; it belongs into the environment"
    why = IN_PLAIN_WORDS.get(kind, why).removeprefix("Value error, ")
    if not name:
        return f"  {why}"
    # What is wrong with several parts together is said of one of them, by its name.
    return f"  {PREFIX}{name.removeprefix(PREFIX)}{'__' if re.match('[A-Z_]+: ', why) else ': '}{why}"


def _unreadable(failure: SettingsError) -> str:
    """Return which setting is no JSON, and how it is written; the value is not shown."""
    named = re.search(r'field "(\w+)"', str(failure))
    field = named[1] if named else ""
    shape = """written {"1": "…"}, as `jinban init` does""" if field == "field_keys" else LIST
    name = "WEBHOOKS__ALLOW_HOSTS" if field == "webhooks" else field.upper()
    # A shell and systemd take double quotes away where no others stand around them.
    return f"{PREFIX}{name}: {shape}; outside .env between single quotes"
