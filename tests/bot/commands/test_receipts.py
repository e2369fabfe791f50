"""`kebao receipt` prints what is hashed, so that anybody's sha256sum agrees."""

import hashlib
import sqlite3
from datetime import UTC, datetime

from market.receipts import Kind, Movement, Parties, Receipt
from storage.engine import open_engine
from storage.receipts import ReceiptRepository
from tests.support.command_line import Kebao

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)


def issued() -> Receipt:
    engine = open_engine("sqlite:///kebao.db")
    with engine.begin() as conn:
        paid = Movement(Kind.FUNDING, "O2048:funding", 3_200_000, Parties(), "offline", NOW)
        (receipt,) = ReceiptRepository(conn).issue([paid])
    engine.dispose()
    return receipt


def test_what_it_prints_has_the_hash_that_people_were_told(installed: Kebao) -> None:
    receipt = issued()

    printed = installed("receipt", "R20481")

    assert printed.code == 0
    assert "amount_fen 3200000\n" in printed.out
    assert hashlib.sha256(printed.out.encode()).hexdigest() == receipt.hash
    assert installed("receipt", "r-20481").out == printed.out
    assert installed("receipt", "20481", "--json").rows == [
        {"number": "R20481", "text": printed.out, "hash": receipt.hash, "unaltered": True}
    ]


def test_an_altered_receipt_is_printed_as_it_is_now_and_fails(installed: Kebao) -> None:
    receipt = issued()
    with sqlite3.connect("kebao.db") as conn:
        conn.execute("DROP TRIGGER receipts_no_update")
        conn.execute("UPDATE receipts SET amount_fen = 1")
    conn.close()

    printed = installed("receipt", "R20481")

    assert printed.code == 1
    assert "amount_fen 1\n" in printed.out
    assert f"R20481 was altered: it was sealed with {receipt.hash}" in printed.err


def test_what_is_no_receipt_is_said(installed: Kebao) -> None:
    absent, wrong = installed("receipt", "R20481"), installed("receipt", "O2048")

    assert (absent.code, absent.out) == (1, "")
    assert "there is no receipt R20481" in absent.err
    assert wrong.code == 2
    assert "NUMBER must look like R20481, not 'O2048'" in wrong.err
