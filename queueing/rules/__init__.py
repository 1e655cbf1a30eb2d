"""Pure rules of the hall day: no I/O, no clock, no settings; ``now`` is an argument."""
