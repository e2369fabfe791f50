"""Who lives in the demo: people with their accounts, and the groups they sit in."""

from dataclasses import dataclass
from enum import StrEnum

WECHAT = "wechat"
ONEBOT = "onebot"


class Role(StrEnum):
    BUYER = "buyer"
    PROVIDER = "provider"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person of the demo. `account` is what the platform calls them."""

    key: str
    name: str
    channel: str
    account: str
    role: Role
    company: str = ""
    provider: str = ""  # name of the organisation they bid for
    staff_role: str = ""

    @property
    def card(self) -> str:
        """How they are called in a group of several firms."""
        return f"{self.name}-{self.company[:4]}" if self.company else self.name


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    id: str
    name: str
    role: Role  # whose group it is
    members: tuple[str, ...]  # accounts


# Real accounts end below 2**32; nobody's number is borrowed here.
BOT_ACCOUNT = "9100000001"
BOT_NAME = "小科"

XIAOLIN = Actor(
    key="xiaolin",
    name="小林",
    channel=WECHAT,
    account="oKeb01XiaoLinAutoLiuzhou0001",
    role=Role.BUYER,
    company="柳州启程汽车电子厂",
)
WEIJIE = Actor(
    key="weijie",
    name="韦姐",
    channel=WECHAT,
    account="oKeb02WeiJieFoodNanning00002",
    role=Role.BUYER,
    company="南宁邕味食品厂",
)
CHENGONG = Actor(
    key="chengong",
    name="陈工",
    channel=ONEBOT,
    account="9100000101",
    role=Role.PROVIDER,
    company="桂知源知识产权代理有限公司",
    provider="桂知源知识产权代理有限公司",
)
ZHOUJINGLI = Actor(
    key="zhoujingli",
    name="周经理",
    channel=ONEBOT,
    account="9100000102",
    role=Role.PROVIDER,
    company="信达科技咨询有限公司",
    provider="信达科技咨询有限公司",
)
QINJIE = Actor(
    key="qinjie",
    name="覃姐",
    channel=ONEBOT,
    account="9100000103",
    role=Role.PROVIDER,
    company="柳创项目服务有限公司",
    provider="柳创项目服务有限公司",
)
XIAOHUANG = Actor(
    key="xiaohuang",
    name="小黄",
    channel=ONEBOT,
    account="9100000201",
    role=Role.STAFF,
    company="平台服务中心",
    staff_role="service_center",
)
WANGZHUREN = Actor(
    key="wangzhuren",
    name="王主任",
    channel=ONEBOT,
    account="9100000202",
    role=Role.STAFF,
    company="平台服务中心",
    staff_role="service_center",
)

CAST: tuple[Actor, ...] = (
    XIAOLIN,
    WEIJIE,
    CHENGONG,
    ZHOUJINGLI,
    QINJIE,
    XIAOHUANG,
    WANGZHUREN,
)

PROVIDER_GROUP = Group(
    key="providers",
    id="9200000001",
    name="科宝服务商群",
    role=Role.PROVIDER,
    members=(CHENGONG.account, ZHOUJINGLI.account, QINJIE.account),
)
STAFF_GROUP = Group(
    key="staff",
    id="9200000002",
    name="服务中心值班群",
    role=Role.STAFF,
    members=(XIAOHUANG.account, WANGZHUREN.account),
)

GROUPS: tuple[Group, ...] = (PROVIDER_GROUP, STAFF_GROUP)
