"""What operators get wrong: an exit code, and words that name the key, the row or the command."""

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command_line import DATA, Result
from tests.support.databases import Database
from tests.support.installation import free_port

LINE = '[onebot]\naccess_token = "a-token-of-these-tests"\n'
WECHAT = '[wechat]\napp_id = "wx1"\napp_secret = "secret"\ntoken = "token"\n'


def kebao(folder: Path, configuration: str, *arguments: str) -> Result:
    """Run a command in a process of its own, in a folder with this configuration."""
    (folder / "config.toml").write_text(configuration, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        timeout=60,
        check=False,
    )
    result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in result.err, result.err
    return result


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        (f"[server]\nprot = 80\n{LINE}", ("[server] prot", "port")),
        (f"[sever]\nport = 80\n{LINE}", ("[sever]", "[server]")),
        (f'[server]\nport = "eighty"\n{LINE}', ("[server] port",)),
        (f"port = 80\n{LINE}", ("port", "[server]")),
        ('[onebot]\naccess_token = "${NOT_SET_ANYWHERE}"\n', ("NOT_SET_ANYWHERE",)),
        ('[server]\nhost = "0.0.0.0"\n[onebot]\n', ("[onebot] access_token", "0.0.0.0")),
        (f'{WECHAT}mode = "plain"\n[pay]\ngateway = "offline"\n', ("[wechat] mode", "safe")),
        (WECHAT, ("[wechat] encoding_aes_key",)),
        ('[database]\nurl = "mysql://root:hunter2@db/kebao"\n', ("[database] url",)),
        (f"[market]\ncommission_bp = 20000\n{LINE}", ("[market] commission_bp",)),
        ("[server]\nport = 8080\n", ("[wechat]", "[onebot]", "kebao demo")),
        ("[server\n", ("config.toml is not TOML",)),
    ],
    ids=lambda value: value.splitlines()[0][:24] if isinstance(value, str) else "",
)
def test_a_wrong_configuration_is_named_by_its_key(
    configuration: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    result = kebao(tmp_path, configuration, "run")

    assert result.code == 2
    assert all(word in result.err for word in words), result.err
    assert "hunter2" not in result.err
    assert not (tmp_path / "kebao.db").exists()


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        result = kebao(tmp_path, f"[server]\nport = {port}\n{LINE}", "run")

    assert result.code == 1
    assert str(port) in result.err
    assert "address already in use" in result.err


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    assert kebao(tmp_path, LINE, "db", "upgrade").code == 0
    with closing(sqlite3.connect(tmp_path / "kebao.db")) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")

    result = kebao(tmp_path, LINE, "run")

    assert result.code == 1
    assert "made by a newer kebao" in result.err


def test_an_older_database_names_the_command_that_mends_it(tmp_path: Path) -> None:
    assert kebao(tmp_path, LINE, "db", "upgrade").code == 0
    with closing(sqlite3.connect(tmp_path / "kebao.db")) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '0001'")

    result = kebao(tmp_path, LINE, "run")

    assert result.code == 1
    assert "kebao db upgrade" in result.err


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    if os.access(locked, os.W_OK):  # root writes anywhere but there
        locked = Path("/proc")
    try:
        for command in (["run"], ["db", "upgrade"]):
            result = kebao(
                tmp_path, f'[database]\nurl = "sqlite:///{locked}/kebao.db"\n{LINE}', *command
            )

            assert result.code == 1, result.err
            assert str(locked) in result.err
    finally:
        (tmp_path / "locked").chmod(0o700)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "kebao.db").write_bytes(b"holiday pictures " * 1_000)

    result = kebao(tmp_path, LINE, "run")

    assert result.code == 1
    assert "kebao.db" in result.err


def test_a_server_that_does_not_answer_is_explained_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://kebao:hunter2@127.0.0.1:{free_port()}/kebao"

    for command in (["run"], ["audit"], ["db", "upgrade"]):
        result = kebao(tmp_path, f'[database]\nurl = "{url}"\n{LINE}', *command)

        assert result.code == 1, result.err
        assert "127.0.0.1" in result.err
        assert "hunter2" not in result.err


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_named(postgres: Database, tmp_path: Path) -> None:
    url = postgres.url.rpartition("/")[0] + "/no_such_database"

    result = kebao(tmp_path, f'[database]\nurl = "{url}"\n{LINE}', "run")

    assert result.code == 1
    assert "no_such_database" in result.err


def test_every_bad_row_of_a_catalogue_is_listed_and_nothing_is_imported(tmp_path: Path) -> None:
    assert kebao(tmp_path, LINE, "db", "upgrade").code == 0
    header, *rows = (DATA / "catalog.tsv").read_text("utf-8").splitlines()
    rows[1] = rows[1].replace(rows[1].split("\t")[0], "1.1", 1)
    rows[6] = rows[5]
    rows[9] = rows[9].rpartition("\t")[0].split("\t")[0]
    (tmp_path / "bad.tsv").write_text("\n".join([header, *rows]), "utf-8")

    result = kebao(tmp_path, LINE, "catalog", "import", "bad.tsv")

    assert result.code == 1
    for row in (3, 8, 11):
        assert f"bad.tsv: row {row}, " in result.out, result.out
    assert "nothing imported" in result.err
    exported = kebao(tmp_path, LINE, "catalog", "export", "now.tsv", "--json")
    assert exported.rows[0]["exported"] == 0
