"""How many places each slot offers: asked of the engine, decided by a person, kept for booking."""
