"""WeChat Pay behind the port: what its answers mean, and what is no answer."""

import gzip
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.gateways import (
    Found,
    GatewayError,
    Misconfigured,
    PaymentState,
    Refunded,
    Refused,
    Unreachable,
)
from bot.gateways import wechat as module
from bot.gateways.bill_files import MOST_BYTES, address_of, unpacked
from bot.gateways.wechat import WeChatPay
from market.arrivals import Arrival, RefundState
from tests.support.wechat_pay import FakeWeChatPay, account_at, fake_wechat_pay

pytestmark = pytest.mark.pay
NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
NO, LATER = "T20481-0123456789", NOW + timedelta(hours=2)


@pytest.fixture
async def platform() -> AsyncIterator[FakeWeChatPay]:
    async with fake_wechat_pay(lambda: NOW) as platform:
        yield platform


@pytest.fixture
async def gateway(platform: FakeWeChatPay) -> AsyncIterator[WeChatPay]:
    gateway = WeChatPay(account_at(platform.url), "https://kebao.example/pay/wechat/notify")
    await gateway.open()
    yield gateway
    await gateway.close()
    assert platform.unsigned == 0


async def ordered(gateway: WeChatPay, *, description: str = "科宝 O2048") -> str:
    return await gateway.open_code(NO, amount_fen=100, description=description, expires_at=LATER)


async def test_a_code_asked_for_twice_is_one_payment(
    gateway: WeChatPay, platform: FakeWeChatPay
) -> None:
    assert await ordered(gateway) == await ordered(gateway) == f"weixin://wxpay/bizpayurl?pr={NO}"

    assert list(platform.orders) == [NO]


async def test_words_of_the_operator_are_signed_as_they_travel(gateway: WeChatPay) -> None:
    """Whatever stands in them: the signature is over the raw body."""
    assert await ordered(gateway, description='“科宝”\\ \n é 😀 "quoted" ' * 9)


async def test_what_became_of_a_payment(gateway: WeChatPay, platform: FakeWeChatPay) -> None:
    assert await gateway.find(NO) == Found(PaymentState.GONE)
    await ordered(gateway)
    assert await gateway.find(NO) == Found(PaymentState.OPEN)

    platform.pays(NO)
    found = await gateway.find(NO)

    arrival = Arrival(platform.orders[NO].transaction_id, 100)
    assert found == Found(PaymentState.PAID, arrival)


async def test_closing_what_is_closed_or_unknown_is_fine(
    gateway: WeChatPay, platform: FakeWeChatPay
) -> None:
    await gateway.close_code(NO)
    await ordered(gateway)
    await gateway.close_code(NO)
    await gateway.close_code(NO)

    assert await gateway.find(NO) == Found(PaymentState.GONE)


async def test_closing_what_was_paid_is_refused(
    gateway: WeChatPay, platform: FakeWeChatPay
) -> None:
    await ordered(gateway)
    platform.pays(NO)

    with pytest.raises(Refused, match="ORDERPAID"):
        await gateway.close_code(NO)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("SUCCESS", RefundState.DONE),
        ("PROCESSING", RefundState.RUNNING),
        ("ABNORMAL", RefundState.ABNORMAL),
        ("CLOSED", RefundState.CLOSED),
    ],
)
async def test_how_far_a_refund_is(
    gateway: WeChatPay, platform: FakeWeChatPay, said: str, meant: RefundState
) -> None:
    await ordered(gateway)
    platform.pays(NO)
    platform.refund_state = said

    for _ in range(2):
        refunded = await gateway.refund(
            "T1-refund", trade_no=NO, amount_fen=60, total_fen=100, reason="O2048 退款"
        )
        assert refunded == Refunded(meant, 60)

    assert list(platform.refunds) == ["T1-refund"]


@pytest.mark.parametrize("state", ["FINISHED", "PROCESSING"])
async def test_what_is_left_is_released(
    gateway: WeChatPay, platform: FakeWeChatPay, state: str
) -> None:
    await ordered(gateway)
    platform.pays(NO)
    platform.release_state = state

    finished = await gateway.release(
        "T1-release", transaction_id=platform.orders[NO].transaction_id, reason="O2048 验收"
    )

    assert finished is (state == "FINISHED")


