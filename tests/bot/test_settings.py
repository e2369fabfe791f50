"""What operators may write in config.toml, and what they hear when it is wrong."""

import re
import sys
from dataclasses import fields
from datetime import time, timedelta
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from bot import settings
from bot.extras import PAY_PACKAGES, SEMANTIC_PACKAGE
from bot.opinions.account import ModelAccount
from bot.settings import Settings, SettingsError, WorkingHours
from bot.terms import TERMS
from market.policy import Policy
from tests.support import wechat_pay

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "bot/data/config.example.toml"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ENVIRON = {
    "WECHAT_APP_SECRET": "s3cret-of-the-app",
    "WECHAT_TOKEN": "s3cret-token",
    "WECHAT_ENCODING_AES_KEY": AES_KEY,
    "WECHAT_PREVIOUS_AES_KEY": AES_KEY[::-1],
    "ONEBOT_ACCESS_TOKEN": "s3cret-onebot",
    "LLM_API_KEY": "s3cret-model",
    "WECHAT_PAY_API_V3_KEY": wechat_pay.API_V3_KEY,
}
WECHAT = """
[wechat]
app_id = "wx0123456789abcdef"
app_secret = "${WECHAT_APP_SECRET}"
token = "${WECHAT_TOKEN}"
encoding_aes_key = "${WECHAT_ENCODING_AES_KEY}"
"""


def read(text: str) -> Settings:
    return settings.parse(text, ENVIRON)


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read(text)
    return caught.value.problems


def uncommented(text: str) -> str:
    """The example with every offered key and section switched on."""
    return re.sub(r"(?m)^# (?=\[[a-z.]+\]|[a-z][a-z0-9_]+ = )", "", text)


def test_an_empty_file_means_every_default() -> None:
    assert read("") == Settings()


def test_the_example_is_the_same_in_the_root_and_in_the_package() -> None:
    assert (ROOT / "config.example.toml").read_bytes() == EXAMPLE.read_bytes()


def test_the_example_states_the_defaults() -> None:
    assert settings.load(EXAMPLE, {}) == Settings()


def test_the_whole_example_is_valid_when_everything_is_switched_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    wechat_pay.section(tmp_path, "")  # the files that it names

    found = read(uncommented(EXAMPLE.read_text("utf-8")))

    assert found.pay.wechat is not None
    assert found.pay.wechat.api_v3_key.reveal() == wechat_pay.API_V3_KEY
    assert found.wechat is not None
    assert found.wechat.token.reveal() == "s3cret-token"
    assert found.onebot is not None
    assert found.onebot.provider_groups == ("123456789",)
    assert found.onebot.root_groups == ("123456789",)  # may be the same: it has no role
    assert found.market == Policy()
    assert found.llm is not None
    assert found.llm.api_key.reveal() == "s3cret-model"
    assert found.unavailable == ("qq", "wecom")


def test_a_model_that_is_required_and_absent_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, SEMANTIC_PACKAGE, None)

    (problem,) = problems_of('[matching]\nsemantic = "on"')

    assert problem.startswith('[matching] semantic is "on" without its model; run: pip install')
    assert not read("").matching.hears_meaning


def test_a_model_that_is_installed_is_used_unless_it_is_switched_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType(SEMANTIC_PACKAGE)
    module.__spec__ = ModuleSpec(SEMANTIC_PACKAGE, None)
    monkeypatch.setitem(sys.modules, SEMANTIC_PACKAGE, module)

    assert read("").matching.hears_meaning
    assert read('[matching]\nsemantic = "on"').matching.hears_meaning
    assert not read('[matching]\nsemantic = "off"').matching.hears_meaning


def test_the_example_mentions_every_term_of_the_market() -> None:
    text = EXAMPLE.read_text("utf-8")

    assert [key for key in TERMS if f"\n# {key} = " not in text] == []


def test_every_field_of_the_policy_can_be_set() -> None:
    tables = {"fee_rules", "split_rules"}  # [[market.fees]], [[market.splits]]
    assert {term.field for term in TERMS.values()} | tables == {one.name for one in fields(Policy)}


