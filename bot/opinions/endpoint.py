"""One question to an OpenAI-compatible endpoint, through the SDK of the extra `llm`."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.opinions.account import ModelAccount
from matching.opinions.answers import LONGEST_ANSWER

ANSWER_TOKENS = 300


class EndpointError(Exception):
    """The endpoint gave no answer; the first argument is a word for the metrics.

    `detail` is for whoever mends it, and holds nothing of the request.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail or reason


class SdkMissing(EndpointError):
    """The package openai is not installed."""

    def __init__(self) -> None:
        super().__init__("sdk", "the package openai is not installed")


class Completions(Protocol):
    """What answers messages with a text."""

    async def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        response_format: Mapping[str, object] | None,
        *,
        within_s: float,
    ) -> str:
        """The text of the answer, which may be anything.

        Raises:
            EndpointError: none came in time, or the endpoint refused.
        """
        ...


class Endpoint:
    """The configured endpoint; the SDK is imported when it is first needed, in a thread."""

    def __init__(self, account: ModelAccount) -> None:
        self._account = account
        self._client: Any = None  # openai.AsyncOpenAI, which mypy may not know here
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Import the SDK, which takes half a second; raises SdkMissing."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(_connect, self._account)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        response_format: Mapping[str, object] | None,
        *,
        within_s: float,
    ) -> str:
        await self.open()
        # Here and not above: importing kebao must not import the SDK, nor need it.
        import openai

        options: dict[str, object] = {}
        if response_format is not None:
            options["response_format"] = response_format
        if self._account.thinking == "off":
            options["extra_body"] = {"enable_thinking": False}
        try:
            # The SDK's own time limit is for each read: a trickle of bytes could outlast it.
            async with asyncio.timeout(within_s):
                completion = await self._client.chat.completions.create(
                    model=self._account.model,
                    messages=list(messages),
                    temperature=0,
                    max_tokens=ANSWER_TOKENS,
                    **options,
                )
            return _content(completion)
        except (TimeoutError, openai.APITimeoutError) as error:
            raise EndpointError("timeout", f"no answer within {within_s:g} s") from error
        except openai.APIStatusError as error:
            reason = "throttled" if error.status_code == 429 else "status"
            raise EndpointError(reason, f"answers with HTTP {error.status_code}") from error
        except openai.APIConnectionError as error:
            raise EndpointError("unreachable", "cannot be reached") from error
        except (openai.OpenAIError, ValueError) as error:
            detail = f"does not speak the protocol: {type(error).__name__}"
            raise EndpointError("protocol", detail) from error


def _connect(account: ModelAccount) -> Any:
    try:
        from openai import AsyncOpenAI
    except ImportError as error:
        raise SdkMissing from error
    return AsyncOpenAI(
        base_url=account.base_url,
        api_key=account.api_key.reveal() or "none",  # local servers want none, the SDK one
        max_retries=0,
        timeout=account.timeout_s,
    )


def _content(completion: Any) -> str:
    """The text of the only choice; "" for a refusal or for what only looks like an answer."""
    try:
        message = completion.choices[0].message
        if getattr(message, "refusal", None):
            return ""
        content = message.content
    except (AttributeError, IndexError, TypeError) as error:
        raise EndpointError("protocol", "answers with something else than a completion") from error
    return content[: LONGEST_ANSWER + 1] if isinstance(content, str) else ""
