"""Words on the few pages a chat links to."""

TITLE = "科宝 · 付款"
ORDER = "订单"
PAY = "确认付款"
SANDBOX = "演示付款页，不会动真钱。"
PAID = "<h1>✔ 已付款</h1><p>钱在托管里，回聊天看收据。</p>"
TOO_LATE = "<h1>不能付款了</h1><p>订单已关闭或已付过，回聊天问“进度”。</p>"
CODE = "微信支付付款码"
SCAN = "用微信“扫一扫”扫上面的码付款，付好回聊天看收据。"
NO_FILE = "文件不在了，请在聊天里回“人工”。"


def no_code(order_no: str) -> str:
    return f"<h1>码已失效</h1><p>回聊天发“付款 {order_no}”换一张。</p>"
