"""What narrows a list, read from the address: typed, with its mistakes said beside the field, and taken off by one click."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.forms import BoundField
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.interfaces.backoffice import widgets
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.framing import units_of

# Parameters that say which page of the list, not which list.
PAGING = ("after", "before")
# Numbers that people read have at most so many digits; a CPF has eleven.
LONGEST_NUMBER = 9
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


@dataclass(frozen=True, slots=True)
class Tab:
    """A quick filter over the list: one value of `state`."""

    value: str
    label: str | Promise
    count: int | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    text: str
    address: str


class Filters(forms.Form):
    """The base of each list's filters. A value that cannot be is said, and filters nothing."""

    # Fields that take the width that is left; the others stand two in a row on a phone.
    wide: ClassVar[Sequence[str]] = ("q",)
    # Fields that wait behind “more filters”.
    rare: ClassVar[Sequence[str]] = ()
    tabs: ClassVar[Sequence[Tab]] = ()

    def __init__(self, request: HttpRequest, *, otherwise: Mapping[str, date] | None = None) -> None:
        """`otherwise`: dates that stand in the fields where the address says nothing."""
        asked = request.GET.copy()
        for name, on in (otherwise or {}).items():
            if not asked.get(name):
                asked[name] = f"{on:%d/%m/%Y}"
        super().__init__(asked, auto_id="filter-%s")
        self.request = request
        self.otherwise = otherwise or {}
        for field in self.fields.values():
            field.required = False

    def settle(self) -> None:
        """Read what was given. Call when the choices are there."""
        self.is_valid()

    def given(self, name: str) -> Any:
        """What a filter asks for; None where it asks for nothing, or for something that cannot be."""
        return self.cleaned_data.get(name) or None

    @property
    def state(self) -> str:
        """The tab that is open; the first one unless another is asked for."""
        asked = self.request.GET.get("state", "")
        return (
            asked if asked in [tab.value for tab in self.tabs] else (self.tabs[0].value if self.tabs else "")
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether the list is not the whole list."""
        return bool(self.chips()) or bool(self.tabs and self.state != self.tabs[0].value)

    def boxes(self) -> list[tuple[BoundField, str]]:
        """Each field in sight and the class of its box."""
        return [
            (self[name], "grow" if name in self.wide else "half")
            for name in self.fields
            if name not in self.rare
        ]

    def rare_boxes(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name in self.rare]

    def kept(self) -> list[tuple[str, str]]:
        """What the form sends along: the tab and the order."""
        names = ("state", "sort")
        return [(name, self.request.GET[name]) for name in names if self.request.GET.get(name)]

    def chips(self) -> list[Chip]:
        """The filters in force, in words."""
        return [
            Chip(f"{self.fields[name].label}: {self._said(name, value)}", self.address(without=(name,)))
            for name, value in self.cleaned_data.items()
            if value and name not in self.otherwise
        ]

    def address(self, *, without: Iterable[str] = (), **changed: str) -> str:
        """This list with other filters."""
        query = self.request.GET.copy()
        for name in (*PAGING, *without):
            query.pop(name, None)
        for name, value in changed.items():
            query[name] = value
        return f"?{query.urlencode()}"

    def shown_tabs(self) -> list[tuple[Tab, str, bool]]:
        """Each tab, its address, and whether it is open."""
        return [(tab, self.address(state=tab.value), tab.value == self.state) for tab in self.tabs]

    def _said(self, name: str, value: Any) -> str:
        if isinstance(value, date):
            return value.strftime("%d/%m/%Y")
        if isinstance(value, bool):
            return gettext("yes")
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
        return str(value)


def text(label: str | Promise, hint: str | Promise = "") -> forms.CharField:
    """A search by words or numbers."""
    return forms.CharField(
        label=label, max_length=100, widget=forms.TextInput(attrs={"type": "search", "placeholder": hint})
    )


def day(label: str | Promise) -> forms.DateField:
    """A date that arithmetic around it cannot push out of the calendar."""
    return forms.DateField(
        label=label,
        input_formats=["%d/%m/%Y"],
        widget=widgets.DateInput(),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        error_messages={
            "invalid": _("Write the date as dd/mm/yyyy."),
            "min_value": _("Choose a date between 1900 and 2200."),
            "max_value": _("Choose a date between 1900 and 2200."),
        },
    )


def choice(
    label: str | Promise, words: Iterable[tuple[str, str | Promise]], everything: str | Promise
) -> forms.ChoiceField:
    """One of a few; `everything` is the first choice, which filters nothing."""
    return forms.ChoiceField(label=label, choices=[("", everything), *words])


def offer_units(form: Filters, request: MemberRequest) -> None:
    """Fills the field `unit`; where there is only one unit to see, the field goes."""
    units = [] if request.unit_id else units_of(request)
    if len(units) < 2:
        del form.fields["unit"]
    else:
        field = form.fields["unit"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext("All units")), *((str(unit.id), unit.name) for unit in units)]


def words_of(asked: str) -> list[str]:
    """A search as `customers.search_text` is written: lower case, without accents or punctuation of documents."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", asked) if not unicodedata.combining(sign))
    return [_digits(word) for word in plain.casefold().split()]


def about_customer(asked: str, *, prefix: str = "") -> Q:
    """Rows of customers in whom every word of a search is found."""
    found = Q()
    for word in words_of(asked):
        found &= Q(**{f"{prefix}search_text__contains": word})
    return found


def about_number_or_customer(asked: str, *, prefix: str = "customer__") -> Q:
    """A short number is the row's own; anything else (a CPF, a name) is looked for in its customer. Never both: a condition
    with OR over two tables finds no index."""
    number = number_in(asked)
    if number is not None and len(str(number)) <= LONGEST_NUMBER and asked.strip()[:1] != "0":
        return Q(number=number)
    return about_customer(asked, prefix=prefix)


def number_in(asked: str) -> int | None:
    """The number that was typed: "104.512" and "104512" alike; None for anything else."""
    plain = asked.strip().lstrip("#").replace(".", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 18 else None


def _digits(word: str) -> str:
    """A document's word without punctuation; other words as they are."""
    bare = word.translate(str.maketrans("", "", ".-/"))
    is_cnpj = "/" in word and any(sign.isdigit() for sign in bare)  # it may hold letters
    return bare if bare.isdigit() or is_cnpj else word
