"""The floor: values, clock, errors, events, outbox, settings, database, auth, catalogue."""
