"""The line or two that tell why a command cannot go on."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import DatabaseError

from booking.gazetteer import GazetteerWrong
from kernel.errors import Busy, Refusal
from kernel.secrets import KeysWrong
from kernel.settings import PREFIX, Settings


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
            # Its own text names the field; what stands behind it would show the value.
            return f"The settings cannot be right:\n  {failure}"
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
    where = "__".join(str(part) for part in error["loc"])  # type: ignore[index]
    name = f"{PREFIX}{where.upper().removeprefix(PREFIX)}: " if where else ""
    return f"  {name}{error['msg'].removeprefix('Value error, ')}"  # type: ignore[index]
