"""Ticket quotas: set by a hall's manager, taken with each walk-in's number, told before and at issuing."""
