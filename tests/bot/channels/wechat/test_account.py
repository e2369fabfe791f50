"""What an operator can get wrong about the account."""

import pytest

from bot.channels.wechat.account import Mode, WeChatAccount
from bot.secrets import Secret
from tests.support.wechat import AES_KEY, APP_ID, TOKEN


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"app_id": ""}, "app_id"),
        ({"token": Secret("")}, "token"),
        ({"encoding_aes_key": None}, "encoding_aes_key"),
        ({"encoding_aes_key": Secret("short-and-secret")}, "encoding_aes_key"),
        ({"previous_aes_key": Secret("é" * 43)}, "previous_aes_key"),
        ({"mode": "open"}, "open"),
        ({"api_base_url": "ftp://example.org"}, "api_base_url"),
    ],
)
def test_an_impossible_account_names_the_field_and_not_the_value(
    changes: dict[str, object], named: str
) -> None:
    values: dict[str, object] = {
        "app_id": APP_ID,
        "app_secret": Secret("s"),
        "token": Secret(TOKEN),
        "encoding_aes_key": Secret(AES_KEY),
    }

    with pytest.raises(ValueError, match=named) as error:
        WeChatAccount(**{**values, **changes})  # type: ignore[arg-type] # wrong on purpose

    assert "short-and-secret" not in str(error.value)


def test_an_account_from_plain_configuration_words() -> None:
    account = WeChatAccount(APP_ID, Secret("s"), Secret(TOKEN), mode=Mode("plain"))

    assert account.mode is Mode.PLAIN
    assert "***" in repr(account)
    assert TOKEN not in repr(account)
