"""The plan editor's fields, and the way between what stands in them and what a plan says (`catalog.versions.PlanContent`).

The whole plan is one form, its items and tiers numbered rows in it: nothing is kept on the server between two requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from perene.apps.catalog.versions import ItemOfPlan, PlanContent
from perene.interfaces.backoffice import fields, words
from perene.kit import texts
from perene.rules import recurrence, tiers
from perene.rules.dunning import DunningTerms
from perene.rules.price_lines import MAX_SURCHARGE_PERCENT, TIERED, AdjustmentKind, CalcType
from perene.rules.recurrence import RecurrenceKind
from perene.rules.refusals import Refusal
from perene.rules.tiers import Tier

# Which field a Refusal is about.
FIELDS = {
    "plan_code_missing": "code",
    "plan_code_taken": "code",
    "copy_needs_new_code": "code",
    "copy_needs_new_name": "name",
    "plan_name_missing": "name",
    "payment_methods_missing": "methods",
    "payment_method_unknown": "methods",
    "interval_unknown": "interval_unit",
    "interval_out_of_range": "interval_count",
    "cycles_out_of_range": "total_cycles",
    "charge_day_unknown": "charge_day_kind",
    "charge_day_days_missing": "charge_day",
    "charge_day_out_of_range": "charge_day",
    "due_after_days_out_of_range": "due_after_days",
    "dunning_pre_due_out_of_range": "pre_due_days",
    "reminder_before_charge": "pre_due_days",
    "dunning_start_out_of_range": "post_due_start",
    "dunning_start_missing": "post_due_start",
    "dunning_every_missing": "every_days",
    "dunning_every_out_of_range": "every_days",
    "dunning_for_missing": "for_days",
    "dunning_for_out_of_range": "for_days",
    "metadata_malformed": "metadata",
}
ITEM_FIELDS = {
    "item_name_missing": "name",
    "quantity_out_of_range": "quantity",
    "package_size_missing": "package_size",
    "recurrence_out_of_range": "recurrence_kind",
    "cycle_beyond_total": "recurrence_kind",
    "discount_above_price": "discount",
    "credit_with_adjustment": "surcharge",
    "percent_out_of_range": "surcharge",
    "adjustment_negative": "surcharge",
    "amount_out_of_range": "unit_cents",
}


def whole(label: Any, hint: Any = "", **given: Any) -> forms.IntegerField:
    """A whole number that may be left out."""
    return forms.IntegerField(
        label=label,
        help_text=hint,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": _("Write a whole number.")},
        **given,
    )


class Quiet(forms.Form):
    """A form that can keep its mistakes to itself: what is still being typed is not wrong yet."""

    is_quiet = False

    @property
    def errors(self) -> Any:
        return {} if self.is_quiet else super().errors


class PlanForm(Quiet):
    """Everything of a plan but its items (G1–G14, G27, G36). What may be is asked of the rules, not here."""

    name = forms.CharField(
        label=_("Name of the plan"), max_length=200, help_text=_("As the customer reads it on contract and invoice."),
        error_messages={"required": _("Give the plan a name.")},
    )  # fmt: skip
    code = forms.CharField(
        label=_("External code"), max_length=60,
        help_text=_("Yours alone for ever: it is not used again, not even after deleting the plan."),
        error_messages={"required": _("Give the plan an external code.")},
    )  # fmt: skip
    methods = forms.MultipleChoiceField(
        label=_("Payment methods"), choices=list(words.PAYMENT_METHODS.items()), widget=forms.CheckboxSelectMultiple,
        help_text=_("A contract picks one of them."), error_messages={"required": _("Choose at least one payment method.")},
    )  # fmt: skip
    interval_unit = forms.ChoiceField(
        label=_("Charged every"), choices=list(words.INTERVAL_UNITS.items()), initial="month"
    )
    interval_count = whole(_("Times the period"), _("2 months is charged every second month."), initial=1)
    total_cycles = whole(_("Number of charges"), _("Leave it empty for a plan without end."))
    charge_day_kind = forms.ChoiceField(
        label=_("When the charge is made"), choices=list(words.CHARGE_DAYS.items())
    )
    charge_day = whole(
        _("Day, or days"),
        _(
            "The day of the month (weekday 1–7, Monday is 1, in a weekly plan), or how many days before or after."
        ),
        initial=1,
    )
    due_after_days = whole(
        _("Due after (days)"),
        _("0 to 30, for contracts without a due day of their own. Empty: 0 for card alone, else 7."),
    )
    prorate_first = forms.BooleanField(
        label=_("Charge the days before the first charge day in proportion"),
        required=False,
        help_text=_("Otherwise those days are free."),
    )
    prorate_last = forms.BooleanField(
        label=_("Charge the last period in proportion when the contract ends inside it"),
        required=False,
        help_text=_("Otherwise the last period is charged whole."),
    )
    dunning = forms.ChoiceField(
        label=_("Dunning schedule"), widget=forms.RadioSelect, initial="standard",
        choices=[("standard", _("The organization's standard, as it is at any time")), ("custom", _("One of this plan's own"))],
    )  # fmt: skip
    pre_due_days = whole(_("Reminder, days before"), _("0 to 10; 0 is the due day; empty is none."))
    post_due_start = whole(_("First notice, days after"), _("1 to 10; empty is none."))
    every_days = whole(_("Then every (days)"), _("1 to 180."))
    for_days = whole(_("For (days)"), _("1 to 180, from the first notice on."))
    metadata = forms.CharField(
        label=_("Additional data"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line, as “name: text”. They are shown with the plan's summary."),
    )  # fmt: skip

    def clean_metadata(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.cleaned_data["metadata"].splitlines():
            name, separator, text = line.partition(":")
            if line.strip() and not (separator and name.strip()):
                raise forms.ValidationError(_("Write each as “name: text”, one a line."))
            if line.strip():
                found[name.strip()] = text.strip()
        return found


class ItemForm(Quiet):
    """An item on the plan (G15–G25). Its calculation is the registry's, so its fields are known when it is drawn."""

    item = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Description"), max_length=200, error_messages={"required": _("Give the item a name.")}
    )
    quantity = fields.Number(label=_("Quantity"), required=False)
    unit_cents = fields.Money(label=_("Base amount"), required=False)
    package_size = fields.Number(label=_("Units in a package"), required=False)
    adjustment_kind = forms.ChoiceField(
        label=_("Surcharge and discount in"), choices=list(words.ADJUSTMENTS.items())
    )
    surcharge = forms.CharField(label=_("Surcharge"), required=False, max_length=40)
    discount = forms.CharField(label=_("Discount"), required=False, max_length=40)
    recurrence_kind = forms.ChoiceField(label=_("Recurrence"), choices=list(words.RECURRENCES.items()))
    start = whole(_("From cycle"), initial=1)
    count = whole(_("How many times"))

    def __init__(self, *given: Any, calc_type: str, **more: Any) -> None:
        super().__init__(*given, **more)
        for name in ("surcharge", "discount"):
            self.fields[name].widget.attrs |= {
                "inputmode": "decimal",
                "autocomplete": "off",
                "class": "number",
            }
        absent = {"package_size"} if calc_type != CalcType.PACKAGE else set()
        if calc_type == CalcType.PRICE:
            absent |= {"quantity"}
        if calc_type in TIERED:
            absent |= {"unit_cents"}
        for name in absent:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        is_money = self.cleaned_data.get("adjustment_kind") == AdjustmentKind.MONEY
        reader = fields.Money(required=False) if is_money else fields.Number(required=False)
        for name in ("surcharge", "discount"):
            try:
                self.cleaned_data[name] = reader.clean(self.cleaned_data.get(name, "")) or 0
            except forms.ValidationError as wrong:
                self.add_error(name, wrong)
        try:
            self.cleaned_data["recurrence"] = self._recurrence()
        except Refusal as refusal:
            self.add_error("recurrence_kind", texts.render(refusal))
        return self.cleaned_data

    def _recurrence(self) -> str:
        kind = self.cleaned_data.get("recurrence_kind")
        start = self.cleaned_data.get("start")
        if kind == RecurrenceKind.ONE_TIME:
            return recurrence.one_time(1 if start is None else start).code
        if kind == RecurrenceKind.CYCLES:
            return recurrence.cycles(
                self.cleaned_data.get("count") or 0, start=1 if start is None else start
            ).code
        return recurrence.CONTINUOUS.code


