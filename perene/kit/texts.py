"""Turns a Text or a Refusal of the rules into Portuguese: gettext for the sentence, Brazilian forms for its values. A sentence
may be kept in a row, as its msgid and the values that `stored` answers, and be said later."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext

from perene.rules import money
from perene.rules.refusals import Refusal, Text


class Sentence(Protocol):
    @property
    def message(self) -> str: ...

    @property
    def params(self) -> Mapping[str, object]: ...


def render(sentence: Sentence) -> str:
    """The sentence in the reader's language, with amounts as R$ and dates as dd/mm/aaaa."""
    shown = {name: show(name, value) for name, value in sentence.params.items()}
    return gettext(sentence.message).format(**shown)


def show(name: str, value: object) -> str:
    """One value, as a Brazilian reads it. Whole numbers named `*_cents` are amounts."""
    if isinstance(value, Mapping):
        value = _restored(value)
    if isinstance(value, Text | Refusal):  # a word inside the sentence
        return render(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int) and name.endswith("_cents"):
        return money.format_brl(value)
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return text.replace(".", ",")
    return str(value)


def stored(params: Mapping[str, object]) -> dict[str, object]:
    """The values of a sentence as JSON keeps them: what JSON has no type for says which it is, so that `render` shows a date
    of last year as it would have shown it then."""
    return {name: _stored(value) for name, value in params.items()}


def _stored(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):  # read from a row, and kept again
        return dict(value)
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, Text | Refusal):
        return {"text": value.message, "params": stored(value.params)}
    return str(value)


def _restored(value: Mapping[str, object]) -> object:
    match value:
        case {"datetime": str(said)}:
            return datetime.fromisoformat(said)
        case {"date": str(said)}:
            return date.fromisoformat(said)
        case {"decimal": str(said)}:
            return Decimal(said)
        case {"text": str(said), "params": Mapping() as params}:
            return Text(said, params)
    return str(dict(value))
