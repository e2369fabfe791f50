"""Who somebody is: one-time codes, and one person with several accounts."""

from datetime import timedelta

from market.parties import StaffRole
from storage.parties import Invitation
from storage.unit_of_work import UnitOfWork
from tests.support.chat import Chat


async def invite_staff(chat: Chat, name: str, code: str) -> None:
    def work(uow: UnitOfWork) -> None:
        invitation = Invitation(name, StaffRole.SERVICE_CENTER, None)
        uow.parties.invite(code, invitation, chat.clock.now() + timedelta(hours=24))

    await chat.runner.run(work)


async def test_a_code_works_once_and_for_a_day(chat: Chat) -> None:
    first, second = chat.buyer("小黄"), chat.buyer("路人")
    await invite_staff(chat, "小黄", "CODE0001")
    await invite_staff(chat, "小王", "CODE0002")

    await first.says("绑定 code0001")
    first.sees("绑定好了")
    await second.says("绑定 CODE0001")
    second.sees("没对上", "24 小时")
    chat.clock.advance(timedelta(hours=25))
    await second.says("绑定 CODE0002")
    second.sees("没对上")


async def test_a_second_account_of_a_colleague_is_not_a_second_key(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    phone, desk = chat.buyer("手机上的小黄"), chat.buyer("电脑上的小黄")
    await invite_staff(chat, "小黄", "CODE0001")
    await invite_staff(chat, "小黄", "CODE0002")
    await phone.says("绑定 CODE0001")
    await desk.says("绑定 CODE0002")
    await chat.awarded_order(buyer, provider)

    await phone.says("收款 O2048 32000")
    phone.sees("还没有入账")
    await desk.says("确认收款 O2048")

    desk.sees("第二位同事")
    chat.everybody_has_read()
