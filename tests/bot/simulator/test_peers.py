"""The simulator against software that others wrote: what they accept is a conformant stimulus."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.cast import BOT_ACCOUNT, CAST, CHENGONG, GROUPS, PROVIDER_GROUP, XIAOLIN
from bot.simulator.onebot import OneBotPlatform
from bot.simulator.wechat import WeChatPlatform
from bot.simulator.world import World
from tests.support.simulated import ACCOUNT, ONEBOT_TOKEN, HandClock

PEERS = Path(__file__).parent / "peers"
NPM_PATIENCE_S = 60


class Peer:
    """Somebody else's bot in a process of its own, with our OneBot line to it."""

    def __init__(self, world: World, platform: OneBotPlatform, lines: asyncio.StreamReader) -> None:
        self.world = world
        self.platform = platform
        self._lines = lines

    async def heard(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while line := await self._lines.readline():
                if not line.startswith(b'{"kind"'):
                    continue  # what the peer's server logs
                facts: dict[str, Any] = json.loads(line)
                if facts["kind"] == kind:
                    return facts
        raise AssertionError(f"the peer ended without hearing a {kind}")

    async def answered(self, chat: str) -> str:
        news = self.world.watch()
        try:
            async with asyncio.timeout(10):
                while not any(entry.sender == "bot" for entry in self.world.transcript(chat)):
                    await news.get()
        finally:
            self.world.unwatch(news)
        return self.world.transcript(chat)[-1].text


@asynccontextmanager
async def _peer(script: str, path: str) -> AsyncIterator[Peer]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PEERS / script),
        str(port),
        ONEBOT_TOKEN,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    world = World(HandClock(), CAST, GROUPS)
    platform = OneBotPlatform(
        url=f"ws://127.0.0.1:{port}{path}",
        base_url=f"http://127.0.0.1:{port}",
        access_token=ONEBOT_TOKEN,
        world=world,
        wait_for_line_s=20,
    )
    await platform.start()
    try:
        yield Peer(world, platform, process.stdout)
    finally:
        await platform.stop()
        process.kill()
        await process.communicate()


@pytest.mark.parametrize(
    ("script", "path"),
    [("with_aiocqhttp.py", "/ws"), ("with_nonebot.py", "/onebot/v11/ws")],
)
async def test_other_bots_understand_our_events_and_get_their_calls_answered(
    script: str, path: str
) -> None:
    async with _peer(script, path) as peer:
        assert (await peer.heard("lifecycle"))["self_id"] == int(BOT_ACCOUNT)

        seat = peer.world.seat(CHENGONG.account)
        text = "1024 三万二, [官费]包了"
        await peer.platform.say(seat, text, message_id="70000001", quote=None)
        private = await peer.heard("private")
        seat = peer.world.seat(CHENGONG.account, PROVIDER_GROUP.id)
        await peer.platform.say(seat, "987 还要吗", message_id="70000002", quote=None)
        group = await peer.heard("group")

        assert private["user_id"] == int(CHENGONG.account)
        assert private["message"] == [{"type": "text", "data": {"text": text}}]
        assert private["login"] == {"user_id": int(BOT_ACCOUNT), "nickname": "小科"}
        assert isinstance(private["sent"]["message_id"], int)
        assert (await peer.answered(CHENGONG.account)).startswith("收到：1024 三万二, ")
        assert (group["card"], group["members"]) == ("陈工-桂知源知", 4)
        answer = await peer.answered(f"group:{PROVIDER_GROUP.id}")
        assert answer.startswith("@陈工")
        assert answer.endswith("✔ 收到")


@pytest.fixture(name="node_modules", scope="session")
def installed_node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference cipher of the platform's own SDK, installed where nothing else is."""
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        pytest.skip("Node.js and npm are not installed")
    home = tmp_path_factory.mktemp("npm")
    install = [npm, "install", "--prefix", str(home), "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(
            [*install, "@wecom/crypto@1.0.1", "wechat-crypto@0.0.2"],
            capture_output=True,
            text=True,
            timeout=NPM_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"the npm registry did not answer within {NPM_PATIENCE_S} s")
    if done.returncode:
        pytest.skip("npm could not install the reference: " + (done.stderr or "?").splitlines()[-1])
    return home / "node_modules"


# Both check the signature, then print the text and the account it was made for.
OPEN_WITH = {
    "@wecom/crypto": """
        const { getSignature, decrypt } = require("@wecom/crypto");
        const [token, key, appId, timestamp, nonce, signature, sealed] = process.argv.slice(1);
        const expected = getSignature(token, timestamp, nonce, sealed);
        if (expected !== signature) throw new Error("signature");
        const { message, id } = decrypt(key, sealed);
        console.log(JSON.stringify({ message, id }));
    """,
    "wechat-crypto": """
        const Crypto = require("wechat-crypto");
        const [token, key, appId, timestamp, nonce, signature, sealed] = process.argv.slice(1);
        const crypto = new Crypto(token, key, appId);
        const expected = crypto.getSignature(timestamp, nonce, sealed);
        if (expected !== signature) throw new Error("signature");
        console.log(JSON.stringify(crypto.decrypt(sealed)));
    """,
}


@pytest.mark.node
@pytest.mark.parametrize("package", OPEN_WITH)
def test_a_foreign_cipher_opens_our_encrypted_push(package: str, node_modules: Path) -> None:
    platform = WeChatPlatform(
        callback_url="",
        base_url="",
        account=ACCOUNT,
        world=World(HandClock(), CAST, GROUPS),
    )
    text = "我们想搞个高新，预算3万 😀 ]]>" * 9
    query, body = platform.envelop(
        {"FromUserName": XIAOLIN.account, "ToUserName": "gh", "Content": text}
    )
    sealed = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]

    arguments = [ACCOUNT.token, ACCOUNT.encoding_aes_key, ACCOUNT.app_id]
    arguments += [query["timestamp"], query["nonce"], query["msg_signature"], sealed]
    done = subprocess.run(
        ["node", "-e", OPEN_WITH[package], *arguments],
        cwd=node_modules.parent,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    opened = json.loads(done.stdout)
    assert opened["id"] == ACCOUNT.app_id
    assert opened["message"].count("我们想搞个高新，预算3万 😀") == 9
