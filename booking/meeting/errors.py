"""Refusals about the kinds of appointments."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid


class KindNotOffered(Conflict):
    """``offered`` are the kinds in which these services can be had together in this hall."""

    code, title = "kind-not-offered", "This hall does not offer that by this kind of appointment."
    help = "Choose one of the kinds in 'offered'; at the hall it is always possible."
    help_on_page = "Choose another kind; at the hall it is always possible."


class KindInvalid(Invalid):
    """``field`` is what cannot be right: the link, or words in one language alone."""

    code, title = "kind-invalid", "Something is missing for this kind of appointment."
    help = (
        "Video needs a link that begins with https://; home visits need words in both languages that say "
        "where somebody comes to; words in one language need the other too."
    )


class AddressInvalid(Invalid):
    code, title = "address-invalid", "This is not an address that somebody can come to."
    help = "Town, street and number, or village and house; 5 to 120 characters."


class NotInPerson(Conflict):
    """``kind`` is how the appointment is held."""

    code, title = "not-in-person", "Nobody has to come to the hall for this appointment."
    help = (
        "By telephone or video the hall reaches you at its time; at home somebody comes. Stay where you are."
    )
