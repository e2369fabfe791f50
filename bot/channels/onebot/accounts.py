"""What the operator configures for QQ through OneBot, and when it is refused."""

import hmac
from dataclasses import dataclass

from bot.secrets import Secret
from bot.settings import SettingsError, is_loopback


@dataclass(frozen=True, slots=True)
class OneBotAccount:
    """One access token serves all implementations that dial us; groups are QQ group numbers."""

    access_token: Secret
    provider_groups: tuple[str, ...] = ()
    staff_groups: tuple[str, ...] = ()
    root_groups: tuple[str, ...] = ()  # hear every day where the chain of receipts ends

    def accepts(self, token: str) -> bool:
        """Whether somebody who shows this token may connect. An empty token opens nothing."""
        expected = self.access_token.reveal().strip()
        shown = token.encode("utf-8", "surrogateescape")
        return bool(expected) and hmac.compare_digest(expected.encode(), shown)


def refuse_unsafe(host: str, account: OneBotAccount) -> None:
    """Raise SettingsError if strangers could reach an endpoint that has no token.

    In September 2025 open OneBot ports without a token were abused in masses and the accounts
    behind them banned for good.
    """
    if not account.access_token.reveal().strip() and not is_loopback(host):
        problem = f'[onebot] access_token is required while [server] host is "{host}"'
        raise SettingsError((problem,))
