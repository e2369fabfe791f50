"""Words for the service centre that belong to no other noun yet."""

from collections.abc import Callable, Sequence

from matching.proposals import Pile

PILES_SHOWN = 4

NO_BROADCAST = (
    "群发还没开放，这一版先不支持。要单独告诉谁，可以“接管 D1024”直接谈。回“待办”看要处理的。"
)


def missed(piles: Sequence[Pile], name_of: Callable[[str], str]) -> str:
    """At most six lines: how many, the four most frequent, what to do about them."""
    if not piles:
        return "近 30 天没有没听懂的话。回“待办”看要处理的。"
    times = sum(pile.times for pile in piles)
    lines = [f"近 30 天没听懂或听错 {times} 句，分 {len(piles)} 类，多的在前："]
    for pile in piles[:PILES_SHOWN]:
        led_to = f"→{name_of(pile.codes[0][0])}" if pile.codes else "→还不知道要什么"
        alias = f"，可加别名“{pile.aliases[0][0]}”" if pile.codes and pile.aliases else ""
        lines.append(f"· “{pile.said[0][:24]}” {pile.people} 人 {pile.times} 次{led_to}{alias}")
    lines.append('对的请管理员加：kebao catalog learn 编号 "别名"；全部看 kebao catalog missed。')
    return "\n".join(lines)


def missed_line(piles: Sequence[Pile]) -> str:
    return f"没听懂的有 {len(piles)} 类，私聊发您了。" if piles else "近 30 天没有没听懂的话。"
