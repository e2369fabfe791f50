"""The simulator's own HTTP: what scripts and the page rely on."""

import asyncio
import io
import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.simulator.cast import (
    CAST,
    CHENGONG,
    PROVIDER_GROUP,
    STAFF_GROUP,
    XIAOHUANG,
    XIAOLIN,
    ZHOUJINGLI,
)
from tests.support.simulated import Demo

LIN = XIAOLIN.account


async def test_every_seat_is_listed_with_its_place(demo: Demo) -> None:
    async with demo.http.get(f"{demo.url}/sim/api/accounts") as response:
        seats = {seat["account"]: seat for seat in await response.json()}

    assert len(seats) == len(CAST) + len(PROVIDER_GROUP.members) + len(STAFF_GROUP.members)
    assert (seats[LIN]["role"], seats[LIN]["channel"], seats[LIN]["room"]) == (
        "buyer",
        "wechat",
        None,
    )
    in_group = seats[f"{CHENGONG.account}@{PROVIDER_GROUP.id}"]
    assert (in_group["name"], in_group["room"]) == ("陈工", PROVIDER_GROUP.id)
    assert in_group["company"] == CHENGONG.provider


@pytest.mark.parametrize("account", ["chengong@providers", "陈工@科宝服务商群", CHENGONG.account])
async def test_people_and_groups_answer_to_their_names(demo: Demo, account: str) -> None:
    room = None if "@" in account else "providers"

    await demo.say(account, "987 还要吗", room=room)

    assert demo.texts(f"group:{PROVIDER_GROUP.id}") == [(CHENGONG.account, "987 还要吗")]


async def test_a_transcript_is_read_on_from_where_it_was_left(demo: Demo) -> None:
    await demo.say(LIN, "在吗")
    first = await _transcript(demo, LIN)
    await demo.say(LIN, "还在吗")

    rest = await _transcript(demo, LIN, after=first["last"])

    assert [entry["text"] for entry in first["entries"]] == ["在吗", "收到：在吗"]
    assert [entry["text"] for entry in rest["entries"]] == ["还在吗", "收到：还在吗"]
    assert set(first["entries"][1]) >= {"id", "at", "from", "text", "choices", "media", "kind"}
    assert (await _transcript(demo, LIN, after=rest["last"])) == {
        "entries": [],
        "last": rest["last"],
    }


async def test_members_of_a_group_read_the_same_and_others_read_nothing(demo: Demo) -> None:
    await demo.say(f"{CHENGONG.account}@{PROVIDER_GROUP.id}", "987 还要吗")

    other = await _transcript(demo, f"{ZHOUJINGLI.account}@{PROVIDER_GROUP.id}")
    private = await _transcript(demo, ZHOUJINGLI.account)

    assert [entry["text"] for entry in other["entries"]] == ["987 还要吗"]
    assert private["entries"] == []


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        ("say", {"account": "nobody", "text": "x"}, 404),
        ("say", {"account": f"{LIN}@{STAFF_GROUP.id}", "text": "x"}, 404),
        ("say", {"account": XIAOHUANG.account, "room": PROVIDER_GROUP.id, "text": "x"}, 404),
        ("say", {"account": LIN, "text": "  "}, 400),
        ("say", {"account": LIN, "text": 7}, 400),
        ("say", {"account": LIN, "text": "长" * 4001}, 400),
        ("say", {"account": LIN, "text": "x", "quote": 1}, 400),
        ("event", {"account": LIN, "event": "dance"}, 400),
        ("event", {"account": CHENGONG.account, "event": "click"}, 400),
        ("clock", {"advance_s": 0}, 400),
        ("clock", {"advance_s": -3600}, 400),
        ("clock", {"advance_s": "1"}, 400),
        ("clock", {"advance_s": True}, 400),
        ("trouble", {"earthquake": True}, 400),
        ("trouble", {"busy": 1}, 400),
        ("trouble", {"late_s": -1}, 400),
    ],
)
async def test_calls_that_make_no_sense_are_refused(
    demo: Demo, call: str, body: dict[str, object], status: int
) -> None:
    assert await demo.refused(call, **body) == status


