"""Words about files and handing over."""

from collections.abc import Sequence

from market.orders import Order
from storage.deliveries import Delivery

SHOWN_MOST = 4


def file_kept(names: Sequence[str], total: int) -> str:
    name = "、".join(name or "文件" for name in names)
    return f"收到 {name}，一共 {total} 个文件待交付。发完回“交付 订单号 说明”，我一起交给客户。"


def file_lost(names: Sequence[str]) -> str:
    name = "、".join(name or "文件" for name in names)
    return f"{name} 没能取到，还没有存下。请再发一次；还不行就写下载链接：“交付 订单号 链接”。"


def file_from_buyer(names: Sequence[str]) -> str:
    name = "、".join(name or "文件" for name in names)
    return f"收到 {name}，我先存着。里面的字我暂时读不了，打一句说说要拿它办什么就行。"


def nothing_to_deliver(order: Order) -> str:
    return (
        f"{order.no} 还没收到要交的东西。先把文件发给我，"
        f"或写一句说明：“交付 {order.no} 报告已寄出，单号 …”。"
    )


def files(order: Order, delivery: Delivery | None, public_url: str) -> str:
    if delivery is None or not delivery.files:
        return f"{order.no} 还没有交付文件。回“进度 {order.no}”看轮到谁。"
    lines = [f"{order.no} 第 {delivery.version} 版，{len(delivery.files)} 个文件："]
    lines += [
        f"{file.name} {public_url}/files/{file.token}" for file in delivery.files[:SHOWN_MOST]
    ]
    lines.append(f"回“验收 {order.no}”或“退回 {order.no} 理由”。")
    return "\n".join(lines)
