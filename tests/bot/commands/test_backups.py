"""Backups of the embedded database, and putting them back."""

import sqlite3
from pathlib import Path

from bot.lockfile import lock_database
from tests.support.command_line import DATA, Kebao


def test_a_backup_can_be_restored(stocked: Kebao) -> None:
    backup = stocked("backup", "b.db", "--json")
    assert backup.code == 0
    assert backup.rows[0]["bytes"] == Path("b.db").stat().st_size
    one = "\n".join((DATA / "catalog.tsv").read_text("utf-8").splitlines()[:2])
    Path("one.tsv").write_text(one, "utf-8")
    stocked("catalog", "import", "one.tsv")

    restored = stocked("restore", "b.db", "--json")

    assert restored.code == 0
    assert stocked("catalog", "export", "c.tsv", "--json").rows[0]["exported"] == 63
    kept = Path(restored.rows[0]["kept"])
    with sqlite3.connect(kept) as conn:
        assert conn.execute("SELECT count(*) FROM services").fetchone() == (1,)
    conn.close()
    assert [one.name for one in Path().glob(".*")] == []


def test_a_backup_is_taken_while_somebody_writes(stocked: Kebao) -> None:
    writer = sqlite3.connect("kebao.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM providers")

    result = stocked("backup", "b.db")
    writer.execute("COMMIT")
    writer.close()

    assert result.code == 0
    with sqlite3.connect("b.db") as conn:
        assert conn.execute("SELECT count(*) FROM providers").fetchone() > (0,)
    conn.close()


def test_nothing_is_restored_under_a_running_service(stocked: Kebao) -> None:
    stocked("backup", "b.db")
    with lock_database(Path("kebao.db")):
        result = stocked("restore", "b.db")

    assert result.code == 1
    assert "another kebao" in result.err


def test_backups_are_not_overwritten_and_strangers_not_restored(stocked: Kebao) -> None:
    Path("b.db").write_text("mine")

    assert stocked("backup", "b.db").code == 2
    assert Path("b.db").read_text() == "mine"
    stranger = stocked("restore", "b.db")
    assert stranger.code == 1
    assert "b.db is not a readable database" in stranger.err
    sqlite3.connect("empty.db").close()
    Path("empty.db").touch()
    assert "is not a database of kebao" in stocked("restore", "empty.db").err
    assert stocked("restore", "none.db").code == 2


def test_backups_of_a_server_are_the_servers_own(kebao: Kebao) -> None:
    Path("config.toml").write_text('[database]\nurl = "postgresql+psycopg://a@127.0.0.1:1/b"\n')

    for command in ("backup", "restore"):
        result = kebao(command, "b.db")
        assert result.code == 1
        assert "use pg_dump and pg_restore" in result.err
