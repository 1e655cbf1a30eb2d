"""All SQL of the waiting list, and its locks.

Order: the hall (who makes, settles or takes an offer), the entry, then as in ``booking.store``. Whoever only
leaves or changes a wish locks the entry alone; freeing needs no lock.
"""

from booking.waitlist.store.entries import (
    ADDRESS_FIELD,
    ID_TAIL_FIELD,
    NAME_FIELD,
    PHONE_FIELD,
    Entry,
    add_entry,
    anybody_waits,
    by_id,
    by_ids,
    by_token,
    change,
    entry_ids_of_phone,
    halls_waited_for,
    in_line,
    is_waited_earlier,
    live_waits,
    over_by_now,
    set_halls,
)
from booking.waitlist.store.offers import (
    Offer,
    add_offer,
    close_offer,
    hall_of_open_offer,
    latest_offer,
    latest_offers,
    open_offer,
    run_out,
    starts_offered,
)
from booking.waitlist.store.reports import Outcome, any_link_due, erase_link, erase_links, outcomes

__all__ = [
    "ADDRESS_FIELD",
    "ID_TAIL_FIELD",
    "NAME_FIELD",
    "PHONE_FIELD",
    "Entry",
    "Offer",
    "Outcome",
    "add_entry",
    "add_offer",
    "any_link_due",
    "anybody_waits",
    "by_id",
    "by_ids",
    "by_token",
    "change",
    "close_offer",
    "entry_ids_of_phone",
    "erase_link",
    "erase_links",
    "hall_of_open_offer",
    "halls_waited_for",
    "in_line",
    "is_waited_earlier",
    "latest_offer",
    "latest_offers",
    "live_waits",
    "open_offer",
    "outcomes",
    "over_by_now",
    "run_out",
    "set_halls",
    "starts_offered",
]
