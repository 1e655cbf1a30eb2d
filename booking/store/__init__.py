"""All SQL of booking, and its locks.

Order in which everybody locks: the hall (only who records an event), the appointment, the hall's capacity
(shared by those who give places out), the slots sorted by
(queue, start), quota seats. What makes a place scarcer locks the slot first; what frees one needs no lock.
"""

from booking.store.appointments import (
    Appointment,
    BookedService,
    add_appointment,
    add_legs,
    booked_between,
    by_id,
    by_ids,
    by_reference,
    by_token,
    change,
    confirmed_before,
    confirmed_starts,
    hall_of,
    in_hall,
    legs_of,
    move_legs,
    offered,
    sweep_holds,
)
from booking.store.places import (
    change_capacity,
    decided_places,
    share_capacity,
    shows_since,
    write_places,
)
from booking.store.quotas import free_quotas, quota_in_use, take_quota
from booking.store.seats import (
    LockedSlot,
    claimed_between,
    claims_on,
    free_seats,
    hand_over_seats,
    keep_seats,
    kept_slots_of,
    lock_slots,
    rest_seats,
    slots_of,
    take_seat,
)

__all__ = [
    "Appointment",
    "BookedService",
    "LockedSlot",
    "add_appointment",
    "add_legs",
    "booked_between",
    "by_id",
    "by_ids",
    "by_reference",
    "by_token",
    "change",
    "change_capacity",
    "claimed_between",
    "claims_on",
    "confirmed_before",
    "confirmed_starts",
    "decided_places",
    "free_quotas",
    "free_seats",
    "hall_of",
    "hand_over_seats",
    "in_hall",
    "keep_seats",
    "kept_slots_of",
    "legs_of",
    "lock_slots",
    "move_legs",
    "offered",
    "quota_in_use",
    "rest_seats",
    "share_capacity",
    "shows_since",
    "slots_of",
    "sweep_holds",
    "take_quota",
    "take_seat",
    "write_places",
]
