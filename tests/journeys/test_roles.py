"""One service as several processes, each with a part of the work."""

import pytest

from bot.simulator.cast import CHENGONG, XIAOHUANG, XIAOLIN
from tests.support.installation import Installation
from tests.support.stage import Stage


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_whoever_is_connected_to_a_web_process_is_spoken_to_from_there(
    installation: Installation, stage: Stage
) -> None:
    web = await installation.start(only="web")
    installation.launch(only="dispatch")
    installation.launch(only="schedule")
    await stage.connect(web)
    buyer, chen, reviewer = (stage.person(who) for who in (XIAOLIN, CHENGONG, XIAOHUANG))
    for person in (chen, reviewer):  # each is answered on QQ
        await stage.bind(person, installation)

    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.sees("1 发布")
    await buyer.says("确认")
    await buyer.sees("D1024")
    await stage.staff_group.sees("D1024")
    await reviewer.says("审 D1024 通过")
    await reviewer.sees("D1024")

    await stage.provider_group.sees("D1024", "柳州")
    await buyer.sees("D1024", "发布")  # on WeChat, by whichever process sends there
    await stage.nothing_more_is_said()
