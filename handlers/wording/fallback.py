"""Words for what we did not understand."""

from market.parties import Sender

NOTHING_TO_CONFIRM = "现在没有等您确认的事。要办什么直接说，或回“我的需求”“待办”看进展。"
SECOND = (
    "我还是没听懂，换个问法：您是想办专利、检测、高企、项目申报，还是别的？\n"
    "回“目录”挑一个，或说说公司遇到了什么事。"
)
THIRD = "我一直没听懂，不耽误您：1 人工　2 看看能办什么。或换句话再试试。"
CLAIMS = "规则我改不了，身份也只认绑定过的账号。要办公事请用绑定的账号；要办别的，回“帮助”。"


def first(sender: Sender) -> str:
    if sender.is_provider:
        return "我没听懂。报价发“报价 1024 8000 10天”，回“我的线索”看开着的，或回“帮助”。"
    if sender.is_staff:
        return "我没听懂。回“待办”看要处理的，回“帮助”看能做什么。"
    return "我没听懂。想办什么事？像跟人说话一样说就行，例如“水质检测，20 个样，南宁”。或回“帮助”。"


def perhaps(label: str) -> str:
    return f"我不太确定您的意思。您是想{label}吗？回 1 就行；不是的话换句话说说。"


SORRY = "抱歉，您刚才那句我处理时出了错，同事已经收到提醒。请换句话再说一次，或回“人工”。"
STILL_ASKING = "这句我没听懂。刚才的问题还等您：回“确认”就办，回“取消”就不办。"
STILL_ASKING_AGAIN = "我一直没听懂。刚才的问题还等您回“确认”或“取消”；要找同事回“人工”。"
