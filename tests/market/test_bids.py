"""Letters that are kept, and fingerprints that prove an offer was not altered."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import Offer, fingerprint, letter_of

OFFER = Offer(price_fen=3_200_000, workdays=15, included=("官费",), note="一次过")


@pytest.mark.parametrize(
    ("index", "letter"),
    [(0, "A"), (7, "H"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")],
)
def test_letters(index: int, letter: str) -> None:
    assert letter_of(index) == letter


@given(st.integers(0, 20_000))
def test_a_letter_belongs_to_one_place_only(index: int) -> None:
    place = 0
    for letter in letter_of(index):
        place = place * 26 + ord(letter) - ord("A") + 1

    assert place - 1 == index


def test_a_fingerprint_is_short_and_always_the_same() -> None:
    mark = fingerprint("D1024", 7, OFFER, "salt")

    assert re.fullmatch(r"[0-9a-f]{4}(·[0-9a-f]{4})+", mark)
    assert mark == fingerprint("D1024", 7, replace(OFFER), "salt")


def test_whatever_is_altered_alters_the_fingerprint() -> None:
    altered = [
        fingerprint("D1025", 7, OFFER, "salt"),
        fingerprint("D1024", 8, OFFER, "salt"),
        fingerprint("D1024", 7, OFFER, "pepper"),
        *(
            fingerprint("D1024", 7, offer, "salt")
            for offer in (
                replace(OFFER, price_fen=3_200_001),
                replace(OFFER, days=15),
                replace(OFFER, workdays=None, days=15),
                replace(OFFER, workdays=16),
                replace(OFFER, included=()),
                replace(OFFER, included=(), excluded=("官费",)),
                replace(OFFER, tax="incl"),
                replace(OFFER, note="两次过"),
            )
        ),
    ]

    assert len({fingerprint("D1024", 7, OFFER, "salt"), *altered}) == len(altered) + 1
