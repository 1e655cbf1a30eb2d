"""The use cases of booking; each reads as its story: lock, load, decide, write, record."""

from booking.service.arrived import live_ticket_of, ticket_at_kiosk, ticket_of
from booking.service.arriving import (
    check_in,
    check_in_at_desk,
    check_in_at_kiosk,
    mark_no_shows,
    sweep_holds,
)
from booking.service.cancelling import cancel, cancel_at_wish, cancel_by_hall
from booking.service.cards import check_in_by_card, check_in_chosen, hold_card
from booking.service.changing import look_up, move_at_wish, reschedule
from booking.service.entering import enter_remote, mark_unreached, remote_due
from booking.service.erasing import Erased, anything_due, erase_due, erase_mine
from booking.service.going import Going, go_to, stay
from booking.service.holding import Client, confirm, hold
from booking.service.other_kind import OtherKind
from booking.service.persons import Person, faults_of
from booking.service.requests import ErasedForPhone, erase_for_phone, export_for_phone
from booking.service.slots import MOST_DAYS, DaySlots, FreeSlot, free_slots, last_bookable_day
from booking.service.views import AppointmentView, HeldAppointment, view

__all__ = [
    "MOST_DAYS",
    "AppointmentView",
    "Client",
    "DaySlots",
    "Erased",
    "ErasedForPhone",
    "FreeSlot",
    "Going",
    "HeldAppointment",
    "OtherKind",
    "Person",
    "anything_due",
    "cancel",
    "cancel_at_wish",
    "cancel_by_hall",
    "check_in",
    "check_in_at_desk",
    "check_in_at_kiosk",
    "check_in_by_card",
    "check_in_chosen",
    "confirm",
    "enter_remote",
    "erase_due",
    "erase_for_phone",
    "erase_mine",
    "export_for_phone",
    "faults_of",
    "free_slots",
    "go_to",
    "hold",
    "hold_card",
    "last_bookable_day",
    "live_ticket_of",
    "look_up",
    "mark_no_shows",
    "mark_unreached",
    "move_at_wish",
    "remote_due",
    "reschedule",
    "stay",
    "sweep_holds",
    "ticket_at_kiosk",
    "ticket_of",
    "view",
]
