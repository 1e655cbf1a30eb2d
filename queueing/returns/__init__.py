"""Coming back with papers: a visit ends with what is missing, and a code gives a number on a later day."""
