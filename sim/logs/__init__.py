"""Readers of real queue logs: raw rows and the tickets that can be rebuilt from them.

``sim.logs.warsaw`` reads snapshots of a city's queue displays, ``sim.logs.bank`` the calls of a
telephone bank. Both yield frozen values and count every row that could not be used, with the reason.
"""

from sim.logs.records import ImportCount, LogRefused, TicketRecord

__all__ = ["ImportCount", "LogRefused", "TicketRecord"]
