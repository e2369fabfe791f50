"""Commands that work on the configured database."""

import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.files import read_catalog, read_providers
from tests.support.command_line import DATA, Kebao


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
    until = datetime.fromisoformat(first["expires_at"]) - timedelta(hours=24)
    assert before - timedelta(seconds=1) < until <= datetime.now(UTC)


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

    by_ear = stocked("providers", "invite", "--provider", "信打科技")
    assert by_ear.code == 0
    assert "信达科技咨询有限公司: send the bot “绑定 " in by_ear.out

    unknown = stocked("providers", "invite", "--provider", "张三丰武馆")
    assert unknown.code == 1
    assert "no provider is named '张三丰武馆'" in unknown.err

    several = stocked("providers", "invite", "--provider", "壮乡")
    assert several.code == 1
    assert "may be more than one provider: " in several.err


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
    text = '[qq]\napp_id = "1"\n[wecom]\ncorp_id = "1"\n'
    Path("later.toml").write_text(text)

    result = installed("check", "--config", "later.toml")

    assert result.code == 1
    assert "[qq] is not available in this version" in result.out
    assert "[wecom] is not available in this version" in result.out


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


def test_a_database_out_of_reach_is_explained_without_its_password(kebao: Kebao) -> None:
    url = "postgresql+psycopg://kebao:hunter2@127.0.0.1:1/kebao"
    Path("config.toml").write_text(f'[database]\nurl = "{url}"\n')

    result = kebao("catalog", "export", "c.tsv")

    assert result.code == 1
    assert "the database does not answer" in result.err
    assert "hunter2" not in result.err
