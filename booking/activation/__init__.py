"""A booking made without signing in is confirmed by a code that is sent to the number that was left."""