async def test_only_json_and_only_our_own_page_is_served(demo: Demo) -> None:
    say = f"{demo.url}/sim/api/say"
    async with demo.http.post(say, data='{"account":"x"}') as response:
        assert response.status == 400
    foreign = {"Sec-Fetch-Site": "cross-site"}
    async with demo.http.post(say, json={"account": LIN, "text": "x"}, headers=foreign) as response:
        assert response.status == 403


async def test_the_clock_is_moved_by_seconds(demo: Demo) -> None:
    before = demo.clock.now()

    await demo.post("clock", advance_s=86_400)

    assert demo.clock.now() - before == timedelta(days=1)


async def test_the_state_tells_windows_troubles_and_the_line(demo: Demo) -> None:
    await demo.say(LIN, "在吗")
    await demo.until(lambda: demo.simulator.world.connected)
    await demo.post("trouble", late_s=2)

    async with demo.http.get(f"{demo.url}/sim/api/state") as response:
        state = await response.json()

    assert state["connected"] is True
    assert state["troubles"]["late_s"] == 2
    (window,) = state["windows"][LIN]["open"]
    assert (window["remaining"], window["total"]) == (5, 5)


async def test_a_file_larger_than_a_message_travels_in_a_form(demo: Demo) -> None:
    content = bytes(range(256)) * 8192  # 2 MiB
    form = aiohttp.FormData(quote_fields=False)  # names as browsers write them
    form.add_field(
        "file", io.BytesIO(content), filename="申报书.pdf", content_type="application/pdf"
    )
    form.add_field("account", CHENGONG.account)

    async with demo.http.post(f"{demo.url}/sim/api/file", data=form) as response:
        assert response.status == 200

    (entry,) = (await _transcript(demo, CHENGONG.account))["entries"]
    assert (entry["kind"], entry["media"][0]["name"]) == ("file", "申报书.pdf")
    async with demo.http.get(demo.url + entry["media"][0]["url"]) as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert await response.read() == content


async def test_a_file_beyond_ten_mebibytes_is_refused(demo: Demo) -> None:
    form = aiohttp.FormData()
    form.add_field("account", LIN)
    form.add_field("file", io.BytesIO(bytes((10 << 20) + 1)), filename="x.bin")

    async with demo.http.post(f"{demo.url}/sim/api/file", data=form) as response:
        assert response.status == 413


async def test_a_page_that_people_sent_is_not_shown_as_a_page(demo: Demo) -> None:
    form = aiohttp.FormData()
    form.add_field("account", LIN)
    form.add_field("file", b"<script>", filename="x.svg", content_type="image/svg+xml")
    async with demo.http.post(f"{demo.url}/sim/api/file", data=form) as response:
        assert response.status == 200

    (blob,) = demo.simulator.world.transcript(LIN)[0].media
    async with demo.http.get(demo.url + blob.path) as response:
        assert response.content_type == "application/octet-stream"


@pytest.mark.parametrize("name", ["..%2fweb.py", "%2e%2e%2fcast.py", "nothing.js", "index.html"])
async def test_only_the_pages_own_files_are_served(demo: Demo, name: str) -> None:
    url = URL(f"{demo.url}/sim/static/{name}", encoded=True)
    async with demo.http.get(url) as response:
        assert response.status == 404


async def test_what_happens_is_streamed_and_the_stream_ends_with_the_simulator(
    demo: Demo,
) -> None:
    async with asyncio.timeout(5), demo.http.get(f"{demo.url}/sim/api/events") as stream:
        assert (await _next(stream))[0] == "state"
        await demo.say(LIN, "在吗")
        seen: list[object] = []
        while len(seen) < 2:
            event, data = await _next(stream)
            if event == "entry":
                seen.append(data["text"])
        demo.simulator.world.dismiss()
        await stream.content.read()

    assert seen == ["在吗", "收到：在吗"]


async def _next(stream: aiohttp.ClientResponse) -> tuple[str, dict[str, Any]]:
    block = await stream.content.readuntil(b"\n\n")
    event, data = block.decode().strip().split("\n", 1)
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def _transcript(demo: Demo, account: str, **query: object) -> dict[str, Any]:
    params = {"account": account} | {name: str(value) for name, value in query.items()}
    async with demo.http.get(f"{demo.url}/sim/api/transcript", params=params) as response:
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer
