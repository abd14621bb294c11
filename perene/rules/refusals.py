"""How the rules say no, and how they say anything to a person: a sentence and its values, put together by the reader's side."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for a person. `message` is an English msgid with {named} places, translated before they are filled.
    A whole number in `params` named `*_cents` is an amount; dates and Decimals are values, never preformatted."""

    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return _in_english(self.message, self.params)


class Refusal(Exception):
    """The business says no. `code` is stable (API, tests); `message` is an English msgid that says what to do."""

    def __init__(self, code: str, message: str, /, **params: object) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.params: Mapping[str, object] = params

    def __str__(self) -> str:
        return _in_english(self.message, self.params)

    def __reduce__(self) -> tuple[object, ...]:
        # Exception would call the class again without the keyword arguments, and lose them between processes.
        return _restore, (self.code, self.message, dict(self.params))


def _restore(code: str, message: str, params: dict[str, object]) -> Refusal:
    return Refusal(code, message, **params)


def _in_english(message: str, params: Mapping[str, object]) -> str:
    """For logs: the untranslated sentence, amounts in plain reais."""
    return message.format(**{name: _plain(name, value) for name, value in params.items()})


def _plain(name: str, value: object) -> object:
    if name.endswith("_cents") and isinstance(value, int):
        reais, cents = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}R$ {reais}.{cents:02d}"
    return value
