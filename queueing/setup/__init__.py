"""A hall's set-up in its manager's hands: hours, days off, queues, windows, clerks and what they can do."""
