"""The published values of a hall in its manager's hands."""