class TierForm(Quiet):
    """A row of a tier table. The last row has no end."""

    up_to = fields.Number(label=_("Up to"), required=False)
    unit_cents = fields.Money(label=_("Each unit"), required=False)
    flat_cents = fields.Money(label=_("Fixed amount"), required=False)


@dataclass
class TierRow:
    key: str
    form: TierForm


@dataclass
class ItemRow:
    """An item of the form, with its rows of tiers. `of` is the registry's item; `estimated_cents` what a cycle of it costs,
    where that can be told."""

    key: str
    of: Any
    form: ItemForm
    tiers: list[TierRow] = field(default_factory=list)
    estimated_cents: int | None = None
    base_cents: int | None = None

    def forms(self) -> list[Any]:
        return [self.form, *(tier.form for tier in self.tiers)]

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self.forms())

    def blamed(self) -> dict[str, str]:
        """Surcharge and discount share their Refusals: the discount is meant where the surcharge can be."""
        surcharge = self.form.cleaned_data.get("surcharge") or 0
        name = "discount" if 0 <= surcharge <= MAX_SURCHARGE_PERCENT else "surcharge"
        return {"percent_out_of_range": name} | (
            {"adjustment_negative": "discount"} if surcharge >= 0 else {}
        )

    @property
    def is_tiered(self) -> bool:
        return self.of.calc_type in TIERED

    def content(self) -> ItemOfPlan:
        """What the row says; its forms must be valid."""
        said = self.form.cleaned_data
        is_money = said["adjustment_kind"] == AdjustmentKind.MONEY
        table = [
            Tier(
                tier.form.cleaned_data["up_to"],
                tier.form.cleaned_data["unit_cents"] or 0,
                tier.form.cleaned_data["flat_cents"] or 0,
            )
            for tier in self.tiers
        ]
        return ItemOfPlan(
            item_id=said["item"],
            name=said["name"],
            quantity=Decimal(1) if said.get("quantity") is None else said["quantity"],
            unit_cents=said.get("unit_cents") or 0,
            tiers=tiers.to_json(table) if self.is_tiered else None,
            package_size=said.get("package_size"),
            adjustment_kind=said["adjustment_kind"],
            surcharge_cents=said["surcharge"] if is_money else 0,
            discount_cents=said["discount"] if is_money else 0,
            surcharge_percent=Decimal(0) if is_money else Decimal(said["surcharge"]),
            discount_percent=Decimal(0) if is_money else Decimal(said["discount"]),
            recurrence=said["recurrence"],
        )