@pytest.mark.parametrize(
    ("status", "code", "meant"),
    [
        (500, "SYSTEM_ERROR", Unreachable),
        (502, "", Unreachable),
        (429, "FREQUENCY_LIMITED", Unreachable),
        (400, "SYSTEM_ERROR", Unreachable),
        (401, "SIGN_ERROR", Misconfigured),
        (403, "NO_AUTH", Misconfigured),
        (400, "APPID_MCHID_NOT_MATCH", Misconfigured),
        (403, "NOT_ENOUGH", Refused),
        (400, "PARAM_ERROR", Refused),
        (404, "", Refused),
    ],
)
async def test_what_an_error_calls_for(
    gateway: WeChatPay,
    platform: FakeWeChatPay,
    status: int,
    code: str,
    meant: type[GatewayError],
) -> None:
    platform.trouble = (status, code)

    with pytest.raises(meant) as caught:
        await ordered(gateway)

    assert code in caught.value.reason


async def test_silence_is_no_answer(
    gateway: WeChatPay, platform: FakeWeChatPay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_WITHIN_S", 0.05)
    monkeypatch.setattr(module, "ANSWER_WITHIN_S", 0.05)
    platform.late_s = 1

    with pytest.raises(Unreachable, match="no answer in time"):
        await ordered(gateway)


async def test_hanging_up_is_no_answer(gateway: WeChatPay, platform: FakeWeChatPay) -> None:
    platform.down = True

    with pytest.raises(Unreachable, match="cannot be reached"):
        await ordered(gateway)


async def test_an_answer_signed_by_somebody_else_is_no_answer(
    gateway: WeChatPay, platform: FakeWeChatPay
) -> None:
    platform.forges = True

    with pytest.raises(Unreachable, match="not signed by WeChat Pay"):
        await ordered(gateway)


async def test_an_answer_about_another_payment_is_no_answer(
    gateway: WeChatPay, platform: FakeWeChatPay
) -> None:
    await ordered(gateway)
    platform.orders[NO].request["out_trade_no"] = "T20482-9876543210"
    platform.orders[NO].state = "SUCCESS"

    with pytest.raises(Unreachable, match="about another payment"):
        await gateway.find(NO)


async def test_a_state_that_is_not_known_is_no_answer(
    gateway: WeChatPay, platform: FakeWeChatPay
) -> None:
    await ordered(gateway)
    platform.orders[NO].state = "PERHAPS"

    with pytest.raises(Unreachable, match="not known"):
        await gateway.find(NO)


def test_nothing_of_it_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, bot.app, bot.checks, bot.settings; "
        "sys.exit(bool({'wechatpayv3', 'segno'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_bill_is_fetched_from_the_gateway_we_know_and_believed_by_its_hash(
    gateway: WeChatPay, platform: FakeWeChatPay
) -> None:
    platform.bills["2026-11-17"] = b"whatever it holds"

    assert await gateway.trade_bill(date(2026, 11, 17)) == b"whatever it holds"
    assert await gateway.trade_bill(date(2026, 11, 16)) is None, "a day without any movement"

    platform.announces = lambda bill: bill + b"!"
    with pytest.raises(Unreachable, match="hash differs"):
        await gateway.trade_bill(date(2026, 11, 17))


async def test_a_bill_that_is_not_made_yet_is_asked_for_later(
    gateway: WeChatPay, platform: FakeWeChatPay
) -> None:
    platform.trouble = (400, "STATEMENT_CREATING")

    with pytest.raises(Unreachable):
        await gateway.trade_bill(date(2026, 11, 17))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x1f\x8b rubbish", "not readable gzip"),
        (gzip.compress(b"x" * 5_000)[:-20], "cut off"),
        (gzip.compress(bytes(MOST_BYTES + 1)), "unpacks to more than 64 MiB"),
    ],
    ids=["rubbish", "cut", "bomb"],
)
def test_a_packed_bill_is_unpacked_up_to_a_limit(content: bytes, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        unpacked(content)


@pytest.mark.parametrize("url", [None, 5, "", "https://evil.example/x", "file:///etc/passwd"])
def test_an_address_that_is_no_bills_is_refused(url: object) -> None:
    with pytest.raises(Unreachable, match="download_url"):
        address_of({"download_url": url})
