"""Refusals about calls for help."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, NotFound


class HelpNotFound(NotFound):
    code, title = "help-not-found", "There is no such call for help."


class HelpAskedAlready(Conflict):
    """``since`` says when."""

    code, title = "help-asked-already", "Help is asked for at this window already."
    help = "Wait for whoever comes, or end it first."


class HelpTaken(Conflict):
    """``by`` is the name of whoever was quicker, ``since`` when."""

    code, title = "help-taken", "A colleague is going there already."
    help = "Nothing more to do; the list shows who goes."


class HelpOver(Conflict):
    code, title = "help-over", "This call for help has ended."
    help = "If help is still needed, whoever needs it asks again."


class HelpNotYours(Forbidden):
    code, title = "help-not-yours", "This call for help is another person's."
    help = "Whoever asked, whoever goes, or the hall's manager can end it; nobody takes the own one."
