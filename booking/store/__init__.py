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
    by_id,
    by_ids,
    by_reference,
    by_token,
    change,
    hall_of,
    legs_of,
    move_legs,
    sweep_holds,
)
from booking.store.dropped import dropped_from
from booking.store.lists import (
    booked_between,
    confirmed_before,
    confirmed_starts,
    in_hall,
    remote_confirmed,
    remote_entered,
)
from booking.store.offers import offered
from booking.store.places import (
    change_capacity,
    decided_places,
    share_capacity,
    shows_since,
    write_places,
)
from booking.store.quotas import (
    extend_quotas,
    free_other_days,
    free_quotas,
    free_singles,
    quota_in_use,
    take_quota,
    take_single,
)
from booking.store.seats import (
    LockedSlot,
    claimed_between,
    claims_on,
    extend_seats,
    free_seats,
    free_spare,
    hand_over_seats,
    keep_seats,
    kept_places_of,
    lock_slots,
    rest_seats,
    seats_of,
    slots_of,
    take_seat,
)
from booking.store.twice import booked_twice

__all__ = [
    "Appointment",
    "BookedService",
    "LockedSlot",
    "add_appointment",
    "add_legs",
    "booked_between",
    "booked_twice",
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
    "dropped_from",
    "extend_quotas",
    "extend_seats",
    "free_other_days",
    "free_quotas",
    "free_seats",
    "free_singles",
    "free_spare",
    "hall_of",
    "hand_over_seats",
    "in_hall",
    "keep_seats",
    "kept_places_of",
    "legs_of",
    "lock_slots",
    "move_legs",
    "offered",
    "quota_in_use",
    "remote_confirmed",
    "remote_entered",
    "rest_seats",
    "seats_of",
    "share_capacity",
    "shows_since",
    "slots_of",
    "sweep_holds",
    "take_quota",
    "take_seat",
    "take_single",
    "write_places",
]
