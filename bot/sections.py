"""One section of a configuration file: values with their types checked, every problem noted."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TypeGuard
from urllib.parse import urlsplit

from bot.secrets import Secret

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word most like `word`; there is always one, for a hint never hurts."""
    return get_close_matches(word, known, n=1, cutoff=0.0)[0]


def shown(value: object) -> str:
    """A value as its author wrote it in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "a section"
    return str(value)


class Section:
    """Hands out the values of one section by type.

    A wrong value is noted in `problems` and its default handed out, so that one pass finds
    everything there is to mend. The keys asked for are the keys known: `finish` notes the rest.
    """

    def __init__(
        self,
        name: str,
        values: Mapping[str, object],
        *,
        environ: Mapping[str, str],
        problems: list[str],
    ) -> None:
        self.name = name
        self._values = values
        self._environ = environ
        self._problems = problems
        self._asked: dict[str, None] = {}

    def problem(self, key: str, what: str) -> None:
        self._problems.append(f"[{self.name}] {key} {what}")

    def part(self, name: str, values: Mapping[str, object]) -> "Section":
        """A table inside of this section, whose problems are noted with this one's."""
        return Section(
            f"{self.name}.{name}", values, environ=self._environ, problems=self._problems
        )

    @property
    def problem_count(self) -> int:
        """How much is wrong so far, here and elsewhere in the file."""
        return len(self._problems)

    def finish(self) -> None:
        for key in self._values:
            if key not in self._asked:
                guess = nearest(key, list(self._asked))
                self.problem(key, f"is not a known key; did you mean {guess}?")

    def text(self, key: str, default: str | None = None, *, choices: tuple[str, ...] = ()) -> str:
        """A text with `${NAME}` filled in. Without a default it must be there and not empty."""
        value = self._raw(key)
        if value is None:
            if default is None:
                self.problem(key, "is missing")
            return default or ""
        expected = f"one of {', '.join(choices)}" if choices else "text in quotes"
        if not isinstance(value, str):
            self.problem(key, f"must be {expected}, not {shown(value)}")
            return default or ""
        filled = self._filled(key, value)
        if filled is None:
            return default or ""
        if choices and filled not in choices:
            self.problem(key, f"must be {expected}, not {shown(filled)}")
            return default or ""
        if default is None and not filled.strip():
            self.problem(key, "must not be empty")
        return filled

    def secret(self, key: str, *, required: bool = True) -> Secret | None:
        """A secret; what is wrong with it is told without showing it."""
        value = self._raw(key)
        if value is None:
            if required:
                self.problem(key, f'is missing; write {key} = "{self._example(key)}"')
            return None
        if not isinstance(value, str):
            self.problem(key, f'must be text in quotes, such as "{self._example(key)}"')
            return None
        filled = self._filled(key, value)
        if filled is None:
            return None
        if required and not filled.strip():
            self.problem(key, "must not be empty")
        return Secret(filled)

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        value = self._raw(key)
        if value is None:
            return default
        # bool is an int to Python, but nobody means 1 by true.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.problem(key, f"must be an integer from {low} to {high}, not {shown(value)}")
            return default
        return value

    def number(self, key: str, default: float, *, low: float, high: float) -> float:
        """A number that may have decimals: a length of time, never money."""
        value = self._raw(key)
        if value is None:
            return default
        if not _is_number(value) or not low <= value <= high:
            self.problem(key, f"must be a number from {low:g} to {high:g}, not {shown(value)}")
            return default
        return value

    def numbers(
        self, key: str, default: tuple[float, ...], *, low: float, high: float
    ) -> tuple[float, ...]:
        value = self._raw(key)
        if value is None:
            return default
        expected = f"must be a list of numbers from {low:g} to {high:g}"
        if not isinstance(value, list):
            self.problem(key, f"{expected}, not {shown(value)}")
            return default
        if wrong := [item for item in value if not (_is_number(item) and low <= item <= high)]:
            self.problem(key, f"{expected}; {shown(wrong[0])} is not")
            return default
        return tuple(value)

    def ids(self, key: str) -> tuple[str, ...]:
        """A list of platform numbers, written with or without quotes."""
        value = self._raw(key)
        if value is None:
            return ()
        expected = "must be a list of group numbers"
        if not isinstance(value, list):
            self.problem(key, f"{expected}, not {shown(value)}")
            return ()
        found = [str(item) for item in value if not isinstance(item, bool)]
        if wrong := [item for item in value if isinstance(item, bool) or not _is_id(item)]:
            self.problem(key, f"{expected}; {shown(wrong[0])} is not")
            return ()
        return tuple(dict.fromkeys(found))

    def url(self, key: str, default: str) -> str:
        """An http(s) address without a slash at its end; an empty default may stay empty."""
        value = self.text(key, default)
        if not value:
            return default
        try:
            parts = urlsplit(value)
            valid = parts.scheme in ("http", "https") and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            valid = False
        if not valid or parts.query or parts.fragment:
            self.problem(key, f"must be an address such as https://example.org, not {shown(value)}")
            return default
        return value.rstrip("/")

    def accept(self, *keys: str) -> None:
        """Know these keys without reading them."""
        self._asked.update(dict.fromkeys(keys))

    def peek(self, key: str) -> object:
        """The value as it stands, known but unchecked."""
        return self._raw(key)

    def holds_literal(self, key: str) -> bool:
        """Whether the file itself holds this value rather than naming a variable."""
        value = self._values.get(key)
        return isinstance(value, str) and bool(value) and not _VARIABLE.search(value)

    def _raw(self, key: str) -> object:
        self._asked[key] = None
        return self._values.get(key)

    def _filled(self, key: str, value: str) -> str | None:
        missing = [name for name in _VARIABLE.findall(value) if not self._environ.get(name)]
        for name in dict.fromkeys(missing):
            state = "is empty" if name in self._environ else "is not set"
            self.problem(key, f"needs the environment variable {name}, which {state}")
        if missing:
            return None
        return _VARIABLE.sub(lambda found: self._environ[found[1]], value)

    def _example(self, key: str) -> str:
        return f"${{{self.name}_{key}}}".replace(".", "_").upper()


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_id(value: object) -> bool:
    return bool(re.fullmatch(r"[1-9][0-9]{0,19}", str(value)))