def test_terms_are_read_in_their_units() -> None:
    market = read(
        """
        [market]
        commission_bp = 250
        bidding_window_h = 0.5
        acceptance_days = 3
        bid_merge_minutes = 10
        remind_before_choice_h = [4, 24, 4]
        """
    ).market

    assert market == Policy(
        commission_bp=250,
        bidding_window=timedelta(minutes=30),
        acceptance_window=timedelta(days=3),
        bid_merge=timedelta(minutes=10),
        remind_before_choice=(timedelta(hours=24), timedelta(hours=4)),
    )


def test_the_operator_has_a_zone_and_hours() -> None:
    operator = read('[operator]\nname = "某某中心"\nworking_hours = "09:05-17:30"').operator

    assert operator.name == "某某中心"
    assert operator.zone.key == "Asia/Shanghai"
    assert operator.working_hours == WorkingHours(time(9, 5), time(17, 30))
    assert str(operator.working_hours) == "9:05–17:30"


def test_a_password_may_stand_inside_the_database_url() -> None:
    found = settings.parse(
        '[database]\nurl = "postgresql+psycopg://kebao:${PASSWORD}@db/kebao"',
        {"PASSWORD": "hunter2"},
    )

    assert found.database.url == "postgresql+psycopg://kebao:hunter2@db/kebao"
    assert "hunter2" not in repr(found)


def test_groups_may_be_written_with_or_without_quotes() -> None:
    onebot = read(
        '[onebot]\naccess_token = "${ONEBOT_ACCESS_TOKEN}"\nprovider_groups = [123, "456", 123]'
    ).onebot

    assert onebot is not None
    assert onebot.provider_groups == ("123", "456")


def test_secrets_print_as_stars() -> None:
    found = read(WECHAT)

    assert found.wechat is not None
    assert found.wechat.app_secret.reveal() == "s3cret-of-the-app"
    assert "s3cret" not in f"{found!r} {found.wechat} {found.wechat.app_secret}"


def test_a_secret_written_in_the_file_is_remembered_for_the_check() -> None:
    assert read('[onebot]\naccess_token = "abc"').literal_secrets == ("[onebot] access_token",)


def test_sections_of_later_versions_are_known_but_not_available() -> None:
    found = read('[qq]\napp_id = "1"\n[wecom]\ncorp_id = "1"')

    assert found.unavailable == ("qq", "wecom")


def test_onebot_without_a_token_is_allowed_on_this_machine_only() -> None:
    assert read("[onebot]").onebot is not None
    assert read('[server]\nhost = "::1"\n[onebot]').onebot is not None
    for host in ("0.0.0.0", "::", "192.168.1.5", "kebao.example.org"):
        (problem,) = problems_of(f'[server]\nhost = "{host}"\n[onebot]\naccess_token = ""')
        assert f'[onebot] access_token is required while [server] host is "{host}"' in problem


