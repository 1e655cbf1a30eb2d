"""The use cases of the waiting list: join, be offered a place, take it, say no, leave."""

from booking.waitlist.service.demand import DayDemand, Demand, Outcomes, demand
from booking.waitlist.service.joining import Asked, Joined, join, join_at_desk, join_for_earlier
from booking.waitlist.service.leaving import decline, leave
from booking.waitlist.service.nearby import halls_around
from booking.waitlist.service.offering import Offered, halls_waited_for, offer_places, something_to_offer
from booking.waitlist.service.taking import take
from booking.waitlist.service.views import OfferView, WaitingView, look_up
from booking.waitlist.service.wishing import Times, change_wish

__all__ = [
    "Asked",
    "DayDemand",
    "Demand",
    "Joined",
    "OfferView",
    "Offered",
    "Outcomes",
    "Times",
    "WaitingView",
    "change_wish",
    "decline",
    "demand",
    "halls_around",
    "halls_waited_for",
    "join",
    "join_at_desk",
    "join_for_earlier",
    "leave",
    "look_up",
    "offer_places",
    "something_to_offer",
    "take",
]
