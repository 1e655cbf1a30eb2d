"""All SQL of messages, and their locks.

A message is changed by its planner, who voids it, and by the sender, who claims it. Both go by conditions
on its status, so that neither needs the other's lock; a claimed message is the sender's until its lease ends.
"""

from booking.messages.store.contacts import (
    Contact,
    contact_by_stop,
    contact_of,
    contacts_about,
    contacts_of,
    contacts_of_phone,
    forget_contacts,
    put_contact,
    set_stopped,
)
from booking.messages.store.counting import (
    budget_used,
    counted_of,
    counts,
    forget_budgets,
    latest,
    take_budget,
)
from booking.messages.store.messages import (
    Message,
    act,
    add_message,
    any_due,
    claimed,
    due_since,
    forget_texts,
    lock_due,
    make_way,
    messages_of,
    occurrences,
    planned_among,
    void_planned,
)

__all__ = [
    "Contact",
    "Message",
    "act",
    "add_message",
    "any_due",
    "budget_used",
    "claimed",
    "contact_by_stop",
    "contact_of",
    "contacts_about",
    "contacts_of",
    "contacts_of_phone",
    "counted_of",
    "counts",
    "due_since",
    "forget_budgets",
    "forget_contacts",
    "forget_texts",
    "latest",
    "lock_due",
    "make_way",
    "messages_of",
    "occurrences",
    "planned_among",
    "put_contact",
    "set_stopped",
    "take_budget",
    "void_planned",
]
