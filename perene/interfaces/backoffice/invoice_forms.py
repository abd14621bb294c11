"""The fields of an invoice that a person enters. The whole invoice is one form, its lines numbered rows in it: nothing is kept
on the server between two requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Sum
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.apps.customers.models import Customer
from perene.apps.ledger import accounts
from perene.apps.policies import holidays
from perene.apps.receivables.models import Credit
from perene.interfaces.backoffice import fields, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.framing import units_of
from perene.kit import ids
from perene.rules import by_hand

# Which field a Refusal is about.
FIELDS = {
    "due_in_the_past": "due_on",
    "due_too_far": "due_on",
    "payment_method_unknown": "method",
    "unknown_unit": "unit",
}
FIRST_ROWS = 1


class InvoiceForm(forms.Form):
    """Everything of an invoice but its lines."""

    due_on = fields.day(label=_("Due on"))
    method = forms.ChoiceField(label=_("Payment method"), choices=list(words.PAYMENT_METHODS.items()))
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)


class LineForm(forms.Form):
    description = forms.CharField(
        label=_("Description"),
        max_length=by_hand.LONGEST_DESCRIPTION,
        error_messages={"required": _("Describe the line.")},
    )
    amount = fields.Money(label=_("Amount (R$)"), error_messages={"required": _("Tell the amount.")})
    account = forms.ChoiceField(label=_("Account"), required=False)

    def clean_amount(self) -> int:
        cents: int = self.cleaned_data["amount"]
        if cents == 0:
            raise forms.ValidationError(gettext("Tell an amount other than zero."))
        return cents


@dataclass
class LineRow:
    key: str
    form: LineForm


class Editor:
    """The forms of one request."""

    def __init__(self, customer: Customer, request: MemberRequest) -> None:
        self.customer = customer
        self.request = request
        self.form = InvoiceForm()
        self.rows: list[LineRow] = []
        self.units = [
            unit for unit in units_of(request) if request.unit_ids is None or unit.id in request.unit_ids
        ]
        self.choices = account_choices()

    def begin(self) -> None:
        """An empty invoice."""
        self.form = self._form(
            initial={"unit": str(self.customer.unit_id), "request_key": str(ids.new()), "method": "boleto"}
        )
        self.rows = [LineRow(str(number), self._line(str(number))) for number in range(FIRST_ROWS)]

    def read(self, sent: QueryDict) -> None:
        self.form = self._form(sent)
        keys = list(dict.fromkeys(key for key in sent.getlist("row") if key.isdigit()))[: by_hand.MOST_LINES]
        self.rows = [LineRow(key, self._line(key, sent)) for key in keys]

    def do(self, what: str) -> None:
        """Rows that come and go: `line-add`, `line-remove KEY`."""
        name, *keys = what.split(" ")
        if name == "line-remove":
            self.rows = [row for row in self.rows if row.key not in keys]
        elif name == "line-add" and len(self.rows) < by_hand.MOST_LINES:
            key = str(max((int(row.key) for row in self.rows), default=-1) + 1)
            self.rows.append(LineRow(key, self._line(key)))

    @property
    def is_valid(self) -> bool:
        if not self.rows:
            self.form.add_error(None, gettext("Enter at least one line."))
        return all([form.is_valid() for form in (self.form, *(row.form for row in self.rows))])

    @property
    def unit_id(self) -> UUID:
        """The unit of the invoice: one that the person may see."""
        asked = self.form.cleaned_data["unit"]
        return uuid_of(asked) if asked else self.customer.unit_id

    def lines(self) -> list[tuple[str, int, UUID | None]]:
        said = [row.form.cleaned_data for row in self.rows]
        return [
            (each["description"], each["amount"], uuid_of(each["account"]) if each["account"] else None)
            for each in said
        ]

    def refuse(self, refusal: Any) -> None:
        fields.refuse(self.form, refusal, FIELDS)

    def summary(self, *, is_checked: bool = False) -> dict[str, Any]:
        """What the page and its pieces show: the fields, and what they come to as far as they can be read."""
        cents = [_read(row.form["amount"].value()) for row in self.rows]
        total = sum(found for found in cents if found is not None)
        due_on = _day(self.form["due_on"].value())
        credit = self._credit()
        used = max(0, min(credit, total))
        return {
            "editor": self,
            "customer": self.customer,
            "form": self.form,
            "rows": self.rows,
            "is_checked": is_checked,
            "has_units": len(self.units) > 1,
            "total_cents": total,
            "lines_told": [
                (row.form["description"].value() or gettext("line {number}").format(number=number), found)
                for number, (row, found) in enumerate(zip(self.rows, cents, strict=True), start=1)
                if found is not None
            ],
            "unread": any(
                found is None and row.form["amount"].value()
                for row, found in zip(self.rows, cents, strict=True)
            ),
            "credit_cents": used,
            "to_pay_cents": total - used,
            "due_on": due_on,
            "due_words": _weekday(due_on) if due_on else "",
            "payable_on": _payable_on(due_on),
        }

    def _credit(self) -> int:
        unit = self.form["unit"].value() or self.customer.unit_id
        found = Credit.objects.filter(customer=self.customer, unit_id=uuid_of(str(unit)), is_cancelled=False)
        return int(found.aggregate(cents=Sum("open_cents"))["cents"] or 0)

    def _form(self, sent: QueryDict | None = None, initial: dict[str, Any] | None = None) -> InvoiceForm:
        form = InvoiceForm(sent, initial=initial)
        form.fields["unit"].choices = [(str(unit.id), unit.name) for unit in self.units]  # type: ignore[attr-defined]
        return form

    def _line(self, key: str, sent: QueryDict | None = None) -> LineForm:
        form = LineForm(sent, prefix=f"l{key}")
        form.fields["account"].choices = self.choices  # type: ignore[attr-defined]
        return form


def account_choices() -> list[tuple[str, str]]:
    """Accounts a line may post to; the first is the organization's revenue."""
    found = [(str(row.id), f"{row.code} {row.name}", row.role) for row in accounts.of_lines()]
    found.sort(key=lambda row: row[2] != "revenue")
    return [(id, label) for id, label, _role in found]


def uuid_of(text: str) -> UUID:
    """An id of the address; one that nothing has for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _read(typed: Any) -> int | None:
    try:
        found: int | None = fields.Money(required=False).clean(typed or "")
    except forms.ValidationError:
        return None
    return found


def _day(typed: Any) -> date | None:
    try:
        found: date | None = fields.day(required=False).clean(typed or "")
    except forms.ValidationError:
        return None
    return found


def _weekday(on: date) -> str:
    return date_format(on, "l").lower()


def _payable_on(due_on: date | None) -> date | None:
    """The banking day on which it is still paid in time, where the banks are closed on the due date itself."""
    payable_on = holidays.roll(due_on) if due_on else None
    return payable_on if payable_on != due_on else None