WRONG = {
    'commission_bp = "6%"': '[market] commission_bp must be an integer from 0 to 10000, not "6%"',
    "commission_bp = 10001": "[market] commission_bp must be an integer from 0 to 10000, not 10001",
    "commission_bp = -1": "[market] commission_bp must be an integer from 0 to 10000, not -1",
    "commission_bp = 6.5": "[market] commission_bp must be an integer from 0 to 10000, not 6.5",
    "bid_cap = true": "[market] bid_cap must be an integer from 1 to 1000, not true",
    "bid_cap = 0": "[market] bid_cap must be an integer from 1 to 1000, not 0",
    "bidding_window_h = 0": "[market] bidding_window_h must be a number from 0.01 to 8784, not 0",
    "bidding_window_h = nan": "[market] bidding_window_h must be a number from 0.01 to 8784",
    'acceptance_days = "7"': '[market] acceptance_days must be a number from 0.01 to 3660, not "7"',
    "comission_bp = 1": "[market] comission_bp is not a known key; did you mean commission_bp?",
    "bidding_window = 1": "[market] bidding_window is not a known key; "
    "did you mean bidding_window_h?",
    "remind_before_choice_h = 4": "[market] remind_before_choice_h must be a list of numbers",
    'remind_before_choice_h = [4, "x"]': 'from 0.01 to 8784; "x" is not',
}
WRONG = {f"[market]\n{line}": message for line, message in WRONG.items()} | {
    "commission_bp = 600": "commission_bp must stand in a section such as [market]",
    "market = 3": "[market] must be a section, not 3",
    "[markets]": "[markets] is not a known section; did you mean [market]?",
    "[server]\nport = 0": "[server] port must be an integer from 1 to 65535, not 0",
    '[server]\nport = "80"': '[server] port must be an integer from 1 to 65535, not "80"',
    '[server]\npublic_url = "kebao.cn"': "[server] public_url must be an address such as "
    'https://example.org, not "kebao.cn"',
    '[server]\npublic_url = "https://a.cn:x"': "[server] public_url must be an address",
    '[database]\nurl = "mysql://h/x"': "[database] url must be sqlite:///FILE or postgresql+",
    '[database]\nurl = "sqlite:///:memory:"': "[database] url must be sqlite:///FILE",
    '[database]\nurl = "sqlite:///"': "[database] url must be sqlite:///FILE",
    '[database]\nurl = "${DB}"': "[database] url needs the environment variable DB, "
    "which is not set",
    "[operator]\nname = 5": "[operator] name must be text in quotes, not 5",
    '[operator]\ntimezone = "北京"': "[operator] timezone must be a zone such as Asia/Shanghai",
    '[operator]\nworking_hours = "9到5"': "[operator] working_hours must look like 09:00-18:00",
    '[operator]\nworking_hours = "18:00-09:00"': "[operator] working_hours must look like",
    '[pay]\ngateway = "cash"': '[pay] gateway must be one of sandbox, offline, wechat, not "cash"',
    "[pay]\nwechat = 3": "[pay.wechat] must be a section, not 3",
    "[pay.wechat]\nmchid = 1": "[pay.wechat] mchid is not a known key; did you mean mch_id?",
    '[pay]\ngateway = "wechat"': '[pay] gateway is "wechat", and there is no section [pay.wechat]',
    '[pay]\ngateway = "wechat"\n[server]': '[pay] gateway is "wechat" without [server] public_url',
    '[pay.wechat]\napp_id = "x"': "[pay.wechat] app_id must be an app id such as wx01",
    '[pay.wechat]\nmch_id = "x"': "[pay.wechat] mch_id must be a merchant's number",
    '[pay.wechat]\nserial_no = "-"': "[pay.wechat] serial_no must be the serial number",
    '[pay.wechat]\npublic_key_id = "1"': "[pay.wechat] public_key_id must be PUB_KEY_ID_ and",
    '[pay.wechat]\napi_v3_key = "short"': "[pay.wechat] api_v3_key must be the 32 letters",
    '[pay.wechat]\nprivate_key_file = "no.pem"': "private_key_file no.pem cannot be read",
    '[pay.wechat]\nprivate_key_file = "pyproject.toml"': "does not hold an RSA private key",
    '[pay.wechat]\npublic_key_file = "pyproject.toml"': "does not hold WeChat Pay's RSA public",
    "[wecom]\ncorpid = 1": "[wecom] corpid is not a known key; did you mean corp_id?",
    WECHAT + 'mode = "save"': "[wechat] mode must be one of plain, compatible, safe, not",
    WECHAT + 'previous_aes_key = "short"': "[wechat] previous_aes_key must be the 43 letters",
    WECHAT.replace("WECHAT_TOKEN", "TOKEN_X"): "[wechat] token needs the environment variable "
    "TOKEN_X, which is not set",
    WECHAT.replace('app_id = "wx0123456789abcdef"', ""): "[wechat] app_id is missing",
    WECHAT.replace('"${WECHAT_TOKEN}"', "12"): "[wechat] token must be text in quotes, such as "
    '"${WECHAT_TOKEN}"',
    WECHAT.replace("token =", "tokens ="): "[wechat] token is missing; write token = "
    '"${WECHAT_TOKEN}"',
    WECHAT + 'mode = "plain"\n[pay]\ngateway = "offline"': '[wechat] mode must be "safe" while '
    '[pay] gateway is "offline"',
    "[onebot]\nprovider_groups = [1]\nstaff_groups = [1]": "[onebot] staff_groups shares group 1 "
    "with provider_groups",
    '[onebot]\nprovider_groups = "123"': "[onebot] provider_groups must be a list of group numbers",
    '[onebot]\nprovider_groups = ["群"]': 'must be a list of group numbers; "群" is not',
    '[matching]\nsemantic = "yes"': "[matching] semantic must be one of auto, on, off",
    '[logs]\nlevel = "loud"': "[logs] level must be one of debug, info, warning, error",
}


