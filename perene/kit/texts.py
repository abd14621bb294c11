"""Turns a Text or a Refusal of the rules into Portuguese: gettext for the sentence, Brazilian forms for its values."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext

from perene.rules import money


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
