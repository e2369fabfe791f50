"""Which Official Account we are, as the operator configured it."""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from bot.secrets import Secret

API_BASE_URL = "https://api.weixin.qq.com"


class Mode(StrEnum):
    """How pushes arrive, as chosen in the platform's console."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"  # plain and encrypted side by side, for changing over
    SAFE = "safe"


class AccountType(StrEnum):
    SERVICE = "service"  # 服务号
    SUBSCRIPTION = "subscription"  # 公众号, formerly 订阅号


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """The credentials of one Official Account.

    Raises:
        ValueError: a value cannot be right; the message names the field and never the value.
    """

    app_id: str
    app_secret: Secret
    token: Secret
    encoding_aes_key: Secret | None = None
    previous_aes_key: Secret | None = None  # still accepted while the platform changes over
    mode: Mode = Mode.SAFE
    account_type: AccountType = AccountType.SERVICE
    api_base_url: str = API_BASE_URL

    def __post_init__(self) -> None:
        # Plain strings from a configuration file are welcome; StrEnum refuses unknown ones.
        object.__setattr__(self, "mode", Mode(self.mode))
        object.__setattr__(self, "account_type", AccountType(self.account_type))
        if not self.app_id:
            raise ValueError("app_id is empty")
        if not self.token:
            raise ValueError("token is empty: anybody could sign")
        if self.mode is not Mode.PLAIN and self.encoding_aes_key is None:
            raise ValueError(f"encoding_aes_key is needed in {self.mode} mode")
        if not self.api_base_url.startswith(("https://", "http://")):
            raise ValueError("api_base_url must begin with https:// or http://")
        self.aes_keys()

    def aes_keys(self) -> tuple[bytes, ...]:
        """The decoded AES keys, the current one first."""
        named = (
            ("encoding_aes_key", self.encoding_aes_key),
            ("previous_aes_key", self.previous_aes_key),
        )
        return tuple(_decoded(name, key) for name, key in named if key is not None)


def _decoded(name: str, key: Secret) -> bytes:
    """The 32 bytes behind the 43 characters that the console shows."""
    try:
        decoded = base64.b64decode(key.reveal() + "=", validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != 32:
        # `from None`: the decoder's complaint would quote the key.
        raise ValueError(f"{name} must be the 43 letters and digits of the console") from None
    return decoded
