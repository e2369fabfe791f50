"""Trade bills as WeChat Pay writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from market.reconciliation import BUSINESS_ZONE
from tests.support.wechat_pay import APP_ID, MCH_ID, FakeWeChatPay

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


@dataclass(frozen=True)
class Trade:
    """One payment, or one refund if it has a `refund_no`."""

    number: str
    transaction_id: str
    fen: int
    at: str = "2026-11-18 10:02:03"
    refund_no: str = ""
    refund_state: str = "SUCCESS"
    title: str = "科宝服务中心 O2048"
    currency: str = "CNY"

    @property
    def text(self) -> str:
        sum_ = yuan(self.fen)
        pays = not self.refund_no
        fields = [
            self.at, APP_ID, MCH_ID, "0", "", self.transaction_id if pays else "42000",
            self.number, "oUser", "NATIVE", "SUCCESS" if pays else "REFUND", "OTHERS",
            self.currency, sum_ if pays else "0.00", "0.00",
            "0" if pays else self.transaction_id, "0" if pays else self.refund_no,
            "0.00" if pays else sum_, "0.00", "" if pays else "ORIGINAL",
            "" if pays else self.refund_state, self.title, "", "0.19200", "0.60%",
            sum_ if pays else "0.00", "0.00" if pays else sum_, "",
        ]  # fmt: skip
        return ",".join(f"`{field}" for field in fields)


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def trade_bill(trades: Sequence[Trade], *, bom: bool = True, end: str = "\r\n") -> bytes:
    paid = sum(trade.fen for trade in trades if not trade.refund_no)
    back = sum(trade.fen for trade in trades if trade.refund_no)
    sums = [str(len(trades)), yuan(paid), yuan(back), "0.00", "0.19200", yuan(paid), yuan(back)]
    lines = [HEADER, *(trade.text for trade in trades), SUMMARY, ",".join(f"`{s}" for s in sums)]
    return (("\ufeff" if bom else "") + end.join([*lines, ""])).encode()


def bill_of(platform: FakeWeChatPay, *left_out: str, more: Sequence[Trade] = ()) -> bytes:
    """The bill of everything that happened there so far, but of these trade numbers."""
    trades = [
        Trade(one.no, one.transaction_id, one.paid_fen, _local(one.paid_at), currency=one.currency)
        for one in platform.orders.values()
        if one.paid_at is not None and one.no not in left_out
    ]
    trades += [
        Trade(
            refund["out_trade_no"],
            f"50000{index:08}",
            refund["amount"]["refund"],
            _local(refund["at"]),
            no,
            refund["status"],
        )
        for index, (no, refund) in enumerate(platform.refunds.items(), start=1)
        if no not in left_out
    ]
    return trade_bill([*trades, *more])


def _local(at: datetime) -> str:
    return f"{at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M:%S}"
