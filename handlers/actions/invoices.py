"""What buyers and providers can do with invoices."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.payouts import split_of
from handlers.desk import tell
from handlers.wording import invoices as zh
from market.doors import Priority
from market.errors import InvoicedBefore, NotFound
from market.invoices import (
    Heading,
    Invoice,
    InvoiceStatus,
    InvoiceStep,
    Reason,
    advance,
    amount_due,
    check_heading,
    way_back,
)
from market.orders import Order
from market.parties import Sender
from storage.unit_of_work import UnitOfWork


def due_for(uow: UnitOfWork, order: Order) -> int:
    """What an invoice for this order is made out for now.

    Raises:
        NothingToInvoice: nothing was accepted, or everything went back.
        InvoicedBefore: it has one that counts.
    """
    alive = uow.invoices.alive_of(order.id)
    if alive is not None:
        raise InvoicedBefore(order.no, alive.no)
    split = split_of(uow, order)
    return amount_due(order, split.refund_fen + split.public_fen)


def request_invoice(
    uow: UnitOfWork, order_id: int, buyer_id: int, heading: Heading, now: datetime
) -> Invoice:
    """Ask the order's provider for an invoice; the heading is remembered for the next one.

    Raises:
        NotFound: no such order of this buyer.
        HeadingRefused, NothingToInvoice, InvoicedBefore: as they say.
    """
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    invoice = uow.invoices.add(
        Invoice(
            id=0,
            order_id=order.id,
            buyer_id=buyer_id,
            provider_id=order.provider_id,
            person_id=order.provider_person_id,
            heading=check_heading(heading),
            amount_fen=due_for(uow, order),
            status=InvoiceStatus.REQUESTED,
            requested_at=now,
        )
    )
    uow.invoices.remember(buyer_id, heading)
    uow.history.add(invoice.no, "request", invoice.status, now, person_id=buyer_id)
    _tell(uow, invoice.person_id, invoice, zh.wanted(invoice, order), "wanted", now)
    return invoice


def issue_invoice(
    uow: UnitOfWork, invoice_id: int, sender: Sender, number: str, now: datetime
) -> Invoice:
    """The provider has issued it under this number of the tax office's."""
    invoice = _of_provider(uow, invoice_id, sender)
    invoice = replace(
        invoice,
        status=advance(invoice, InvoiceStep.ISSUE),
        number=number,
        issued_at=now,
        person_id=sender.id,
    )
    _save(uow, invoice, InvoiceStep.ISSUE, sender.id, number, now)
    _tell(uow, invoice.buyer_id, invoice, zh.issued_buyer(invoice), "issued", now)
    return invoice


def drop_invoice(uow: UnitOfWork, invoice_id: int, buyer_id: int, now: datetime) -> Invoice:
    """The buyer does not want it any more, as long as it is not issued."""
    invoice = _of_buyer(uow, invoice_id, buyer_id)
    invoice = replace(invoice, status=advance(invoice, InvoiceStep.DROP))
    _save(uow, invoice, InvoiceStep.DROP, buyer_id, "", now)
    _tell(uow, invoice.person_id, invoice, zh.dropped_provider(invoice), "dropped", now)
    return invoice


def reverse_invoice(
    uow: UnitOfWork, invoice_id: int, sender: Sender, reason: Reason, words: str, now: datetime
) -> Invoice:
    """Take an issued invoice back (红冲); the buyer of a 专票 is asked first."""
    invoice = _of_provider(uow, invoice_id, sender)
    step = way_back(invoice)
    status = advance(invoice, step)
    over = now if status is InvoiceStatus.REVERSED else None
    note = f"{reason} {words}".strip()
    invoice = replace(invoice, status=status, reason=note, reversed_at=over)
    _save(uow, invoice, step, sender.id, note, now)
    text = zh.reversed_buyer(invoice) if over else zh.asks_to_reverse(invoice)
    _tell(uow, invoice.buyer_id, invoice, text, f"{step}", now)
    return invoice


def agree_to_reversal(uow: UnitOfWork, invoice_id: int, buyer_id: int, now: datetime) -> Invoice:
    """The buyer has not deducted its tax, or has undone that: it is taken back."""
    invoice = _of_buyer(uow, invoice_id, buyer_id)
    status = advance(invoice, InvoiceStep.AGREE)
    invoice = replace(invoice, status=status, reversed_at=now)
    _save(uow, invoice, InvoiceStep.AGREE, buyer_id, "", now)
    _tell(uow, invoice.person_id, invoice, zh.reversed_provider(invoice), "agreed", now)
    return invoice


def _of_provider(uow: UnitOfWork, invoice_id: int, sender: Sender) -> Invoice:
    invoice = uow.invoices.lock(invoice_id)
    if sender.provider_id is None or invoice.provider_id != sender.provider_id:
        raise NotFound(invoice.no)
    return invoice


def _of_buyer(uow: UnitOfWork, invoice_id: int, buyer_id: int) -> Invoice:
    invoice = uow.invoices.lock(invoice_id)
    if invoice.buyer_id != buyer_id:
        raise NotFound(invoice.no)
    return invoice


def _save(
    uow: UnitOfWork, invoice: Invoice, step: InvoiceStep, by: int, note: str, now: datetime
) -> None:
    uow.invoices.save(invoice)
    uow.history.add(invoice.no, step, invoice.status, now, person_id=by, note=note)


def _tell(
    uow: UnitOfWork, person_id: int, invoice: Invoice, text: str, what: str, now: datetime
) -> None:
    key = f"{invoice.no}:{what}"
    tell(uow, person_id, text, key=key, priority=Priority.STATUS, now=now)
