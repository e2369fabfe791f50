"""The table of contents of the product: who gets to understand a message, in this order."""

from handlers.chat import (
    bids,
    catalogue,
    deliveries,
    demands,
    drafts,
    fallback,
    negotiations,
    orders,
    payments,
    people,
    staff,
)
from handlers.routing import Router

ROUTERS: tuple[Router, ...] = (
    people.silence,  # a colleague is talking: not a word
    deliveries.router,  # files and places before "what is not text"
    people.events,
    people.nothing,
    people.router,  # words that work anywhere
    staff.router,
    negotiations.router,
    demands.router,
    payments.router,
    orders.router,
    catalogue.router,
    bids.router,
    orders.answers,  # what an open question asked for
    drafts.router,
    drafts.answers,
    fallback.router,
)

GROUP_ROUTERS: tuple[Router, ...] = (negotiations.group, bids.group)

STAFF_GROUP_ROUTERS: tuple[Router, ...] = (staff.router,)
