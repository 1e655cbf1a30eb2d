"""On bursts a browser works something out before a place is kept for it; nobody else is asked about it."""
