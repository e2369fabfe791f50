"""A bot on nonebot2 that answers private messages; prints what it heard, a JSON line each."""

import json
import sys

import nonebot
from nonebot.adapters.onebot.v11 import (
    Adapter,
    Bot,
    GroupMessageEvent,
    LifecycleMetaEvent,
    PrivateMessageEvent,
)

port, token = int(sys.argv[1]), sys.argv[2]
nonebot.init(
    driver="~fastapi",
    host="127.0.0.1",
    port=port,
    onebot_access_token=token,
    log_level="ERROR",
    fastapi_reload=False,
)
nonebot.get_driver().register_adapter(Adapter)


def report(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@nonebot.on_type(LifecycleMetaEvent).handle()
async def connected(event: LifecycleMetaEvent) -> None:
    report(kind="lifecycle", self_id=event.self_id)


@nonebot.on_type(PrivateMessageEvent).handle()
async def answer(bot: Bot, event: PrivateMessageEvent) -> None:
    login = await bot.get_login_info()
    sent = await bot.send(event, f"收到：{event.get_plaintext()}")
    message = [{"type": segment.type, "data": segment.data} for segment in event.message]
    report(kind="private", user_id=event.user_id, message=message, login=login, sent=sent)


@nonebot.on_type(GroupMessageEvent).handle()
async def answer_group(bot: Bot, event: GroupMessageEvent) -> None:
    members = await bot.get_group_member_list(group_id=event.group_id)
    await bot.send(event, "✔ 收到", at_sender=True)
    report(kind="group", group_id=event.group_id, card=event.sender.card, members=len(members))


if __name__ == "__main__":
    nonebot.run()