def filled(kind: Any, initial: Mapping[str, Any], **given: Any) -> Any:
    """A form as if these values had been sent; the fields' own initial ones where nothing is said."""
    empty = kind(**given)
    sent = QueryDict(mutable=True)
    for bound in empty:
        value = bound.field.prepare_value(initial.get(bound.name, bound.initial))
        if value in (None, "") and isinstance(bound.field.widget, forms.Select) and bound.field.choices:
            value = bound.field.choices[0][0]  # what the browser shows
        if isinstance(value, list):
            sent.setlist(bound.html_name, value)
        elif value is True:
            sent[bound.html_name] = "on"
        elif isinstance(value, date):
            sent[bound.html_name] = f"{value:%d/%m/%Y}"
        elif value is not None and value is not False:
            sent[bound.html_name] = str(value)
    return kind(sent, **given)


def content(form: PlanForm, rows: list[ItemRow]) -> PlanContent:
    """What the forms say; they must be valid."""
    said = form.cleaned_data
    custom = DunningTerms(said["pre_due_days"], said["post_due_start"], said["every_days"], said["for_days"])
    return PlanContent(
        name=said["name"],
        payment_methods=said["methods"],
        interval_unit=said["interval_unit"],
        interval_count=1 if said["interval_count"] is None else said["interval_count"],
        total_cycles=said["total_cycles"],
        charge_day_kind=said["charge_day_kind"],
        charge_day=said["charge_day"],
        due_after_days=said["due_after_days"],
        prorate_first=said["prorate_first"],
        prorate_last=said["prorate_last"],
        dunning=custom if said["dunning"] == "custom" else None,
        metadata=said["metadata"],
        items=[row.content() for row in rows],
    )


def plan_initial(says: PlanContent, *, code: str) -> dict[str, Any]:
    """A plan's content as its fields show it."""
    dunning = says.dunning or DunningTerms()
    return {
        "name": says.name,
        "code": code,
        "methods": list(says.payment_methods),
        "interval_unit": str(says.interval_unit),
        "interval_count": says.interval_count,
        "total_cycles": says.total_cycles,
        "charge_day_kind": str(says.charge_day_kind),
        "charge_day": says.charge_day,
        "due_after_days": says.due_after_days,
        "prorate_first": says.prorate_first,
        "prorate_last": says.prorate_last,
        "dunning": "custom" if says.dunning else "standard",
        **dunning._asdict(),
        "metadata": "\n".join(f"{name}: {text}" for name, text in says.metadata.items()),
    }


def item_initial(says: ItemOfPlan) -> dict[str, Any]:
    """An item's content as its fields show it."""
    is_money = says.adjustment_kind == AdjustmentKind.MONEY
    repeats = recurrence.parse(says.recurrence)
    surcharge = says.surcharge_cents if is_money else says.surcharge_percent
    discount = says.discount_cents if is_money else says.discount_percent
    return {
        "item": says.item_id,
        "name": says.name,
        "quantity": says.quantity,
        "unit_cents": says.unit_cents,
        "package_size": says.package_size,
        "adjustment_kind": says.adjustment_kind,
        "surcharge": _shown(surcharge),
        "discount": _shown(discount),
        "recurrence_kind": str(repeats.kind),
        "start": repeats.start,
        "count": repeats.cycles if repeats.kind == RecurrenceKind.CYCLES else None,
    }


def tiers_initial(table: Any) -> list[dict[str, Any]]:
    """A stored tier table as rows of fields; a broken one is shown as far as it can be read, to be entered again."""
    try:
        found = tiers.from_json(table)
    except Refusal:
        return [{}]
    return [
        {"up_to": tier.up_to, "unit_cents": tier.unit_cents, "flat_cents": tier.flat_cents} for tier in found
    ] or [{}]


def _shown(amount: int | Decimal) -> str:
    if not amount:
        return ""
    return fields.plain_money(amount) if isinstance(amount, int) else texts.show("percent", amount)
