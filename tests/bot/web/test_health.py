from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from bot.app import open_service, web_application
from bot.clock import SystemClock
from bot.settings import Database, Settings
from storage.engine import open_engine


async def test_ready_is_who_can_take_a_turn(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kebao.db'}"
    settings = Settings(database=Database(url))
    async with open_service(settings, SystemClock(), data=tmp_path) as service:
        running = {"dispatcher": True}
        service.loops["dispatcher"] = lambda: running["dispatcher"]
        async with TestClient(TestServer(web_application(service))) as client:

            async def readyz() -> tuple[int, str]:
                response = await client.get("/readyz")
                return response.status, await response.text()

            assert await readyz() == (200, "ready\n")

            running["dispatcher"] = False
            assert await readyz() == (503, "dispatcher: ended, restart kebao\n")

            running["dispatcher"] = True
            with open_engine(url).begin() as conn:
                conn.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
            status, why = await readyz()
            assert status == 503
            assert "migrations: the database is ahead" in why
