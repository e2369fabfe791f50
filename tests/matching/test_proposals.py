"""Missed utterances in piles, and the aliases they suggest."""

from matching.proposals import Astray, piles

RESEARCH, TRADEMARK = "08.01.01", "05.05.01"


def test_near_duplicates_are_one_pile_with_what_people_ended_up_with() -> None:
    found = piles(
        [
            Astray("想弄个金蟾牌子备案", "弄个金蟾牌子备案", 1, TRADEMARK),
            Astray("弄金蟾牌子备案啊", "弄金蟾牌子备案", 2, TRADEMARK, asked_person=True),
            Astray("弄金蟾牌子备案啊", "弄金蟾牌子备案", 2, None),
            Astray("别人写过没有", "别人写过没有", 3, RESEARCH),
        ],
        {},
    )

    first, second = found
    assert (first.times, first.people, first.asked_person) == (3, 2, 1)
    assert first.said == ("弄金蟾牌子备案啊", "想弄个金蟾牌子备案")
    assert first.codes == ((TRADEMARK, 2),)
    assert first.aliases[0] == ("金蟾牌子备案", 3)
    assert second.codes == ((RESEARCH, 1),)


def test_a_wording_of_the_service_itself_is_not_proposed() -> None:
    astray = [Astray("金蟾牌子", "金蟾牌子", 1, TRADEMARK)]

    assert piles(astray, {})[0].aliases == (("金蟾牌子", 1),)
    assert piles(astray, {TRADEMARK: ("金蟾牌子",)})[0].aliases == ()


def test_how_many_is_no_alias() -> None:
    said = "牌照上户口 20个样 9001证书"

    (pile,) = piles([Astray(said, said, 1, "05.05.01")], {})

    assert {alias for alias, _ in pile.aliases} == {"牌照上户口", "9001证书"}


def test_what_nobody_missed_makes_no_pile() -> None:
    assert piles([], {}) == ()
