"""What a receipt states, how it is hashed, and that no change of it goes unseen."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.ledger import (
    COMMISSION_INCOME,
    POINTS_ISSUED,
    Transfer,
    cash_at,
    escrow,
    points,
    provider_payable,
    transfers,
)
from market.receipts import (
    GENESIS,
    Kind,
    Movement,
    Parties,
    Receipt,
    canonical,
    follows,
    holds,
    is_unaltered,
    kind_of,
    movements,
    seal,
    short,
)

AT = datetime(2026, 11, 18, 2, 0, 0, 5, tzinfo=UTC)
PARTIES = Parties(order_id=2048, buyer_id=3, provider_id=7)
PAID = Movement(Kind.FUNDING, "O2048:funding", 3_200_000, PARTIES, "sandbox", AT)
RELEASE = transfers(
    ("O2048:payout", escrow("O2048"), provider_payable(7), 3_008_000),
    ("O2048:commission", escrow("O2048"), COMMISSION_INCOME, 192_000),
    ("O2048:points", POINTS_ISSUED, points(3), 32_000),
)
TEXT = """\
kebao receipt 1
number R20481
kind funding
cause O2048:funding
amount_fen 3200000
order O2048
buyer P3
provider V7
gateway sandbox
at 2026-11-18T02:00:00.000005Z
previous 0000000000000000000000000000000000000000000000000000000000000000
"""


def test_a_receipt_is_hashed_as_it_is_written() -> None:
    (receipt,) = seal([PAID], GENESIS)

    assert canonical(20481, PAID, GENESIS.hash) == TEXT
    assert receipt.hash == hashlib.sha256(TEXT.encode()).hexdigest()
    assert (receipt.no, receipt.previous) == ("R20481", "0" * 64)
    assert receipt.fingerprint == f"{receipt.hash[:4]}·{receipt.hash[4:8]}"


def test_what_is_absent_is_a_dash_and_every_zone_writes_the_same_moment() -> None:
    paid_out = Movement(Kind.EARNINGS_PAID, "V7:payout:1:payout-paid", 1, Parties(), "", AT)
    elsewhere = replace(paid_out, at=AT.astimezone(timezone(timedelta(hours=8))))

    written = canonical(20490, paid_out, "a" * 64).splitlines()
    assert written[5:9] == ["order -", "buyer -", "provider -", "gateway -"]
    assert canonical(20490, elsewhere, "a" * 64) == canonical(20490, paid_out, "a" * 64)


def test_a_value_of_two_lines_cannot_pretend_a_third() -> None:
    with pytest.raises(AssertionError):
        canonical(20481, replace(PAID, gateway="x\namount_fen 1"), GENESIS.hash)


def test_money_that_changes_its_owner_gets_a_receipt_and_points_get_none() -> None:
    stated = movements(RELEASE, PARTIES, at=AT)

    assert [(each.kind, each.cause, each.amount_fen) for each in stated] == [
        (Kind.EARNINGS, "O2048:payout", 3_008_000),
        (Kind.COMMISSION, "O2048:commission", 192_000),
    ]
    assert kind_of("points") is None
    assert kind_of("void") is None


@pytest.mark.parametrize(
    ("code", "buyer", "provider"),
    [
        ("funding", True, True),
        ("refund", True, True),
        ("payout", False, True),
        ("commission", False, True),
        ("refund-paid", True, False),
        ("payout-paid", False, True),
    ],
)
def test_a_receipt_concerns_whose_money_it_is(code: str, buyer: bool, provider: bool) -> None:
    move = Transfer(f"O2048:{code}", code, cash_at("sandbox"), escrow("O2048"), 5)
    (stated,) = movements([move], PARTIES, gateway="sandbox", at=AT)

    assert stated.concerns(person_id=3, provider_id=None) is buyer
    assert stated.concerns(person_id=9, provider_id=7) is provider
    assert not stated.concerns(person_id=9, provider_id=None)
    assert not stated.concerns(person_id=9, provider_id=8)


def chain(length: int) -> tuple[Receipt, ...]:
    return seal(
        [replace(PAID, cause=f"O{number}:funding") for number in range(length)],
        GENESIS,
    )


def test_a_chain_holds_and_each_link_follows_the_one_before() -> None:
    receipts = chain(5)

    assert [each.number for each in receipts] == [20481, 20482, 20483, 20484, 20485]
    assert holds(receipts, GENESIS)
    assert holds(receipts[2:], receipts[1].head)
    assert not follows(receipts[2], receipts[0].head)
    assert not holds(receipts[1:], GENESIS)


ALTERED = {
    "kind": replace(PAID, kind=Kind.REFUND),
    "cause": replace(PAID, cause="O2049:funding"),
    "amount": replace(PAID, amount_fen=1),
    "order": replace(PAID, parties=replace(PARTIES, order_id=1)),
    "buyer": replace(PAID, parties=replace(PARTIES, buyer_id=1)),
    "provider": replace(PAID, parties=replace(PARTIES, provider_id=1)),
    "gateway": replace(PAID, gateway="offline"),
    "moment": replace(PAID, at=AT + timedelta(microseconds=1)),
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED.keys())
def test_no_alteration_goes_unseen(altered: Movement) -> None:
    (receipt,) = seal([PAID], GENESIS)

    assert is_unaltered(receipt)
    assert not is_unaltered(replace(receipt, movement=altered))
    assert not is_unaltered(replace(receipt, number=20482))
    assert not is_unaltered(replace(receipt, previous="1" * 64))


@given(length=st.integers(2, 12), at=st.integers(0, 11), again=st.booleans())
def test_who_alters_one_receipt_must_alter_all_that_follow(
    length: int, at: int, again: bool
) -> None:
    """Even if the altered one is sealed again, its successor does not follow it."""
    receipts = list(chain(length))
    at %= length - 1
    forged = replace(receipts[at].movement, amount_fen=1)
    if again:
        before = receipts[at - 1].head if at else GENESIS
        (receipts[at],) = seal([forged], before)
    else:
        receipts[at] = replace(receipts[at], movement=forged)

    assert not holds(receipts, GENESIS)


_SHOWN = re.compile(
    r"```text\n(kebao receipt 1\n.*?)```.*?"
    r"\$ kebao receipt (R\d+) \| sha256sum\n([0-9a-f]{64})  -\n",
    re.DOTALL,
)


def test_the_example_of_the_manual_can_be_recomputed() -> None:
    """As somebody would who has the page and no program of ours, and as the program does."""
    shown = _SHOWN.findall(Path("docs/receipts.md").read_text("utf-8"))
    released = datetime(2026, 11, 20, 8, 30, 15, 250_000, tzinfo=UTC)
    stated = (
        Movement(
            Kind.FUNDING,
            "O2048:funding",
            3_200_000,
            Parties(2048, buyer_id=12, provider_id=7),
            "offline",
            datetime(2026, 11, 18, 2, tzinfo=UTC),
        ),
        Movement(Kind.EARNINGS, "O2048:payout", 3_008_000, Parties(2048, None, 7), "", released),
    )

    assert [hashlib.sha256(written.encode()).hexdigest() for written, _, _ in shown] == [
        hashed for _, _, hashed in shown
    ]
    assert shown == [
        (canonical(each.number, each.movement, each.previous), each.no, each.hash)
        for each in seal(stated, GENESIS)
    ]


def test_a_fingerprint_is_short() -> None:
    assert short("7f3a91c2" + "0" * 56) == "7f3a·91c2"
