"""Checks of [pay.wechat]: what is wrong with it before the first client pays."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.extras import INSTALL_PAY, lacks_pay
from bot.findings import Finding, Verdict
from bot.gateways import GatewayError, Misconfigured
from bot.gateways.account import API_BASE_URL, WeChatPayAccount
from bot.gateways.wechat import WeChatPay
from bot.settings import Settings, is_loopback

NEVER_ORDERED = "kebao-check"  # a trade number that no payment of ours has
HINT = "see mch_id, serial_no, private_key_file, public_key_id and public_key_file in [pay.wechat]"


def check_merchant(settings: Settings) -> Iterator[Finding]:
    """What can be seen without asking anybody."""
    name, account = "configuration", settings.pay.wechat
    assert account is not None, "there is something to look at"
    if settings.pay.gateway != "wechat":
        message = f'[pay.wechat] takes no payments while [pay] gateway is "{settings.pay.gateway}"'
        yield Finding(name, Verdict.HINT, message, 'set it to "wechat", unless it only refunds')
    if missing := lacks_pay():
        message = f"WeChat Pay needs packages that are not installed: {', '.join(missing)}"
        yield Finding("pay", Verdict.WRONG, message, f"run: {INSTALL_PAY}")
    for key, url in (
        ("[server] public_url", settings.server.public_url),
        ("[pay.wechat] api_base_url", account.api_base_url),
    ):
        parts = urlsplit(url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            message = f"{key} is not encrypted: WeChat Pay takes https only"
            yield Finding(name, Verdict.WRONG, message, "use https://")
    if account.api_base_url != API_BASE_URL:
        message = f"[pay.wechat] api_base_url is not WeChat Pay's own, {API_BASE_URL}"
        yield Finding(name, Verdict.HINT, message, "take it out, unless this is a test")


async def ask_merchant(account: WeChatPayAccount) -> list[Finding]:
    """Whether WeChat Pay accepts our key: asked about a payment that never was."""
    if lacks_pay():
        return []  # the configuration's finding has said so
    gateway = WeChatPay(account, notify_url="")
    await gateway.open()
    try:
        await gateway.find(NEVER_ORDERED)
    except Misconfigured as wrong:
        return [Finding("pay", Verdict.WRONG, f"WeChat Pay refuses us: {wrong.reason}", HINT)]
    except GatewayError as error:
        return [Finding("pay", Verdict.WRONG, f"WeChat Pay: {error.reason}", HINT)]
    finally:
        await gateway.close()
    # Its own key is put to the test by the first answer that is signed: an order's.
    return [Finding("pay", Verdict.FINE, "WeChat Pay accepts the merchant's key")]
