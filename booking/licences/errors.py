"""Refusals about licences on file."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound


class NoLicencesHere(NotFound):
    code, title = "no-licences-here", "This installation asks no licence system."
    help = "Bring the papers that the page of the service names."


class LicencesNeedSignIn(Forbidden):
    code, title = "licences-need-sign-in", "Licences are looked up only for whoever has signed in for it."
    help = "Sign in as the person who comes, or ask at the help desk with your ID card."


class LicencesNotNow(Conflict):
    code, title = "licences-not-now", "Licences are looked up only for a visit that is to come or goes on."
    help = "Book, or take a number, and agree again."


class NoLicencePermission(Forbidden):
    code, title = "no-licence-permission", "You have no leave to look at licences on file."
    help = "The hall's manager gives it under Set-up, Licences."


class NoLicenceConsent(Forbidden):
    code, title = "no-licence-consent", "This person has not agreed that licences are looked up."
    help = "Ask; whoever agrees shows the ID card or the company's code, which is typed here and not kept."


class LicenceNumberNeeded(Invalid):
    code, title = (
        "licence-number-needed",
        "To look licences up, the ID number or the company's code is needed.",
    )
    help = "Type it as on the card or the business licence, or book without the look."


class NobodyServedHere(Conflict):
    code, title = "nobody-served-here", "Nobody is being served at your window now."
    help = "Licences are seen only while their holder is served: start the ticket first."
