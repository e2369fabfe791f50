"""A bot on aiocqhttp that answers private messages; prints what it heard, a JSON line each."""

import json
import sys

from aiocqhttp import CQHttp, Event

port, token = int(sys.argv[1]), sys.argv[2]
bot = CQHttp(access_token=token)


def report(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stdout.flush()


async def connected(event: Event) -> None:
    report(kind="lifecycle", self_id=event.self_id)


async def answer(event: Event) -> None:
    login = await bot.get_login_info()
    sent = await bot.send(event, f"收到：{event.raw_message}")
    report(
        kind="private", user_id=event.user_id, message=list(event.message), login=login, sent=sent
    )


async def answer_group(event: Event) -> None:
    members = await bot.get_group_member_list(group_id=event.group_id)
    await bot.send(event, "✔ 收到", at_sender=True)
    report(kind="group", group_id=event.group_id, card=event.sender["card"], members=len(members))


bot.subscribe("meta_event.lifecycle", connected)
bot.subscribe("message.private", answer)
bot.subscribe("message.group", answer_group)

if __name__ == "__main__":
    bot.run(host="127.0.0.1", port=port)
