"""The table of contents of the product: who gets to understand a message, in this order."""

from handlers.chat import (
    appeals,
    bid_withdrawals,
    bids,
    catalogue,
    choosing,
    claims,
    complaints,
    consortiums,
    contracts,
    corrections,
    counter_answers,
    deliveries,
    demands,
    deposits,
    disputes,
    drafts,
    evidence,
    fallback,
    hesitations,
    invoices,
    leads,
    listings,
    moderation,
    months,
    naming,
    negotiations,
    offline_payments,
    orders,
    panels,
    payments,
    payouts,
    people,
    promises,
    provider_cards,
    providers,
    public_money,
    purchases,
    questions,
    reasons,
    receipts,
    reconciliation,
    rewards,
    safety,
    staff,
    suspensions,
    takeovers,
    tasks,
    vouchers,
)
from handlers.routing import Router

STAFF: tuple[Router, ...] = (
    tasks.router,
    offline_payments.router,
    payouts.router,
    reconciliation.router,
    months.router,
    vouchers.staff,
    purchases.router,  # 同意出资 before 同意 J88
    disputes.router,
    panels.router,
    takeovers.router,
    listings.staff,  # 审 L501 before 审 D1024
    moderation.router,
    staff.router,
)

ROUTERS: tuple[Router, ...] = (
    takeovers.silence,  # a colleague is talking: not a word
    *STAFF,
    takeovers.relay,  # what a colleague says to a client is no command
    moderation.consent,
    takeovers.phones,
    receipts.router,
    safety.router,
    deliveries.router,  # files and places before "what is not text"
    people.events,
    people.nothing,
    appeals.router,
    hesitations.router,
    bids.answers,  # an open card, before words that work anywhere
    people.router,  # words that work anywhere
    invoices.router,  # before questions about invoices
    listings.router,
    naming.router,
    promises.router,
    consortiums.router,
    deposits.router,
    vouchers.router,
    claims.router,
    public_money.router,
    rewards.router,
    provider_cards.router,  # before questions about somebody's phone
    questions.router,
    reasons.router,
    negotiations.router,
    counter_answers.router,
    choosing.router,
    demands.router,
    contracts.router,  # before payments and the provider's "能分期吗"
    payments.router,
    providers.router,  # before what buyers say in the same words
    evidence.router,
    complaints.router,
    orders.router,
    catalogue.router,
    leads.router,
    suspensions.router,
    bid_withdrawals.router,
    bids.router,
    invoices.answers,
    vouchers.answers,
    complaints.answers,  # what an open question asked for
    corrections.router,
    drafts.router,
    drafts.answers,
    fallback.router,
)

GROUP_ROUTERS: tuple[Router, ...] = (
    safety.group,
    rewards.group,
    negotiations.group,
    suspensions.group,
    bid_withdrawals.group,
    bids.group,
)

STAFF_GROUP_ROUTERS: tuple[Router, ...] = STAFF
