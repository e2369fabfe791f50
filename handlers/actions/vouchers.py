"""Vouchers: asked for by a firm, granted with two keys, over on a day; what authorities pay in."""

from datetime import datetime, time, timedelta

from handlers.actions.public_money import today_of
from handlers.actions.receipts import issue
from handlers.desk import Desk, ask_second_key, tell
from handlers.wording import vouchers as zh
from market.doors import Priority
from market.errors import FirstKeyMissing, NotFound, SamePerson, StepNotAllowed
from market.parties import Sender
from market.programmes import Appropriation, Programme, ProgrammeKind, change_budget
from market.receipts import Receipt
from market.vouchers import Voucher, VoucherStatus, VoucherStep, grant, lapse, propose, refuse
from storage.unit_of_work import UnitOfWork

REMIND_BEFORE = timedelta(days=14)


def ask_for_voucher(
    uow: UnitOfWork,
    code: str,
    firm: str,
    credit_code: str,
    sender: Sender,
    desk: Desk,
    now: datetime,
) -> tuple[Voucher, bool]:
    """A firm asks for one; asking again while nobody has answered gives the same, and False.

    Raises:
        NotFound: no such programme, or it is over.
        StepNotAllowed: the firm has had all that it may have.
    """
    programme = uow.programmes.find(code, lock=True)
    if programme.kind is not ProgrammeKind.VOUCHER or today_of(desk, now) > programme.ends_on:
        raise NotFound(code)
    waiting = uow.vouchers.open_for(code, credit_code)
    if waiting is not None:
        if waiting.person_id != sender.id:
            raise StepNotAllowed(waiting.no, status="asked_by_colleague", step="ask")
        return waiting, False
    if uow.vouchers.had_fen(code, credit_code) >= programme.per_firm_fen:
        raise StepNotAllowed(programme.name, status="had_all", step="ask")
    voucher = uow.vouchers.add(
        Voucher(0, code, sender.id, firm, credit_code, VoucherStatus.ASKED, now)
    )
    uow.history.add(voucher.no, "ask", voucher.status, now, person_id=sender.id)
    uow.tasks.open("voucher", voucher.no, now, note=zh.asked_note(voucher, programme), urgency=2)
    return voucher, True


def propose_voucher(
    uow: UnitOfWork, voucher_id: int, amount_fen: int, sender: Sender, desk: Desk, now: datetime
) -> Voucher:
    """The first key: a colleague has looked at the papers and names the sum.

    Raises:
        StepNotAllowed: it is answered already.
        OverBudget: more than the firm may have.
    """
    voucher = uow.vouchers.lock(voucher_id)
    programme = uow.programmes.find(voucher.programme, lock=True)
    had_fen = uow.vouchers.had_fen(voucher.programme, voucher.credit_code)
    voucher = propose(voucher, programme, amount_fen=amount_fen, had_fen=had_fen, by=sender.id)
    uow.vouchers.save(voucher)
    note = f"{amount_fen} fen"
    uow.history.add(
        voucher.no, VoucherStep.PROPOSE, voucher.status, now, person_id=sender.id, note=note
    )
    uow.tasks.open("voucher", voucher.no, now, note=zh.proposed_note(voucher), urgency=1)
    ask_second_key(
        uow, desk, zh.second_key(voucher), first=sender.id, key=f"{voucher.no}:second-key", now=now
    )
    return voucher


def grant_voucher(
    uow: UnitOfWork, voucher_id: int, sender: Sender, desk: Desk, now: datetime
) -> Voucher:
    """The second key, somebody else's: it can be spent.

    Raises:
        FirstKeyMissing: nobody has named a sum.
        SamePerson: whoever named it cannot confirm it.
        InsufficientFunds: the programme has not so much left.
    """
    voucher = uow.vouchers.lock(voucher_id)
    if voucher.status is VoucherStatus.ASKED:
        raise FirstKeyMissing(voucher.no, of="voucher")
    if voucher.proposed_by == sender.id:
        raise SamePerson(voucher.no)
    done = grant(voucher, by=sender.id)
    voucher = done.voucher
    assert voucher.ends_on is not None, "its programme ends on a day"
    uow.vouchers.save(voucher)
    uow.ledger.post(done.transfers, at=now)
    uow.history.add(voucher.no, VoucherStep.GRANT, voucher.status, now, person_id=sender.id)
    uow.tasks.close("voucher", voucher.no, now)
    over = datetime.combine(voucher.ends_on + timedelta(days=1), time(), desk.zone)
    uow.deadlines.set("voucher_lapses", voucher.id, over.astimezone(now.tzinfo))
    if (reminder := over.astimezone(now.tzinfo) - REMIND_BEFORE) > now:
        uow.deadlines.set("voucher_reminder", voucher.id, reminder)
    programme = uow.programmes.find(voucher.programme)
    tell(
        uow,
        voucher.person_id,
        zh.granted(voucher, programme),
        key=f"{voucher.no}:granted",
        priority=Priority.STATUS,
        now=now,
    )
    return voucher


def refuse_voucher(
    uow: UnitOfWork, voucher_id: int, reason: str, sender: Sender, now: datetime
) -> Voucher:
    """Raises StepNotAllowed: it is answered already."""
    voucher = refuse(uow.vouchers.lock(voucher_id), reason)
    uow.vouchers.save(voucher)
    uow.history.add(
        voucher.no, VoucherStep.REFUSE, voucher.status, now, person_id=sender.id, note=reason
    )
    uow.tasks.close("voucher", voucher.no, now)
    tell(
        uow,
        voucher.person_id,
        zh.refused(voucher),
        key=f"{voucher.no}:refused",
        priority=Priority.STATUS,
        now=now,
    )
    return voucher


def lapse_voucher(uow: UnitOfWork, voucher_id: int, now: datetime) -> None:
    """Its last day is over: what nobody has set aside can be granted to others.

    What is set aside for an order that is not paid comes after it, when that order is over.
    """
    voucher = uow.vouchers.lock(voucher_id)
    if voucher.status is not VoucherStatus.GRANTED:
        return
    left_fen = uow.ledger.available(voucher.account)
    done = lapse(voucher, left_fen)
    uow.vouchers.save(done.voucher)
    uow.ledger.post(done.transfers, at=now)
    uow.history.add(voucher.no, VoucherStep.LAPSE, done.voucher.status, now)
    if left_fen:
        tell(
            uow,
            voucher.person_id,
            zh.lapsed(voucher, left_fen),
            key=f"{voucher.no}:lapsed",
            priority=Priority.STATUS,
            now=now,
        )


def remind_of_voucher(uow: UnitOfWork, voucher_id: int, now: datetime) -> None:
    voucher = uow.vouchers.lock(voucher_id)
    left_fen = uow.ledger.available(voucher.account)
    if voucher.status is VoucherStatus.GRANTED and left_fen:
        tell(
            uow,
            voucher.person_id,
            zh.reminder(voucher, left_fen),
            key=f"{voucher.no}:reminder",
            priority=Priority.DEADLINE,
            now=now,
        )


def enter_appropriation(
    uow: UnitOfWork, code: str, amount_fen: int, sender: Sender, desk: Desk, now: datetime
) -> tuple[Programme, Appropriation]:
    """The first key: a colleague saw an authority's money arrive. Nothing is booked yet.

    Raises:
        StepNotAllowed: another sum waits for its second key.
    """
    programme = uow.programmes.find(code, lock=True)
    waiting = uow.programmes.waiting_appropriation(code)
    if waiting is not None:
        if waiting.amount_fen != amount_fen:
            raise StepNotAllowed(code, status="appropriation_waiting", step="appropriate")
        return programme, waiting
    entered = uow.programmes.add_appropriation(code, amount_fen, sender.id)
    uow.history.add(
        f"programme/{code}", "appropriate", "", now, person_id=sender.id, note=f"{amount_fen} fen"
    )
    note = zh.appropriation_note(programme, entered)
    uow.tasks.open("appropriation", code, now, note=note, urgency=0)
    key = f"{code}:{entered.id}:second-key"
    ask_second_key(uow, desk, zh.appropriation_key(programme), first=sender.id, key=key, now=now)
    return programme, entered


def confirm_appropriation(
    uow: UnitOfWork, code: str, sender: Sender, desk: Desk, now: datetime
) -> tuple[Programme, Appropriation, Receipt]:
    """The second key: the money is the programme's.

    Raises:
        FirstKeyMissing: nobody has entered it.
        SamePerson: whoever entered it cannot confirm it.
    """
    programme = uow.programmes.find(code, lock=True)
    entered = uow.programmes.waiting_appropriation(code)
    if entered is None:
        raise FirstKeyMissing(code, of="appropriation")
    if entered.entered_by == sender.id:
        raise SamePerson(code)
    booked = uow.programmes.confirm_appropriation(entered, sender.id)
    uow.ledger.post([booked.transfer], at=now)
    uow.history.add(f"programme/{code}", "appropriate_confirmed", "", now, person_id=sender.id)
    uow.tasks.close("appropriation", code, now)
    (receipt,) = issue(uow, [booked.transfer], gateway="offline", desk=desk, now=now).values()
    return programme, booked, receipt


def put_programme(uow: UnitOfWork, programme: Programme, now: datetime) -> None:
    """A line of the operator's table: new, or changed; its budget moves in the ledger.

    Raises:
        InsufficientFunds: its budget would be below what is granted already.
    """
    try:
        before_fen = uow.programmes.find(programme.code, lock=True).budget_fen
    except NotFound:
        before_fen = 0
    uow.programmes.put(programme)
    if programme.kind is ProgrammeKind.SUBSIDY or programme.budget_fen == before_fen:
        return
    changes = sum(
        step == "budget" for step, _, _ in uow.history.steps(f"programme/{programme.code}")
    )
    moves = change_budget(programme.code, before_fen, programme.budget_fen, number=changes + 1)
    uow.ledger.post(moves, at=now)
    uow.history.add(
        f"programme/{programme.code}",
        "budget",
        "",
        now,
        note=f"{before_fen} to {programme.budget_fen} fen",
    )
