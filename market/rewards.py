"""Rewards: prizes that are paid in advance, for works or for answers (悬赏, 计件, 提问)."""

from dataclasses import dataclass
from enum import StrEnum

from market.fees import shares


class RewardKind(StrEnum):
    BOUNTY = "bounty"  # one prize or several, each firm may win one
    PIECE = "piece"  # so much for each piece that is taken, whoever sends it
    QUESTION = "question"  # the first answer that is taken


@dataclass(frozen=True, slots=True)
class Reward:
    """What is promised: the prizes in fen, in the order in which they are given.

    Raises:
        ValueError: no prize, one of nothing, or several for a question.
    """

    kind: RewardKind
    prizes_fen: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.prizes_fen or min(self.prizes_fen) <= 0:
            raise ValueError(f"prizes must be more than nothing: {self.prizes_fen}")
        if self.kind is RewardKind.QUESTION and len(self.prizes_fen) > 1:
            raise ValueError("a question has one reward")

    @property
    def total_fen(self) -> int:
        return sum(self.prizes_fen)

    @property
    def hands_over(self) -> bool:
        """Whether the winner still has to deliver; else the work was all of it, and is paid."""
        return self.kind is RewardKind.BOUNTY

    @property
    def many_each(self) -> bool:
        """Whether one firm may win more than once."""
        return self.kind is RewardKind.PIECE

    def prize_fen(self, given: int) -> int:
        """The next prize when so many have been given. Raises IndexError when none is left."""
        return self.prizes_fen[given]


def prizes(total_fen: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """A whole reward as prizes by weight, largest first: 1000 yuan by 5:3:2 is 500, 300, 200.

    The fen that no prize can have alone go one by one to the largest remainders.

    Raises:
        ValueError: not enough for a fen each.
    """
    parts = tuple(sorted(shares(total_fen, weights), reverse=True))
    if min(parts) <= 0:
        raise ValueError(f"{total_fen} fen are too little for {len(weights)} prizes")
    return parts
