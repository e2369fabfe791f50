"""Which model we ask, as the operator configured it in [llm]."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from bot.secrets import Secret
from bot.sections import Section

if TYPE_CHECKING:
    from matching.opinions.requests import ResponseFormat

FORMATS = ("json_schema", "json_object", "prompt")
SHORTEST_S, LONGEST_S = 0.8, 2.0  # a passive reply must be ready after four seconds


@dataclass(frozen=True, slots=True)
class ModelAccount:
    """An OpenAI-compatible endpoint and how it is asked."""

    base_url: str
    model: str
    api_key: Secret = field(default_factory=lambda: Secret(""))
    response_format: "ResponseFormat" = "json_schema"
    timeout_s: float = 1.5
    per_person_per_minute: int = 6
    thinking: str = "default"  # or "off": sends enable_thinking = false, as Qwen's models need


def read_account(section: Section, api_key: Secret | None) -> ModelAccount:
    """The account in a section [llm]; what is wrong is noted in the section."""
    base_url = section.url("base_url", "")
    if not base_url:
        section.problem("base_url", "is missing, or no address such as http://127.0.0.1:8000/v1")
    chosen = section.text("response_format", FORMATS[0], choices=FORMATS)
    default = ModelAccount(base_url="", model="")
    return ModelAccount(
        base_url=base_url,
        model=section.text("model"),
        api_key=api_key or Secret(""),
        response_format=cast("ResponseFormat", chosen),
        timeout_s=section.number("timeout_s", default.timeout_s, low=SHORTEST_S, high=LONGEST_S),
        per_person_per_minute=section.integer(
            "per_person_per_minute", default.per_person_per_minute, low=1, high=60
        ),
        thinking=section.text("thinking", default.thinking, choices=("default", "off")),
    )
