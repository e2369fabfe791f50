"""What the market takes, as providers read it before and after."""

from market.fees import Fee
from market.money import yuan


def commission(fee: Fee, amount_fen: int) -> str:
    """``佣金 6% ¥1,920``, or with the bound that applied: ``佣金 ¥500（6%，封顶）``."""
    part = fee.of(amount_fen).part
    rate = f"{fee.rate_bp / 100:g}%"
    if part == fee.most_fen:
        return f"佣金 {yuan(part)}（{rate}，封顶）"
    if fee.least_fen and part == min(fee.least_fen, amount_fen):
        return f"佣金 {yuan(part)}（{rate}，保底）"
    return f"佣金 {rate} {yuan(part)}"


def what_arrives(fee: Fee, amount_fen: int) -> str:
    """For a provider who is about to offer a price."""
    rest = yuan(fee.of(amount_fen).rest)
    return f"中标后{commission(fee, amount_fen)}，验收后到手 {rest}。"
