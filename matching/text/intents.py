"""What somebody wants by a private message: rules for the plain cases, evidence for demands."""

import re
from datetime import datetime

from matching.text.bids import read_bids
from matching.text.normalize import fold, letters_only, squeeze
from matching.text.slots import Slots

# In this order: an invoice is asked for in words of paying, a complaint names the order.
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (intent, re.compile(pattern, re.I))
    for intent, pattern in (
        (
            "human",
            r"人工|客服|真人|打(?:个|一下)?电话|给我来?电|找(?:个)?人(?:聊|问|说)|回(?:个)?电话",
        ),
        (
            "complain",
            r"投诉|失联|骗|举报|态度|维权(?!服务|代理)|没人管|退钱|不满意|差评|坑人|拖着不|"
            r"不理我|申诉",
        ),
        ("invoice", r"开票|发票|专票|普票|抬头"),
        ("points", r"签到|积分|兑换|排行|换(?:张)?券"),
        ("pay", r"付款|支付|转账|打款|汇款|转了|付了|对公|先付|预付|付定金|收款|怎么付|付钱|充值"),
        (
            "accept",
            r"接受|就(?:选|定)?(?:他|她|这家)了|选[A-Z]|同意(?:他|这个|方案|报价)|验收|中意|"
            r"采纳|成交吧",
        ),
        (
            "check_order",
            r"订单|单号|进度|哪一步|到哪了|那个单|几(?:个人|家)报价|有人报价|我发的需求|"
            r"我的需求|状态|做得怎么样了",
        ),
    )
)
_GREETING = re.compile(
    r"^(?:你好|您好|早上?好?|早安|中午好|下午好|晚上好|晚安|hi|hello|hey|嗨|哈喽|"
    r"在吗|在么|在不在|有人吗|你是谁)+[啊呀哦吗呢]*$",
    re.I,
)
_ASKS_PRICE = re.compile(
    r"多少(?:钱|费用|一)|什么价|啥价|怎么收费|收费标准|收多少|报个价|报下价|"
    r"报一下价|价格(?:多少|怎么)|几个点|行情价?|贵不贵|够不够|要多少|费用是?多少|"
    r"价目"
)
_NEED = re.compile(
    r"预算|需求|求购|需要|想(?:找|做|要|办|搞|请|申请|把|开发|买|了解)|要(?:做|办|"
    r"找|一[套份个批]|申请|开发)|找(?:人|个|一家|家)|帮(?:我|忙|我们|做|写|找)|"
    r"拟采购|外包|做(?:个|一|份|套)|"
    r"代理|申请|申报|认证|检测|开发|设计|制作|加工|打样|翻译|装个|采购|委托|有个?(?:活|项目|小活)"
)
# Changing what was said before concerns the demand, however short the words.
# 两万到三万五都能接受 tells a budget; 接受A家的两万 accepts.
_ACCEPTS_SOMEBODY = re.compile(r"验收|他|她|[这那]家|方案|报价|选[A-Z]|成交|[A-Z]的|\d号")
_CORRECTION = re.compile(r"改[成为到]|提高到|降到|延到|加到|不是[^,;。]{1,12},?\s?(?:而?是)")
_ANSWER_WORDS = re.compile(
    r"预算|工期|截止|时间|价格|总价|地点|地址|地区|在|是|要|就够了|就行|够了|都可以|"
    r"可以|接受|左右|大概|不限|发到|电话|邮箱|公司|手机|联系|内|前|后|之|以|不超过|"
    r"提高到|改成|到|从|元|整|人民币|吧|的|个|期|违约金|抽成|定金|面议|急|不|和|、"
)
_TALK = re.compile(r"收到|谢谢|再说|再聊|天气|成立的|下班|哈哈|好的|嗯|ok|知道了|明白", re.I)


def intent_of(normal: str, slots: Slots, now: datetime, *, names_service: bool = False) -> str:
    """The name of the intent; "provide" is an answer to something asked, "other" is talk."""
    if not normal or _GREETING.match(letters_only(normal)):
        return "greet" if normal else "other"
    if slots.order_no.startswith("D") and _offers(normal, slots, now):
        return "bid"
    explicit = next((intent for intent, rule in _RULES if rule.search(normal)), None)
    asked = bool(_ASKS_PRICE.search(normal)) and "预算" not in normal
    if (
        explicit is not None and not (slots.has_budget and _NEED.search(normal))
    ) or explicit == "human":
        return _explicit(explicit, normal, slots)
    if asked:
        return "ask_price"
    if _CORRECTION.search(normal) and slots.spans:
        return "publish_demand"
    said = set(slots.spans) - {"urgent"}
    if "budget" in said and said & {"deadline", "duration_days", "duration_workdays"}:
        return "publish_demand"
    rest = _rest(normal, slots)
    if said and len(rest) <= 2:
        return "provide"
    if _TALK.search(normal) and not said:
        return "other"
    if names_service or _NEED.search(normal) or len(said) >= 2:
        return "publish_demand"
    if said & {"phone", "email", "company", "region", "percent"} or (said and len(rest) <= 4):
        return "provide"
    return "provide" if re.search(r"不限|随便|都行|无所谓", normal) else "other"


def _offers(normal: str, slots: Slots, now: datetime) -> bool:
    bids = read_bids(normal, now=now, open_nos=(slots.order_no,))
    return any(bid.kind == "bid" and bid.price_fen is not None for bid in bids)


def _explicit(intent: str, normal: str, slots: Slots) -> str:
    """A word of paying beside a rate or a sum may be the terms somebody answers with."""
    if intent == "accept" and (slots.percent is not None or slots.has_budget):
        return intent if _ACCEPTS_SOMEBODY.search(normal) else "provide"
    return intent


def _rest(normal: str, slots: Slots) -> str:
    """What is left when the slots and the words around them are taken out."""
    rest = normal
    for written in sorted(slots.spans.values(), key=len, reverse=True):
        rest = rest.replace(squeeze(fold(written).text), " ")
    return letters_only(_ANSWER_WORDS.sub("", rest))
