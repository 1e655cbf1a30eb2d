"""A clerk asks colleagues for help; somebody takes it; staff of the hall alone see it."""
