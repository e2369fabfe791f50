"""Public programmes in a chat: registered, paid in, and vouchers of them granted."""

from datetime import date
from functools import partial

from handlers.actions.vouchers import put_programme
from market.programmes import Programme, ProgrammeKind
from tests.support.chat import Chat, Person

FIRM, FIRM_CODE = "柳州华成自控有限公司", "91450200MA5N000008"
VOUCHERS = Programme(
    code="LZ-CXQ",
    kind=ProgrammeKind.VOUCHER,
    name="柳州市科技创新券",
    budget_fen=50_000_000,
    per_firm_fen=1_500_000,
    share_bp=5_000,
    ends_on=date(2026, 12, 20),
    services=("06.04",),
    regions=("柳州",),
    basis="柳科规〔2026〕3 号",
    link="https://kjj.example/cxq",
)
SUBSIDY = Programme(
    code="GX-GQ",
    kind=ProgrammeKind.SUBSIDY,
    name="高企认定后补助",
    budget_fen=0,
    per_firm_fen=900_000,
    share_bp=10_000,
    ends_on=date(2027, 3, 31),
    basis="桂科高字〔2026〕8 号",
    link="https://kjt.example/gq",
)
PURCHASE = Programme(
    code="ZF-2026",
    kind=ProgrammeKind.PURCHASE,
    name="高新区服务采购",
    budget_fen=20_000_000,
    per_firm_fen=10_000_000,
    share_bp=10_000,
    ends_on=date(2026, 12, 31),
)


async def register(chat: Chat, *programmes: Programme) -> None:
    for programme in programmes:
        await chat.runner.run(partial(put_programme, programme=programme, now=chat.clock.now()))


async def paid_in(chat: Chat, staff: tuple[Person, Person], code: str, yuan: int) -> None:
    await staff[0].says(f"拨款 {code} {yuan}")
    await staff[1].says(f"确认拨款 {code}")
    chat.everybody_has_read()
    chat.staff_group.ignores_the_rest()


async def granted(chat: Chat, buyer: Person, staff: tuple[Person, Person], yuan: int) -> str:
    """A voucher of `VOUCHERS` for `FIRM`; returns its number."""
    await buyer.says("申请创新券")
    await buyer.says(f"{FIRM} {FIRM_CODE}")
    await buyer.says("确认")
    number = buyer.unread[-1].text.split()[0]
    assert number.startswith("Q"), chat.story("a voucher has a number")
    await staff[0].says(f"发券 {number} {yuan}")
    await staff[1].says(f"确认发券 {number}")
    chat.everybody_has_read()
    chat.staff_group.ignores_the_rest()
    return number
