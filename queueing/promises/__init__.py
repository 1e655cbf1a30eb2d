"""Promises: what people were told of their wait, against how long it was."""
