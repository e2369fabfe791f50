"""Why something about the price, public money or a joint bid is not possible, in words."""

from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from market import errors
from market.money import yuan

_NOT_PARTNERS = {
    "count": "联合投标要写清楚和谁、各分几成，最多 4 家，例如“联合投标 D1024 信达 30%”",
    "twice": "同一家写了两次，或写了自己。牵头方不用写，其余归您",
    "shares": "分成不对：每家至少 1%，您牵头至少留 10%",
    "rival": "有一家自己投了这个标，或已在别家的联合里，不能再联合。换一家再说",
    "nobody": "有一家还没有人绑定小科，没法请对方确认。换一家，或请对方先“开店”",
}
_NOT_CLAIMABLE = {
    "not_accepted": "验收以后才能申请补助。回“进度”看走到哪了",
    "nothing_paid": "没有自付的款，申请不了补助。有疑问回“人工”",
    "no_programme": "没有对得上的后补助，或已经截止。拿不准回“人工”，我请同事问园区",
}
_UNUSABLE = {
    "none": "您还没有可用的创新券。回“申请创新券”，或直接付款",
    "service": "您的券不适用这一单的服务、地区或金额。回“这单能不能报销”看别的办法",
    "no_purchase": "没有对得上的政府购买项目。回“这单能不能报销”看别的办法",
    "over": "这张券已经不能用了。回“创新券”看余额",
    "empty": "券里没有余额了。回“创新券”看余额",
    "not_paid_in": "有额度，但财政款还没拨到，暂时抵不了。先付款，或回“人工”问进度",
}


def explain(refusal: errors.MarketError, zone: ZoneInfo) -> str | None:
    """The sentence for a refusal of this sort; None for any other."""
    match refusal:
        case errors.PartnersRefused():
            return f"{refusal.demand_no} {_NOT_PARTNERS[refusal.why]}。"
        case errors.ClaimRefused():
            return f"{refusal.order_no} {_NOT_CLAIMABLE[refusal.why]}。"
        case errors.VoucherUnusable():
            return f"{refusal.order_no} 抵不了：{_UNUSABLE[refusal.why]}。"
        case errors.OverBudget():
            return (
                f"{refusal.voucher_no} 最多还能发 {yuan(refusal.most_fen)}（每家企业有上限），"
                f"没有录入。改好再回“发券 {refusal.voucher_no} 金额”。"
            )
        case errors.StandStill():
            return _stand_still(refusal, zone)
    return None


def _stand_still(refusal: errors.StandStill, zone: ZoneInfo) -> str:
    if refusal.objections:
        return (
            f"{refusal.order_no} 有 {refusal.objections} 条质疑还没答复，不能同意出资。"
            f"回“驳回质疑 {refusal.order_no} 理由”或“质疑成立 {refusal.order_no} 理由”。"
        )
    return (
        f"{refusal.order_no} 还在公示，{when(refusal.until, zone)} 之后才能同意出资。"
        "回“待办”看别的。"
    )
