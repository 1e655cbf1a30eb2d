"""Questions that lead people who do not know its name to the exact service."""