@pytest.mark.parametrize(("text", "message"), WRONG.items(), ids=lambda one: one[:60])
def test_a_mistake_is_named_with_what_is_expected(text: str, message: str) -> None:
    assert any(message in problem for problem in problems_of(text))


def test_all_mistakes_are_listed_at_once() -> None:
    problems = problems_of('[server]\nport = 0\n[market]\nbid_cap = 0\ncommission_bp = "6%"')

    assert len(problems) == 3


def test_what_is_wrong_with_a_secret_is_told_without_showing_it() -> None:
    problems = problems_of(WECHAT + 'previous_aes_key = "s3cret-and-too-short"')

    assert "s3cret" not in "\n".join(problems)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"[server\n", "is not TOML"),
        ("[operator]\nname = '中心'".encode("gbk"), "is not UTF-8"),
        (b"#" * ((1 << 20) + 1), "is larger than 1 MiB"),
    ],
    ids=["absent", "broken", "gbk", "huge"],
)
def test_a_file_that_cannot_be_read_is_explained(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match=message):
        settings.load(path, {})


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[operator]\nname = "中心"', "utf-8-sig")

    assert settings.load(path, {}).operator.name == "中心"


LLM = """
[llm]
base_url = "http://127.0.0.1:8000/v1/"
model = "qwen3-8b"
"""


def test_a_model_needs_an_address_and_a_name_and_nothing_else() -> None:
    assert read(LLM).llm == ModelAccount(base_url="http://127.0.0.1:8000/v1", model="qwen3-8b")
    assert read("").llm is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("timeout_s = 0.5", "[llm] timeout_s must be a number from 0.8 to 2, not 0.5"),
        ("timeout_s = 3", "[llm] timeout_s must be a number from 0.8 to 2, not 3"),
        (
            "per_person_per_minute = 0",
            "[llm] per_person_per_minute must be an integer from 1 to 60, not 0",
        ),
        (
            'response_format = "xml"',
            '[llm] response_format must be one of json_schema, json_object, prompt, not "xml"',
        ),
        ('thinking = "on"', '[llm] thinking must be one of default, off, not "on"'),
        ('apikey = "x"', "[llm] apikey is not a known key; did you mean api_key?"),
    ],
)
def test_what_is_wrong_about_a_model_is_told(line: str, problem: str) -> None:
    assert problems_of(LLM + line) == (problem,)


def test_an_empty_section_for_a_model_says_what_is_missing() -> None:
    assert problems_of("[llm]") == (
        "[llm] base_url is missing, or no address such as http://127.0.0.1:8000/v1",
        "[llm] model is missing",
    )


def test_the_key_of_a_model_is_a_secret() -> None:
    found = read(LLM + 'api_key = "${LLM_API_KEY}"')

    assert "s3cret-model" not in repr(found)
    assert "s3cret-model" in [one.reveal() for one in found.secrets()]


MERCHANT = """
[server]
public_url = "https://kebao.example"
"""


@pytest.mark.pay
def test_a_merchant_is_read_with_the_keys_its_files_hold(tmp_path: Path) -> None:
    found = read(MERCHANT + wechat_pay.section(tmp_path, "http://127.0.0.1:9")).pay

    assert found.gateway == "wechat"
    assert found.wechat == wechat_pay.account_at("http://127.0.0.1:9")
    assert "PRIVATE KEY" not in repr(found)
    assert wechat_pay.API_V3_KEY not in repr(found)


@pytest.mark.pay
def test_a_private_key_is_taken_in_its_older_form_too(tmp_path: Path) -> None:
    text = MERCHANT + wechat_pay.section(tmp_path, "http://127.0.0.1:9")
    older = wechat_pay.private_pem("merchant", PrivateFormat.TraditionalOpenSSL)
    (tmp_path / "apiclient_key.pem").write_text(older.replace("\n", "\r\n"))

    assert read(text).pay.wechat == wechat_pay.account_at("http://127.0.0.1:9")


def test_the_gateway_without_its_packages_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in PAY_PACKAGES:
        monkeypatch.setitem(sys.modules, name, None)

    (problem,) = problems_of(MERCHANT + wechat_pay.section(tmp_path, "http://127.0.0.1:9"))

    assert problem == (
        '[pay] gateway is "wechat" without its packages; '
        "run: make pay, or pip install -r requirements-pay.lock"
    )
