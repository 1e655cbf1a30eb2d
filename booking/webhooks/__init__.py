"""Webhooks: what happens in the halls is posted, signed, to the city's other programs."""
