"""Words of the catalogue: packed into few lines, numbered throughout."""

from collections.abc import Sequence

from market.listings import Listing
from market.money import yuan
from market.services import Service

PER_LINE = 3


def _numbered(names: Sequence[str], per_line: int = PER_LINE) -> list[str]:
    numbered = [f"{index} {name}" for index, name in enumerate(names, start=1)]
    return ["　".join(numbered[i : i + per_line]) for i in range(0, len(numbered), per_line)]


def classes(names: Sequence[str]) -> str:
    return "\n".join([f"一共 {len(names)} 类：", *_numbered(names), "回数字看，或直接说要办什么。"])


def products(name: str, items: Sequence[Service]) -> str:
    names = [item.name for item in items]
    per_line = max(PER_LINE, -(-len(names) // 4))
    return "\n".join([f"{name}：", *_numbered(names, per_line), "回数字看详情。"])


def product(service: Service, on_sale: Sequence[Listing] = ()) -> str:
    lines = [f"【{service.name}】{service.description[:80]}"]
    if service.process:
        lines.append("流程：" + " → ".join(service.process))
    price = service.price_rule or "面议"
    days = f" · 通常 {service.days} 天" if service.days else ""
    lines.append(f"参考价：{price}{days}{' · 可全程线上' if service.online else ''}")
    if service.materials:
        lines.append("要准备：" + "、".join(service.materials))
    shelf = ""
    if on_sale:
        prices = "、".join(f"{one.no} {yuan(one.offer.price_fen)}" for one in on_sale)
        shelf = f"一口价 {prices}，回“买 {on_sale[0].no}”直接买。"
    lines.append(f"1 就办这个。{shelf}或直接说您的情况和预算。")
    return "\n".join(lines)
