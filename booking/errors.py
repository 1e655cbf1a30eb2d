"""Refusals of booking."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany


class AppointmentNotFound(NotFound):
    code, title = "appointment-not-found", "There is no such appointment."
    help = "Check the link or the reference; after the retention time an appointment is erased."


class SlotTaken(Conflict):
    """``next_free`` holds the three nearest starts that are free."""

    code, title = "slot-taken", "Somebody else has just taken the last place of this time."
    help = "Choose one of the times in 'next_free'; what you entered is kept."
    help_on_page = "Choose another time."


class SlotNotBookable(Invalid):
    code, title = "slot-not-bookable", "This time cannot be booked."
    help = "GET /api/v1/halls/{code}/slots lists the times that can be."
    help_on_page = "Choose another time."


class TooManyServices(Invalid):
    code, title = "too-many-services", "So many services do not fit into one appointment."


class HoldExpired(Gone):
    code, title = "hold-expired", "The place was kept for some minutes and is free again."
    help = "Choose a time again; if the place is still free, it is yours."


class AppointmentNotPossible(Conflict):
    """The transition table has no entry for what was asked; ``status`` says how things stand."""

    code, title = "appointment-not-possible", "This is not possible as the appointment stands."
    help = "Open the appointment's page and see how it stands."


class PersonLimit(Conflict):
    code, title = "person-limit", "This phone number already has as many appointments on that day as allowed."
    help = "The limit holds in the whole city; cancel one of them or choose another day."


class AlreadyBooked(PersonLimit):
    """``services`` are those for which a person has one open appointment; when it is, is told to nobody."""

    code, title = "already-booked", "There is an appointment for this already, here or in another hall."
    help = "Move or cancel it first, by its link or under My appointments; or ask at the help desk."


class TooManyHolds(TooMany):
    code, title = "too-many-holds", "You are keeping several places already."
    help = "Confirm or let go one of them; places that are not confirmed become free by themselves."


class PhoneInvalid(Invalid):
    code, title = "phone-invalid", "This is not a phone number that can be reached."
    help = "Send a mobile or landline number; numbers from outside the mainland begin with + and the country."


class NameInvalid(Invalid):
    code, title = "name-invalid", "Please give a name of 1 to 40 characters."


class PartyTooLarge(Invalid):
    """``most`` is how many may come at once."""

    code, title = "party-too-large", "So many people cannot come with one appointment for this."
    help = "Book for at most as many as the service allows, or make another appointment."


class IdTailNeeded(Invalid):
    code, title = "id-tail-needed", "This service needs the last four characters of the ID number."


class CompanyCodeInvalid(Invalid):
    code, title = "company-code-invalid", "This is no unified social credit code."
    help = "It has 18 characters, without I, O, S, V and Z, as on the business licence."


class IdNumberInvalid(Invalid):
    code, title = "id-number-invalid", "This is no resident identity number."
    help = "It has 18 characters, as on the card; or leave it empty."


class CheckInTooEarly(Conflict):
    """``opens_at`` says from when on."""

    code, title = "check-in-too-early", "It is too early to check in."
    help = "Come back from the time in 'opens_at' on, or take a ticket for now."
    help_on_page = "The appointment's page says from when on; or take a ticket for now at the kiosk."


class CheckInOver(Gone):
    code, title = "check-in-over", "The day of this appointment has passed."
    help = "Book another time or take a ticket."


class CheckInElsewhere(Conflict):
    code, title = "check-in-elsewhere", "This appointment is at another hall."
    help = "Go to that hall, or take a ticket here."


class CheckInNotRecognised(Forbidden):
    code, title = "check-in-not-recognised", "No appointment here matches this reference and phone number."
    help = "Check both, scan the QR code, or ask at the help desk."


class CardNotRecognised(Forbidden):
    code, title = "card-not-recognised", "No appointment of today in this hall goes with this card."
    help = (
        "Only what was booked with the ID number is found by the card: use the QR code or reference instead."
    )


class SeveralAppointments(Conflict):
    """``appointments`` are ids and ``starts`` when each begins, in the same order."""

    code, title = "several-appointments", "Several appointments of today go with this card."
    help = "Send the card again with the `appointment` that is meant."


class TooManyTries(TooMany):
    code, title = "too-many-tries", "Too many tries that did not match; please ask at the help desk."


class ErasureTooEarly(Conflict):
    """``status`` says how the appointment stands."""

    code, title = "erasure-too-early", "This can be erased once the visit is over or cancelled."
    help = "Cancel the appointment first, or ask again after your visit."


class OriginMissing(Invalid):
    code, title = "origin-missing", "Say where you start from: a position or the name of an area."


class NoServiceChosen(Invalid):
    code, title = "no-service-chosen", "Choose at least one service."


class OfferUnknown(Invalid):
    code, title = "offer-unknown", "This study has no such offer of places."
    help = "Choose one of the offers that the study lists, or the proposed one."
