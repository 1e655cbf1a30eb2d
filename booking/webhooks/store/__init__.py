"""All SQL of webhooks, and their locks.

An endpoint is changed by people and, after each try, by the sender; both lock its row first. A delivery is
changed by the sender that claimed it, and by conditions on its status by everybody else.
"""

from booking.webhooks.store.deliveries import (
    Delivery,
    act,
    add_deliveries,
    any_due,
    bring_forward,
    claimed,
    counts,
    delivery,
    due_since,
    forget_ended,
    latest,
    lock_due,
    lock_set_aside,
    on_their_way,
    set_aside_late,
)
from booking.webhooks.store.endpoints import (
    Endpoint,
    active,
    add_endpoint,
    change,
    endpoint,
    endpoints,
    lock_endpoint,
    lock_endpoints,
    long_failing,
    remove_endpoint,
    sendable,
)
from booking.webhooks.store.reading import (
    begin_here,
    behind,
    first_kept,
    lock_cursors,
    move_cursors,
    news_of,
)

__all__ = [
    "Delivery",
    "Endpoint",
    "act",
    "active",
    "add_deliveries",
    "add_endpoint",
    "any_due",
    "begin_here",
    "behind",
    "bring_forward",
    "change",
    "claimed",
    "counts",
    "delivery",
    "due_since",
    "endpoint",
    "endpoints",
    "first_kept",
    "forget_ended",
    "latest",
    "lock_cursors",
    "lock_due",
    "lock_endpoint",
    "lock_endpoints",
    "lock_set_aside",
    "long_failing",
    "move_cursors",
    "news_of",
    "on_their_way",
    "remove_endpoint",
    "sendable",
    "set_aside_late",
]
