"""All SQL of booking, and its locks.

Order in which everybody locks: the hall (only who records an event), the appointment, the slots sorted by
(queue, start), quota seats. What makes a place scarcer locks the slot first; what frees one needs no lock.
"""
