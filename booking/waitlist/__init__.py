"""The waiting list: who waits for a place, offers of places that become free, taking them."""
