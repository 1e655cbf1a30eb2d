"""Where things are, how far, how long it takes to get there, and in which order to show them.

``geo`` knows no queue and no database: it receives numbers and returns an order.
"""
