"""What the market takes for a deal: a schedule of rates, of which the most specific one applies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from market.money import Split, split_bp

DEFAULT = "default"
NO_CAP = 10**15


@dataclass(frozen=True, slots=True)
class Fee:
    """A rate as it was agreed: an order keeps its own, whatever becomes of the schedule.

    `least_fen` and `most_fen` bound what the rate comes to, never beyond the amount itself.
    """

    rate_bp: int
    least_fen: int = 0
    most_fen: int = NO_CAP
    name: str = DEFAULT

    def of(self, amount_fen: int) -> Split:
        """The fee and what is left for the provider, who gets the remainder of the rounding.

        Raises:
            ValueError: a negative amount, or a rate outside 0…10 000.
        """
        part = split_bp(amount_fen, self.rate_bp).part
        part = min(max(part, self.least_fen), self.most_fen, amount_fen)
        return Split(part, amount_fen - part)

    def of_part(self, part_fen: int, *, before_fen: int, whole_fen: int) -> Split:
        """The fee of one part of a deal, so that the fees of all parts are that of the whole.

        What is due for the parts up to this one, rounded down, less what was due before it: so
        no part owes more than it is, and the market never takes a fen ahead of time.

        Raises:
            ValueError: a negative amount, parts that exceed the whole, or no whole.
        """
        upto_fen = before_fen + part_fen
        if part_fen < 0 or before_fen < 0 or upto_fen > whole_fen or whole_fen == 0:
            raise ValueError(f"{part_fen} fen after {before_fen} are no part of {whole_fen}")
        due = self.of(whole_fen).part
        part = due * upto_fen // whole_fen - due * before_fen // whole_fen
        return Split(part, part_fen - part)


@dataclass(frozen=True, slots=True)
class Deal:
    """What a rate may depend on."""

    amount_fen: int
    service_code: str = ""
    service_class: str = ""
    mode: str = ""  # the name of the demand's process: tender, direct
    level: str = ""  # of the buyer


@dataclass(frozen=True, slots=True)
class Rule:
    """A rate with its conditions, all of which must hold; an empty one always does.

    An amount counts from `from_fen` on and below `below_fen`.
    """

    fee: Fee
    service_code: str = ""
    service_class: str = ""
    mode: str = ""
    level: str = ""
    from_fen: int = 0
    below_fen: int = NO_CAP

    @property
    def name(self) -> str:
        return self.fee.name

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """How specific it is: one product before a class of them, then by the other dimensions."""
        amount = self.from_fen > 0 or self.below_fen < NO_CAP
        others = bool(self.mode) + bool(self.level) + amount
        return bool(self.service_code), bool(self.service_class), others

    def fits(self, deal: Deal) -> bool:
        return (
            self.service_code in ("", deal.service_code)
            and self.service_class in ("", deal.service_class)
            and self.mode in ("", deal.mode)
            and self.level in ("", deal.level)
            and self.from_fen <= deal.amount_fen < self.below_fen
        )

    def meets(self, other: "Rule") -> bool:
        """Whether some deal could fit both."""
        pairs = (
            (self.service_code, other.service_code),
            (self.service_class, other.service_class),
            (self.mode, other.mode),
            (self.level, other.level),
        )
        apart = any(one and two and one != two for one, two in pairs)
        return not apart and max(self.from_fen, other.from_fen) < min(
            self.below_fen, other.below_fen
        )


@dataclass(frozen=True)
class Schedule:
    """All rules, and the rate where none fits.

    Two rules of one rank that could fit one deal are a mistake, found by `conflicts`; `fee_for`
    then takes the first.
    """

    default: Fee
    rules: tuple[Rule, ...] = ()

    def fee_for(self, deal: Deal) -> Fee:
        """The fee of the most specific rule that fits."""
        fitting = [rule for rule in self.rules if rule.fits(deal)]
        return max(fitting, key=lambda rule: rule.rank).fee if fitting else self.default

    def conflicts(self) -> Iterator[tuple[Rule, Rule]]:
        """Pairs of rules of which neither is the more specific one."""
        for one, other in combinations(self.rules, 2):
            if one.rank == other.rank and one.meets(other):
                yield one, other


def shares(amount_fen: int, weights: Iterable[int]) -> tuple[int, ...]:
    """Divide fen by whole weights: each part rounded down, the fen left over go one by one to the
    largest remainders, earlier ones first, so that the parts always add up.

    Raises:
        ValueError: a negative amount or weight, or no weight above 0.
    """
    parts = tuple(weights)
    whole = sum(parts)
    if amount_fen < 0 or whole <= 0 or any(weight < 0 for weight in parts):
        raise ValueError(f"cannot share {amount_fen} fen by {parts}")
    cut = [divmod(amount_fen * weight, whole) for weight in parts]
    left = amount_fen - sum(part for part, _ in cut)
    order = sorted(range(len(cut)), key=lambda at: -cut[at][1])
    luckier = set(order[:left])
    return tuple(part + (at in luckier) for at, (part, _) in enumerate(cut))
