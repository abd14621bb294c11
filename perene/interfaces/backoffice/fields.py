"""What people type, read as the rules count it: amounts as centavos, quantities and rates as Decimal, dates as dates."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from perene.interfaces.backoffice import widgets
from perene.kit import texts
from perene.rules import money
from perene.rules.refusals import Refusal

_LONGEST = 40


class _Figure(forms.Field):
    """A figure typed as text."""

    def __init__(self, **given: Any) -> None:
        attributes = {
            "inputmode": "decimal",
            "autocomplete": "off",
            "class": "number",
            "maxlength": str(_LONGEST),
        }
        super().__init__(**{"widget": forms.TextInput(attrs=attributes), **given})


class Money(_Figure):
    """ "1.234,56" → 123456. Empty is None. Shows what it is given in centavos the same way."""

    def prepare_value(self, value: Any) -> Any:
        return plain_money(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()[: _LONGEST + 1]
        if not text:
            return None
        try:
            return money.from_brl_text(text)
        except Refusal as refusal:
            raise forms.ValidationError(texts.render(refusal)) from None


class Number(_Figure):
    """ "1.234,5" or "2.5" → Decimal. Empty is None."""

    def prepare_value(self, value: Any) -> Any:
        return texts.show("number", value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()[: _LONGEST + 1]
        if not text:
            return None
        try:
            return Decimal(_with_point(text))
        except InvalidOperation:
            raise forms.ValidationError(_("Write a number like 2 or 2,5.")) from None


def _with_point(text: str) -> str:
    """Points group thousands where a comma or three digits follow each; a lone point is a comma."""
    if "," in text:
        return text.replace(".", "").replace(",", ".")
    head, *groups = text.split(".")
    is_grouped = groups and 1 <= len(head.lstrip("-")) <= 3 and all(len(group) == 3 for group in groups)
    return text.replace(".", "") if is_grouped else text


def plain_money(cents: int) -> str:
    """ "1.234,56": an amount without its sign, as it stands in a field."""
    return money.format_brl(cents).replace("R$\u00a0", "")


def day(**given: Any) -> forms.DateField:
    """A date typed as dd/mm/aaaa."""
    return forms.DateField(
        input_formats=["%d/%m/%Y"],
        widget=widgets.DateInput(),
        error_messages={"invalid": _("Write the date as dd/mm/yyyy."), "required": _("Write a date.")},
        **given,
    )


def refuse(form: forms.Form, refusal: Refusal, fields: Mapping[str, str]) -> None:
    """Say a Refusal beside the field that its code is about; above the form where no field is. `fields`: code → field."""
    name = fields.get(refusal.code)
    form.add_error(name if name in form.fields else None, texts.render(refusal))


def uuid(text: str) -> UUID:
    """An identity from an address; one that nothing has for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
