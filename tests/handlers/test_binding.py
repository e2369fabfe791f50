"""Who somebody is: one-time codes, and one person with several accounts."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from handlers.actions.parties import bind
from handlers.message import Inbound, Kind
from market.parties import Sender, StaffRole
from storage.conversations import Line
from storage.parties import Invitation
from storage.unit_of_work import UnitOfWork
from tests.support.chat import START, Chat
from tests.support.databases import Database


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


@pytest.mark.postgres
def test_two_codes_of_a_colleague_used_at_once_are_one_person(postgres: Database) -> None:
    with postgres.engine.begin() as conn:
        for code in ("CODE1", "CODE2"):
            invitation = Invitation("小黄", StaffRole.SERVICE_CENTER, None)
            UnitOfWork(conn).parties.invite(code, invitation, START + timedelta(hours=24))

    def use(code: str, conn: Connection) -> None:
        uow = UnitOfWork(conn)
        person_id = uow.parties.add_person("", START)
        uow.conversations.start(Line("wechat", code, person_id, "", True, None, 0, None, 0, START))
        said = Inbound("wechat", code, code, Kind.TEXT, START)
        bind(uow, code, Sender(person_id, ""), said, START)

    def use_second() -> None:
        with postgres.engine.begin() as conn:
            use("CODE2", conn)

    with ThreadPoolExecutor(1) as pool:
        with postgres.engine.begin() as conn:
            use("CODE1", conn)
            second = pool.submit(use_second)
            wait([second], timeout=0.3)  # it comes before the first has ended
        second.result(timeout=10)

    with postgres.engine.begin() as conn:
        uow = UnitOfWork(conn)
        (colleague,) = uow.parties.staff_ids()
        assert len(uow.conversations.lines_of(colleague)) == 2
