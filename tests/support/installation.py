"""A kebao as an operator has it: a folder with a configuration, its commands, its processes."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.simulator.cast import PROVIDER_GROUP, STAFF_GROUP
from bot.simulator.wechat import WeChatAccount
from tests.support.command_line import DATA, Result

ACCOUNT = WeChatAccount(
    app_id="wx7a6b5c4d3e2f1a0b",
    app_secret="the-secret-of-the-journeys",
    token="kebaojourneys",
    encoding_aes_key="kebaoJourneysKeyOfTheTestsOfWholeProcesses1",
)
ONEBOT_TOKEN = "line-of-the-journeys"
READY_WITHIN_S = 20.0
STOPPED_WITHIN_S = 15.0


@dataclass
class Process:
    """One `kebao run`. Everything it says is in `log`."""

    running: subprocess.Popen[bytes]
    port: int
    log_path: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self.log_path.read_text("utf-8", "replace")

    @property
    def is_alive(self) -> bool:
        return self.running.poll() is None

    async def ready(self) -> None:
        """Wait until it takes turns; fails with its log if it ends instead."""
        try:
            async with asyncio.timeout(READY_WITHIN_S), aiohttp.ClientSession() as http:
                while await self._status(http) != 200:
                    assert self.is_alive, f"kebao run ended:\n{self.log}"
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"kebao run does not get ready:\n{self.log}") from None

    async def _status(self, http: aiohttp.ClientSession) -> int:
        try:
            async with http.get(f"{self.url}/readyz") as response:
                return response.status
        except aiohttp.ClientError:
            return 0

    async def ended(self, within_s: float = STOPPED_WITHIN_S) -> int:
        """Wait for its end; the exit code. One that does not end says in its log where it was."""
        try:
            return await asyncio.to_thread(self.running.wait, within_s)
        except subprocess.TimeoutExpired:
            self.running.send_signal(signal.SIGABRT)
            await asyncio.to_thread(self.running.wait, within_s)
            raise AssertionError(f"kebao run does not end:\n{self.log}") from None

    async def stop(self) -> None:
        """Ask it to stop, as a service manager does; it must end well and without complaints."""
        self.running.terminate()
        assert await self.ended() == 0, self.log
        assert not self.complaints, f"kebao complains:\n{self.log}"

    @property
    def complaints(self) -> list[str]:
        """Errors in its log; that a stranger speaks no HTTP is logged by the server, and none."""
        errors = re.findall(r"^\S+ (?:ERROR|CRITICAL) .*$", self.log, re.M)
        return [one for one in errors if "aiohttp.server Error handling request from" not in one]

    async def kill(self) -> None:
        """As the kernel does when memory is out: no goodbye."""
        self.running.kill()
        assert await self.ended() == -signal.SIGKILL


@dataclass
class Installation:
    """A folder with a database. Several processes may share it, each on a port of its own."""

    folder: Path
    database_url: str
    wechat_api: str
    more: str = ""  # further sections of the configuration
    processes: list[Process] = field(default_factory=list)
    _files: int = 0

    def configuration(self, port: int) -> Path:
        path = self.folder / f"config-{port}.toml"
        path.write_text(
            f"""
[server]
port = {port}
public_url = "http://127.0.0.1:{port}"
[database]
url = "{self.database_url}"
[operator]
timezone = "{_zone_at_noon()}"
[wechat]
app_id = "{ACCOUNT.app_id}"
app_secret = "${{JOURNEY_APP_SECRET}}"
token = "${{JOURNEY_TOKEN}}"
encoding_aes_key = "${{JOURNEY_AES_KEY}}"
api_base_url = "{self.wechat_api}"
[onebot]
access_token = "${{JOURNEY_ONEBOT_TOKEN}}"
provider_groups = ["{PROVIDER_GROUP.id}"]
staff_groups = ["{STAFF_GROUP.id}"]
[matching]
semantic = "off"
{self.more}
""",
            "utf-8",
        )
        return path

    async def command(self, *arguments: str, port: int = 8080) -> Result:
        """Run one command to its end, while the platforms of the test go on."""
        configuration = self.configuration(port)
        return await asyncio.to_thread(self._command, (*arguments, "--config", str(configuration)))

    def _command(self, arguments: tuple[str, ...]) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=_environment({}),
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    async def prepare(self) -> None:
        """Tables and the sample providers; the service brings its catalogue itself."""
        for arguments in (["db", "upgrade"], ["providers", "import", str(DATA / "providers.tsv")]):
            done = await self.command(*arguments)
            assert done.code == 0, done.err

    async def audit(self) -> None:
        """The books, the numbers and the states agree with their history."""
        result = await self.command("audit")
        assert result.code == 0, result.out + result.err

    def launch(
        self, *, port: int = 0, environment: Mapping[str, str] | None = None, only: str = ""
    ) -> Process:
        """Start `kebao run` without waiting for it; `only` gives it a part of the work."""
        port = port or free_port()
        self._files += 1
        log_path = self.folder / f"run-{self._files}.log"
        with log_path.open("wb") as log:
            running = subprocess.Popen(
                [
                    *(sys.executable, "-m", "bot", "run"),
                    *("--config", str(self.configuration(port))),
                    *(("--only", only) if only else ()),
                ],
                cwd=self.folder,
                env=_environment(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        process = Process(running, port, log_path)
        self.processes.append(process)
        return process

    async def start(
        self, *, port: int = 0, environment: Mapping[str, str] | None = None, only: str = ""
    ) -> Process:
        process = self.launch(port=port, environment=environment, only=only)
        await process.ready()
        return process

    @property
    def logs(self) -> str:
        return "\n".join(process.log for process in self.processes)

    def end(self) -> None:
        for process in self.processes:
            if process.is_alive:
                process.running.kill()
            process.running.wait(STOPPED_WITHIN_S)


@asynccontextmanager
async def installed(
    folder: Path, database_url: str, wechat_api: str, more: str = ""
) -> AsyncIterator[Installation]:
    """An installation that is ready to run; whatever still runs at the end is killed."""
    installation = Installation(folder, database_url, wechat_api, more)
    await installation.prepare()
    try:
        yield installation
    finally:
        installation.end()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    secrets = {
        "JOURNEY_APP_SECRET": ACCOUNT.app_secret,
        "JOURNEY_TOKEN": ACCOUNT.token,
        "JOURNEY_AES_KEY": ACCOUNT.encoding_aes_key,
        "JOURNEY_ONEBOT_TOKEN": ONEBOT_TOKEN,
    }
    return {**os.environ, "PYTHONFAULTHANDLER": "1", **secrets, **more}


def _zone_at_noon() -> str:
    """A zone where it is about noon, so that no test depends on the hour at which it runs."""
    east = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"  # their signs are the other way round
