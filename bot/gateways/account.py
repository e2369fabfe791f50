"""Which merchant of WeChat Pay we are, as the operator configured it in [pay.wechat]."""

import re
from dataclasses import dataclass
from pathlib import Path

from bot.extras import INSTALL_PAY, lacks_pay
from bot.secrets import Secret
from bot.sections import Section

API_BASE_URL = "https://api.mch.weixin.qq.com"
NOTIFY_PATH = "/pay/wechat/notify"
MOST_KEY_BYTES = 16_384

_APP_ID = re.compile(r"wx[0-9a-zA-Z]{6,30}")
_MCH_ID = re.compile(r"[0-9]{8,12}")
_SERIAL = re.compile(r"[0-9A-Fa-f]{8,64}")
_PUBLIC_KEY_ID = re.compile(r"PUB_KEY_ID_[0-9A-Za-z]{8,64}")


@dataclass(frozen=True, slots=True)
class WeChatPayAccount:
    """A merchant that verifies WeChat Pay by its public key (not by platform certificates)."""

    app_id: str
    mch_id: str
    serial_no: str  # of the merchant's own certificate
    api_v3_key: Secret
    private_key: Secret  # PEM, PKCS#8
    public_key: str  # PEM, of WeChat Pay
    public_key_id: str
    api_base_url: str = API_BASE_URL


def require_merchant(pay: Section, *, merchant: object, public_url: str) -> None:
    """What the section [pay] needs beside it when its gateway is WeChat Pay."""
    if merchant is None:
        pay.problem("gateway", 'is "wechat", and there is no section [pay.wechat]')
    if lacks_pay():
        pay.problem("gateway", f'is "wechat" without its packages; run: {INSTALL_PAY}')
    if not public_url:
        pay.problem(
            "gateway",
            'is "wechat" without [server] public_url: nobody could tell us what was paid',
        )


def read_merchant(section: Section, api_v3_key: Secret | None) -> WeChatPayAccount | None:
    """The account in a section [pay.wechat]; None if something is wrong, which is noted there."""
    before = section.problem_count
    app_id = _matching(section, "app_id", _APP_ID, "an app id such as wx0123456789abcdef")
    mch_id = _matching(section, "mch_id", _MCH_ID, "a merchant's number such as 1900000109")
    serial_no = _matching(
        section, "serial_no", _SERIAL, "the serial number of the merchant's certificate"
    )
    key_id = _matching(section, "public_key_id", _PUBLIC_KEY_ID, "PUB_KEY_ID_ and what follows it")
    private_key = _private_key(section)
    public_key = _public_key(section)
    if api_v3_key is not None and len(api_v3_key.reveal().encode()) != 32:
        section.problem("api_v3_key", "must be the 32 letters and digits set in the console")
    base_url = section.url("api_base_url", API_BASE_URL)
    section.finish()
    if section.problem_count > before or api_v3_key is None:
        return None
    return WeChatPayAccount(
        app_id=app_id,
        mch_id=mch_id,
        serial_no=serial_no.upper(),
        api_v3_key=api_v3_key,
        private_key=Secret(private_key),
        public_key=public_key,
        public_key_id=key_id,
        api_base_url=base_url,
    )


def _matching(section: Section, key: str, form: re.Pattern[str], what: str) -> str:
    value = section.text(key).strip()
    if value and not form.fullmatch(value):
        section.problem(key, f"must be {what}")
    return value


def _private_key(section: Section) -> str:
    """Whatever PEM it came in, as the SDK takes it; "" if it is not one."""
    # Here and not above: whoever has no such section need not wait for it.
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    pem = _pem(section, "private_key_file", "apiclient_key.pem")
    if not pem:
        return ""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None  # no PEM, or one with a password
    if not isinstance(key, RSAPrivateKey):
        section.problem("private_key_file", "does not hold an RSA private key without a password")
        return ""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_key(section: Section) -> str:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_public_key,
    )

    pem = _pem(section, "public_key_file", "pub_key.pem")
    if not pem:
        return ""
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        section.problem("public_key_file", "does not hold WeChat Pay's RSA public key")
        return ""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _pem(section: Section, key: str, usual: str) -> bytes:
    name = section.text(key, "")
    if not name:
        section.problem(key, f"is missing; it names a file such as {usual}")
        return b""
    try:
        with Path(name).open("rb") as file:
            return file.read(MOST_KEY_BYTES)
    except OSError as error:
        section.problem(key, f"{name} cannot be read: {error.strerror}")
        return b""
