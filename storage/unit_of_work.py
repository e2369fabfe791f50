"""One transaction's worth of repositories: what a turn, a tick or a dispatch step works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection

from market.errors import MarketError
from storage import last_words
from storage.amendments import AmendmentRepository
from storage.bids import BidRepository
from storage.bills import BillRepository
from storage.booked import BookedRepository
from storage.claims import ClaimRepository
from storage.consortiums import ConsortiumRepository
from storage.contracts import ContractRepository
from storage.conversations import ConversationRepository, Line, saved_values
from storage.deadlines import DeadlineRepository
from storage.deliveries import DeliveryRepository
from storage.demands import DemandRepository
from storage.differences import DifferenceRepository
from storage.disputes import DisputeRepository
from storage.errands import ErrandRepository
from storage.files import FileRepository
from storage.history import HistoryRepository
from storage.inbox import InboxRepository, answer_values
from storage.invoices import InvoiceRepository
from storage.ledger import LedgerRepository
from storage.listings import ListingRepository
from storage.months import MonthRepository
from storage.negotiations import NegotiationRepository
from storage.objections import ObjectionRepository
from storage.orders import OrderRepository
from storage.outbox import OutboxRepository
from storage.panels import PanelRepository
from storage.parties import PartyRepository
from storage.payments import PaymentRepository
from storage.payouts import PayoutRepository
from storage.programmes import ProgrammeRepository
from storage.providers import ProviderRepository
from storage.public_parts import PublicPartRepository
from storage.receipts import ReceiptRepository
from storage.reviews import ReviewRepository
from storage.revisions import RevisionRepository
from storage.services import ServiceRepository
from storage.tasks import TaskRepository
from storage.utterances import UtteranceRepository
from storage.vouchers import VoucherRepository


class NeedsSavepoint(Exception):
    """A refusal came after a write, and this attempt runs without savepoints: replay it."""


class UnitOfWork:
    """Repositories on one connection. Whoever made it commits it: nobody in here does.

    Turns are first run optimistically: a savepoint costs two statements and nearly no turn
    needs one. `savepoints` is true when such a turn is replayed.
    """

    def __init__(self, conn: Connection, *, savepoints: bool = True) -> None:
        self.conn = conn
        self._savepoints = savepoints
        self.inbox = InboxRepository(conn)
        self.conversations = ConversationRepository(conn)
        self.outbox = OutboxRepository(conn)

    @contextmanager
    def undoable(self) -> Iterator[None]:
        """Undo what the block wrote if it raises a MarketError, which still rises.

        Raises:
            NeedsSavepoint: the block must be replayed with savepoints; the runner does it.
        """
        if self._savepoints:
            self.outbox.flush()
            try:
                with self.conn.begin_nested():
                    yield
            except BaseException:
                # It may remember orders as they no longer are.
                self.__dict__.pop("orders", None)
                self.outbox.keep_gathered(0)
                raise
            return
        before, gathered = self._changes(), self.outbox.gathered
        try:
            yield
        except MarketError as refusal:
            # A refusal before the first write has nothing to undo.
            if before is None or self._changes() != before:
                raise NeedsSavepoint from refusal
            self.outbox.keep_gathered(gathered)
            raise

    def end_turn(
        self, line: Line, *, state: str, held: int, channel: str, message_id: str, reply: str | None
    ) -> None:
        """Save the conversation, keep the reply, and put what was gathered into the outbox."""
        answered = None if reply is None else answer_values(channel, message_id, reply)
        saved = saved_values(line, state=state, held=held)
        last_words.write(self.conn, saved, answered, self.outbox.take_gathered())

    def _changes(self) -> int | None:
        """Rows changed on this connection so far; None where the driver does not count them."""
        driver = self.conn.connection.dbapi_connection
        changes = getattr(driver, "total_changes", None)
        return changes if isinstance(changes, int) else None

    @cached_property
    def amendments(self) -> AmendmentRepository:
        return AmendmentRepository(self.conn)

    @cached_property
    def bids(self) -> BidRepository:
        return BidRepository(self.conn)

    @cached_property
    def bills(self) -> BillRepository:
        return BillRepository(self.conn)

    @cached_property
    def booked(self) -> BookedRepository:
        return BookedRepository(self.conn)

    @cached_property
    def claims(self) -> ClaimRepository:
        return ClaimRepository(self.conn)

    @cached_property
    def consortiums(self) -> ConsortiumRepository:
        return ConsortiumRepository(self.conn)

    @cached_property
    def contracts(self) -> ContractRepository:
        return ContractRepository(self.conn)

    @cached_property
    def invoices(self) -> InvoiceRepository:
        return InvoiceRepository(self.conn)

    @cached_property
    def listings(self) -> ListingRepository:
        return ListingRepository(self.conn)

    @cached_property
    def deadlines(self) -> DeadlineRepository:
        return DeadlineRepository(self.conn)

    @cached_property
    def deliveries(self) -> DeliveryRepository:
        return DeliveryRepository(self.conn)

    @cached_property
    def demands(self) -> DemandRepository:
        return DemandRepository(self.conn)

    @cached_property
    def differences(self) -> DifferenceRepository:
        return DifferenceRepository(self.conn)

    @cached_property
    def disputes(self) -> DisputeRepository:
        return DisputeRepository(self.conn)

    @cached_property
    def errands(self) -> ErrandRepository:
        return ErrandRepository(self.conn)

    @cached_property
    def files(self) -> FileRepository:
        return FileRepository(self.conn)

    @cached_property
    def history(self) -> HistoryRepository:
        return HistoryRepository(self.conn)

    @cached_property
    def ledger(self) -> LedgerRepository:
        return LedgerRepository(self.conn)

    @cached_property
    def months(self) -> MonthRepository:
        return MonthRepository(self.conn)

    @cached_property
    def negotiations(self) -> NegotiationRepository:
        return NegotiationRepository(self.conn)

    @cached_property
    def objections(self) -> ObjectionRepository:
        return ObjectionRepository(self.conn)

    @cached_property
    def orders(self) -> OrderRepository:
        return OrderRepository(self.conn)

    @cached_property
    def panels(self) -> PanelRepository:
        return PanelRepository(self.conn)

    @cached_property
    def parties(self) -> PartyRepository:
        return PartyRepository(self.conn)

    @cached_property
    def payments(self) -> PaymentRepository:
        return PaymentRepository(self.conn)

    @cached_property
    def payouts(self) -> PayoutRepository:
        return PayoutRepository(self.conn)

    @cached_property
    def programmes(self) -> ProgrammeRepository:
        return ProgrammeRepository(self.conn)

    @cached_property
    def providers(self) -> ProviderRepository:
        return ProviderRepository(self.conn)

    @cached_property
    def public_parts(self) -> PublicPartRepository:
        return PublicPartRepository(self.conn)

    @cached_property
    def receipts(self) -> ReceiptRepository:
        return ReceiptRepository(self.conn)

    @cached_property
    def reviews(self) -> ReviewRepository:
        return ReviewRepository(self.conn)

    @cached_property
    def revisions(self) -> RevisionRepository:
        return RevisionRepository(self.conn)

    @cached_property
    def services(self) -> ServiceRepository:
        return ServiceRepository(self.conn)

    @cached_property
    def tasks(self) -> TaskRepository:
        return TaskRepository(self.conn)

    @cached_property
    def utterances(self) -> UtteranceRepository:
        return UtteranceRepository(self.conn)

    @cached_property
    def vouchers(self) -> VoucherRepository:
        return VoucherRepository(self.conn)
