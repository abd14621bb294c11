"""Items of the registry (G15–G18): made, changed, offered or no longer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import items as item_acts
from perene.apps.catalog import plans as plan_rows
from perene.apps.catalog.items import ItemContent
from perene.apps.catalog.models import Item
from perene.apps.ledger.models import Account
from perene.interfaces.backoffice import access, fields, plan_forms, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.plan_forms import TierForm, TierRow
from perene.kit import texts
from perene.rules.price_lines import TIERED, CalcType
from perene.rules.refusals import Refusal
from perene.rules.tiers import Tier

FIELDS = {
    "item_code_missing": "code",
    "item_code_taken": "code",
    "item_name_missing": "name",
    "calc_type_fixed": "calc_type",
    "calc_type_unknown": "calc_type",
    "amount_out_of_range": "unit_cents",
    "package_size_missing": "package_size",
    "unknown_account": "account",
}
MOST_TIERS = 100


class Form(plan_forms.Quiet):
    code = forms.CharField(
        label=_("Code"), max_length=60, help_text=_("Unique in the organization."),
        error_messages={"required": _("Give the item a code.")},
    )  # fmt: skip
    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("As it stands on the invoice; a plan may call it otherwise."),
        error_messages={"required": _("Give the item a name.")},
    )  # fmt: skip
    calc_type = forms.ChoiceField(
        label=_("Calculation"), choices=list(words.CALCULATIONS.items()), help_text=_("It cannot be changed later.")
    )  # fmt: skip
    unit_cents = fields.Money(
        label=_("Base amount"),
        required=False,
        help_text=_("Of one unit or package; negative is a credit. Plans may say another."),
    )
    package_size = fields.Number(label=_("Units in a package"), required=False)
    account = forms.ChoiceField(label=_("Revenue account"), help_text=_("Where its revenue is posted."))


@access.form("catalog.write", section="plans")
def new(request: MemberRequest) -> HttpResponseBase:
    return _edited(request, None)


@access.form("catalog.write", section="plans")
def edit(request: MemberRequest, item_id: UUID) -> HttpResponseBase:
    found: Item = get_object_or_404(Item.objects.select_related("account"), id=item_id)
    return _edited(request, found)


@access.act("catalog.write")
def set_active(request: MemberRequest, item_id: UUID) -> HttpResponseBase:
    is_active = request.POST.get("is_active") == "yes"
    item_acts.set_active(item_id, is_active=is_active)
    if is_active:
        said = gettext("The item is offered for plans.")
    else:
        said = gettext("The item is not offered any more; plans and contracts keep it.")
    messages.success(request, said)
    return HttpResponseRedirect(reverse("backoffice:item", args=[item_id]))


def _edited(request: MemberRequest, item: Item | None) -> HttpResponseBase:
    what = request.POST.get("do", "save") if request.method == "POST" else ""
    form, table = _sent(request.POST, item) if what else _stored(item)
    _offer_accounts(form)
    if item is not None:
        for name in ("code", "calc_type"):
            form.fields[name].required = False
    if what == "save":
        content = _content(form, table, item)
        if content is not None:
            try:
                return _saved(request, item, form, content)
            except Refusal as refusal:
                fields.refuse(form, refusal, FIELDS)
    elif what:
        table = _changed(table, what)
    if what != "save":
        for quiet in (form, *(row.form for row in table)):
            quiet.is_quiet = True
    return _page(request, item, form, table, is_checked=what == "save")


def _saved(request: MemberRequest, item: Item | None, form: Form, content: ItemContent) -> HttpResponseBase:
    if item is None:
        item_acts.create(form.cleaned_data["code"], content)
    else:
        item_acts.edit(item.id, content)
    said = plan_rows.ITEM_MESSAGES["item.included" if item is None else "item.changed"]
    messages.success(request, texts.render(said))
    return HttpResponseRedirect(reverse("backoffice:items"))


def _page(
    request: MemberRequest, item: Item | None, form: Form, table: list[TierRow], *, is_checked: bool
) -> HttpResponseBase:
    title = item.name if item else gettext("New item")
    facts = {
        "title": title,
        "item": item,
        "form": form,
        "tiers": table,
        "is_tiered": item is not None and item.calc_type in TIERED,
        "is_package": item is not None and item.calc_type == CalcType.PACKAGE,
        "crumbs": [
            {"label": gettext("Plans and items"), "href": reverse("backoffice:plans")},
            {"label": gettext("Items"), "href": reverse("backoffice:items")},
            {"label": title},
        ],
    }
    return render(request, "backoffice/item_form.html", facts, status=422 if is_checked else 200)


def _stored(item: Item | None) -> tuple[Form, list[TierRow]]:
    initial: dict[str, Any] = {}
    if item is not None:
        initial = {
            "code": item.code,
            "name": item.name,
            "calc_type": item.calc_type,
            "unit_cents": item.unit_cents,
            "package_size": item.package_size,
            "account": item.account.code if item.account else "",
        }
    table = [
        TierRow(str(number), plan_forms.filled(TierForm, tier, prefix=f"t{number}"))
        for number, tier in enumerate(plan_forms.tiers_initial(item.tiers if item else None))
    ]
    return plan_forms.filled(Form, initial), table


def _sent(sent: QueryDict, item: Item | None) -> tuple[Form, list[TierRow]]:
    keys = [key for key in sent.getlist("tier")[:MOST_TIERS] if key.isdigit()]
    return Form(sent), [TierRow(key, TierForm(sent, prefix=f"t{key}")) for key in keys]


def _changed(table: list[TierRow], what: str) -> list[TierRow]:
    name, *keys = what.split(" ")
    if name == "tier-add":
        key = str(max((int(row.key) for row in table), default=-1) + 1)
        return [*table, TierRow(key, plan_forms.filled(TierForm, {}, prefix=f"t{key}"))]
    return [row for row in table if row.key not in keys]


def _content(form: Form, table: list[TierRow], item: Item | None) -> ItemContent | None:
    """What the forms say; None where a field cannot be read."""
    calc_type = item.calc_type if item else form.data.get("calc_type", "")
    rows = [row.form for row in table] if calc_type in TIERED else []
    if not all([form.is_valid(), *(row.is_valid() for row in rows)]):
        return None
    said = form.cleaned_data
    return ItemContent(
        name=said["name"],
        calc_type=calc_type,
        unit_cents=0 if calc_type in TIERED else said["unit_cents"] or 0,
        tiers=tuple(
            Tier(
                row.cleaned_data["up_to"],
                row.cleaned_data["unit_cents"] or 0,
                row.cleaned_data["flat_cents"] or 0,
            )
            for row in rows
        ),
        package_size=said["package_size"] if calc_type == CalcType.PACKAGE else None,
        account_code=said["account"],
    )


def _offer_accounts(form: Form) -> None:
    accounts = Account.objects.filter(kind="revenue", is_active=True).order_by("code")
    field = form.fields["account"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(account.code, f"{account.code} {account.name}") for account in accounts]
