"""The command line as operators and their scripts use it."""

import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import cli, settings
from bot.benchmarks import BENCHMARKS, callback, stopwatch
from bot.files import read_catalog, read_providers
from bot.lockfile import lock_database

DATA = Path(__file__).parents[2] / "bot/data"
COMMANDS = (
    "demo", "run", "init", "check", "db", "catalog", "providers", "staff", "match", "parse",
    "audit", "bench", "backup", "restore",
)  # fmt: skip
HEAVY = [
    "sqlalchemy",
    "opencc",
    "openpyxl",
    "aiohttp",
    "wechatpy",
    "alembic",
    "rapidfuzz",
    "asyncio",
]


@dataclass(frozen=True, slots=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Kebao = Callable[..., Result]


@pytest.fixture
def kebao(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Kebao]:
    """Runs a command in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            code = cli.main(arguments)
        except SystemExit as end:  # argparse's own way out
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def installed(kebao: Kebao) -> Kebao:
    """The same, with a configuration and an empty database."""
    assert kebao("init").code == 0
    assert kebao("db", "upgrade").code == 0
    return kebao


@pytest.fixture
def stocked(installed: Kebao) -> Kebao:
    """The same, with the shipped catalogue and providers."""
    assert installed("catalog", "import", str(DATA / "catalog.tsv")).code == 0
    assert installed("providers", "import", str(DATA / "providers.tsv")).code == 0
    return installed


def in_a_process(*arguments: str, cwd: Path, stdin: str = "") -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=cwd,
        input=stdin.encode(),
        capture_output=True,
        check=False,
        timeout=60,
        # A plain C locale, as under cron: what we write is UTF-8 all the same.
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""},
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_help_names_every_command(kebao: Kebao) -> None:
    result = kebao("--help")

    assert result.code == 0
    for command in COMMANDS:
        assert f"\n    {command} " in result.out


def test_help_imports_nothing_heavy() -> None:
    program = f"import sys, bot.cli; print([name for name in {HEAVY!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout.decode().strip() == "[]"


WRONG_USAGE = {
    "": "required: COMMAND",
    "deman": "invalid choice: 'deman'",
    "db": "required: COMMAND",
    "parse x": "required: --as",
    "parse x --as order": "argument --as: invalid choice",
    "parse x --as bid --now yesterday": "argument --now: must be a moment such as",
    "parse x --as bid --open 1024": "argument --open: must be like D1024,D1030",
    "match x -k 0": "argument -k: must be from 1 to 100",
    "match ": "argument TEXT: must not be blank",
    "demo --port 70000": "argument --port: must be a port",
    "run --only web,mail": "argument --only: 'mail' is none of web, dispatch, schedule",
    "run --only ,": "argument --only: must name some of",
    "staff invite --role boss --name x": "argument --role: invalid choice",
    "bench nonsense": "argument NAME: 'nonsense' is none of",
    "catalog import catalogue.csv": "argument FILE: catalogue.csv must end in .tsv, .xlsx, .json",
    "catalog import none.tsv": "argument FILE: none.tsv does not exist",
    "catalog export no/where.tsv": "argument FILE: the folder of no/where.tsv does not exist",
    "check --conf x.toml": "unrecognized arguments: --conf",
    "check": 'config.toml does not exist; "kebao init" writes one',
    "run": 'config.toml does not exist; "kebao init" writes one',
    "audit --config my.toml": 'my.toml does not exist; "kebao init --config my.toml" writes one',
}


@pytest.mark.parametrize(("arguments", "message"), WRONG_USAGE.items())
def test_wrong_usage_is_explained_with_exit_2(arguments: str, message: str, kebao: Kebao) -> None:
    result = kebao(*(arguments.split(" ") if arguments else ()))

    assert result.code == 2
    assert message in result.err
    assert result.out == ""


def test_a_wrong_configuration_lists_every_problem_with_exit_2(kebao: Kebao) -> None:
    Path("config.toml").write_text('[market]\ncommission_bp = "6%"\nbidcap = 3\n')

    result = kebao("check")
    as_json = kebao("check", "--json")

    assert result.code == as_json.code == 2
    assert '[market] commission_bp must be an integer from 0 to 10000, not "6%"' in result.err
    assert as_json.rows == [
        {
            "error": "configuration",
            "problems": [
                '[market] commission_bp must be an integer from 0 to 10000, not "6%"',
                "[market] bidcap is not a known key; did you mean bid_cap?",
            ],
        }
    ]


def test_options_may_stand_before_and_after_the_command(kebao: Kebao) -> None:
    Path("mine.toml").write_text("[market]\nx = 1\n")

    for arguments in (
        ("--config", "mine.toml", "--json", "db", "current"),
        ("db", "--config", "mine.toml", "current", "--json"),
        ("db", "--json", "current", "--config", "mine.toml"),
    ):
        result = kebao(*arguments)
        assert result.code == 2
        assert result.rows[0]["error"] == "configuration"


def test_init_writes_a_configuration_that_can_be_read(kebao: Kebao) -> None:
    result = kebao("init", "--config", "my.toml", "--json")

    assert result == Result(0, '{"written": "my.toml"}\n', "")
    assert settings.load(Path("my.toml"), {}) == settings.Settings()
    assert Path("my.toml").stat().st_mode & 0o077 == 0


def test_init_never_overwrites(kebao: Kebao) -> None:
    Path("config.toml").write_text("mine")

    result = kebao("init")

    assert result.code == 1
    assert "exists and is left as it is" in result.err
    assert Path("config.toml").read_text() == "mine"


def test_match_prints_candidates_best_first(kebao: Kebao) -> None:
    (row,) = kebao("match", "我想申请发明专利", "-k", "3", "--json").rows

    assert list(row) == ["text", "decision", "services", "providers", "ms"]
    assert row["text"] == "我想申请发明专利"
    assert row["services"][0]["code"].startswith("05.01")
    assert [list(one) for one in row["services"]] == [["code", "name", "score", "why"]] * 3
    assert [list(one) for one in row["providers"]] == [["name", "score", "why"]] * 3
    scores = [one["score"] for one in row["services"]]
    assert scores == sorted(scores, reverse=True)
    assert row["ms"] > 0


def test_match_holds_k_services_even_when_none_is_meant(kebao: Kebao) -> None:
    (row,) = kebao("match", "哈哈哈", "--json").rows

    assert row["decision"] == "none"
    assert len(row["services"]) == 5
    assert row["providers"] == []


def test_match_reads_one_utterance_per_line(kebao: Kebao) -> None:
    rows = kebao("match", "--json", stdin="做检测\n\n申请专利\r\n").rows

    assert [row["text"] for row in rows] == ["做检测", "申请专利"]


def test_match_for_people(kebao: Kebao) -> None:
    result = kebao("match", "申请专利", "-k", "1")

    assert result.out.startswith("申请专利  →  ")
    assert "05.01." in result.out


def test_parse_prints_the_slots_of_a_demand(kebao: Kebao) -> None:
    (row,) = kebao(
        "parse",
        "我想做个企业官网，预算5万左右，月底前上线",
        "--as",
        "demand",
        "--now",
        "2026-11-22T10:30:00",
        "--json",
    ).rows

    assert row["intent"] == "publish_demand"
    assert row["slots"] == {
        "budget_min_fen": 5_000_000,
        "budget_max_fen": 5_000_000,
        "budget_approx": True,
        "deadline": "2026-11-30",
    }


def test_parse_reads_line_ends_inside_a_message(kebao: Kebao) -> None:
    (row,) = kebao("parse", "--as", "bid", "--json", stdin=r"D1024\n报价：8000\n工期：10天").rows

    assert row["slots"]["demand_no"] == "D1024"
    assert row["slots"]["price_fen"] == 800_000
    assert row["slots"]["duration_days"] == 10


def test_parse_finds_contacts(kebao: Kebao) -> None:
    (row,) = kebao("parse", "电话13812345678找我", "--as", "contact", "--json").rows

    assert row["spans"] == ["13812345678"]
    assert "13812345678" not in row["masked"]


def test_the_process_ends_with_the_exit_code_and_speaks_utf_8(tmp_path: Path) -> None:
    matched = in_a_process("match", "--json", cwd=tmp_path, stdin="申请专利\n")
    assert matched.code == 0
    assert matched.rows[0]["text"] == "申请专利"
    assert "申请专利" in matched.out

    assert in_a_process("init", cwd=tmp_path).code == 0
    assert in_a_process("init", cwd=tmp_path).code == 1
    assert in_a_process("nonsense", cwd=tmp_path).code == 2


def test_a_reader_that_goes_away_early_is_no_error_to_look_at(tmp_path: Path) -> None:
    lines = "申请专利\n" * 400
    done = subprocess.run(
        f"printf '%s' '{lines}' | {sys.executable} -m bot match --json | head -n 1",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert json.loads(done.stdout)["text"] == "申请专利"
    assert done.stderr == b""


def test_upgrading_twice_changes_nothing(installed: Kebao) -> None:
    (row,) = installed("db", "upgrade", "--json").rows

    assert row["before"] == row["current"] is not None
    current = installed("db", "current", "--json")
    assert current.code == 0
    assert current.rows == [{"current": row["current"], "newest": row["current"]}]


def test_commands_that_need_the_database_say_how_to_make_it(kebao: Kebao) -> None:
    kebao("init")

    for arguments in (["catalog", "export", "x.tsv"], ["audit"], ["db", "current"]):
        result = kebao(*arguments)
        assert (result.code, result.out) == (1, "")
        assert "kebao.db does not exist; run: kebao db upgrade" in result.err
    assert not Path("kebao.db").exists()


def test_a_database_of_a_newer_version_is_left_alone(stocked: Kebao) -> None:
    with sqlite3.connect("kebao.db") as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    conn.close()

    assert "made by a newer kebao" in stocked("audit").err
    assert "is at 9999, which this version does not know" in stocked("db", "upgrade").err
    assert "at 9999, made by a newer kebao" in stocked("check").out


def test_a_database_without_migrations_is_not_worked_on(kebao: Kebao) -> None:
    kebao("init")
    sqlite3.connect("kebao.db").close()
    Path("kebao.db").touch()

    result = kebao("catalog", "export", "x.tsv")

    assert result.code == 1
    assert "not up to date; run: kebao db upgrade" in result.err


@pytest.mark.parametrize("ending", [".tsv", ".xlsx", ".json"])
def test_what_was_imported_can_be_exported(ending: str, stocked: Kebao) -> None:
    exported = stocked("catalog", "export", f"c{ending}", "--json")

    assert exported.rows == [{"exported": 63, "file": f"c{ending}"}]
    assert read_catalog(Path(f"c{ending}")) == read_catalog(DATA / "catalog.tsv")
    assert stocked("providers", "export", f"p{ending}").code == 0
    assert read_providers(Path(f"p{ending}")) == read_providers(DATA / "providers.tsv")


def test_nothing_is_imported_if_one_row_is_bad(stocked: Kebao) -> None:
    lines = (DATA / "catalog.tsv").read_text("utf-8").splitlines()
    cells = lines[1].split("\t")
    bad = "\t".join(["1.1", *cells[1:3], "", *cells[4:]])
    Path("bad.tsv").write_text("\n".join([lines[0], bad, *lines[2:6]]), "utf-8")

    result = stocked("catalog", "import", "bad.tsv", "--json")

    assert result.code == 1
    assert [(row["row"], row["column"]) for row in result.rows] == [(2, "code"), (2, "name")]
    assert "nothing imported: 2 problems" in result.err
    assert stocked("catalog", "export", "c.tsv", "--json").rows[0]["exported"] == 63


def test_providers_of_services_that_do_not_exist_are_refused(stocked: Kebao) -> None:
    text = (DATA / "providers.tsv").read_text("utf-8").replace("05.01.01", "99.01.01", 1)
    Path("p.tsv").write_text(text, "utf-8")

    result = stocked("providers", "import", "p.tsv")

    assert result.code == 1
    assert "p.tsv: row 2, service_codes: 99.01.01 is not in the catalogue" in result.out


def test_match_uses_the_configured_catalogue(stocked: Kebao) -> None:
    header, *rows = (DATA / "catalog.tsv").read_text("utf-8").splitlines()
    Path("one.tsv").write_text("\n".join([header, rows[0]]), "utf-8")
    stocked("catalog", "import", "one.tsv")

    (row,) = stocked("match", "科技外包", "--json").rows

    assert [one["code"] for one in row["services"]] == [rows[0].split("\t")[0]]


def test_an_invitation_is_a_code_for_a_day(installed: Kebao) -> None:
    before = datetime.now(UTC)

    first, second = (
        installed("staff", "invite", "--role", "office", "--name", "小周", "--json").rows[0]
        for _ in range(2)
    )

    assert list(first) == ["code", "expires_at"]
    assert first["code"] != second["code"]
    left = datetime.fromisoformat(first["expires_at"]) - before
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)


def test_the_code_itself_is_not_kept(installed: Kebao) -> None:
    (row,) = installed("staff", "invite", "--role", "office", "--name", "小周", "--json").rows

    with sqlite3.connect("kebao.db") as conn:
        dump = "\n".join(conn.iterdump())
    conn.close()
    assert "小周" in dump
    assert row["code"] not in dump


def test_people_of_a_provider_are_invited_by_its_name(stocked: Kebao) -> None:
    known = stocked("providers", "invite", "--provider", "信达科技咨询有限公司")
    assert known.code == 0
    assert "信达科技咨询有限公司: send the bot “绑定 " in known.out

    unknown = stocked("providers", "invite", "--provider", "没有这家")
    assert unknown.code == 1
    assert "no provider, or more than one, is named" in unknown.err


def test_an_empty_database_agrees_with_its_history(stocked: Kebao) -> None:
    result = stocked("audit", "--json")

    assert (result.code, result.rows) == (0, [{"disagreements": 0}])


def test_a_tampered_balance_is_found(stocked: Kebao) -> None:
    with sqlite3.connect("kebao.db") as conn:
        conn.execute(
            "INSERT INTO ledger_accounts (name, currency, may_owe, credits, debits, held)"
            " VALUES ('provider:1', 'fen', 0, 500, 0, 0)"
        )
    conn.close()

    result = stocked("audit", "--json")

    assert result.code == 1
    assert any("provider:1" in row["subject"] for row in result.rows)


def test_check_says_what_is_wrong_and_how_to_mend_it(kebao: Kebao) -> None:
    kebao("init")

    result = kebao("check", "--json")

    assert result.code == 1
    wrong = {row["message"]: row["mend"] for row in result.rows if row["verdict"] == "wrong"}
    assert wrong == {
        "no channel is on": "fill in the section [wechat] or [onebot]",
        "kebao.db does not exist": "run: kebao db upgrade",
    }


def test_check_is_content_with_a_complete_installation(
    installed: Kebao, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEBOT_ACCESS_TOKEN", "s3cret")
    with Path("config.toml").open("a") as file:
        file.write('\n[onebot]\naccess_token = "${ONEBOT_ACCESS_TOKEN}"\n')

    result = installed("check")

    assert result.code == 0
    assert "wrong" not in result.out
    assert "migrations: at " in result.out


def test_check_names_what_this_version_cannot_do(
    installed: Kebao, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[qq]\napp_id = "1"\n[pay]\ngateway = "wechat"\n[pay.wechat]\nmch_id = "1"\n'
    Path("later.toml").write_text(text)

    result = installed("check", "--config", "later.toml")

    assert result.code == 1
    assert "[qq] is not available in this version" in result.out
    assert '[pay] gateway "wechat" is not available in this version' in result.out


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


def test_looking_does_not_wait_for_a_writer(stocked: Kebao) -> None:
    writer = sqlite3.connect("kebao.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM services")
    begun = time.monotonic()

    results = [stocked("audit"), stocked("catalog", "export", "c.tsv", "--json")]
    writer.execute("ROLLBACK")
    writer.close()

    assert [result.code for result in results] == [0, 0]
    assert results[1].rows[0]["exported"] == 63
    assert time.monotonic() - begun < 3  # a writer would have waited for five seconds


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


def test_a_benchmark_row_has_a_ratio(kebao: Kebao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "SECONDS", 0.1)
    monkeypatch.setattr(callback, "_BURST", 64)
    for name in BENCHMARKS:
        ours, *others = kebao("bench", name, "--json").rows

        assert ours["name"] == name
        assert {"per_s", "p50_ms", "p99_ms"} < ours.keys()
        assert ours.keys() & {"of_peer", "of_raw", "of_echo"}
        assert others


def test_a_service_without_channels_is_not_started(kebao: Kebao) -> None:
    kebao("init")

    result = kebao("run")

    assert result.code == 2
    assert "neither [wechat] nor [onebot] is configured; try: kebao demo" in result.err


def test_a_gateway_of_a_later_version_is_not_silently_replaced(kebao: Kebao) -> None:
    Path("config.toml").write_text('[onebot]\n[pay]\ngateway = "wechat"\n')

    result = kebao("run")

    assert result.code == 2
    assert '[pay] gateway "wechat" is not available in this version' in result.err


def test_a_database_out_of_reach_is_explained_without_its_password(kebao: Kebao) -> None:
    url = "postgresql+psycopg://kebao:hunter2@127.0.0.1:1/kebao"
    Path("config.toml").write_text(f'[database]\nurl = "{url}"\n')

    result = kebao("catalog", "export", "c.tsv")

    assert result.code == 1
    assert "the database does not answer" in result.err
    assert "hunter2" not in result.err


def test_backups_of_a_server_are_the_servers_own(kebao: Kebao) -> None:
    Path("config.toml").write_text('[database]\nurl = "postgresql+psycopg://a@127.0.0.1:1/b"\n')

    for command in ("backup", "restore"):
        result = kebao(command, "b.db")
        assert result.code == 1
        assert "use pg_dump and pg_restore" in result.err
