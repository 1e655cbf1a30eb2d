"""The hall's appointments in the hands of its staff: who is expected, check-in, cancellation."""
