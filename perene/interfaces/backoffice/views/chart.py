"""The chart of accounts: read, entered, changed, put away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import accounts as acts
from perene.apps.ledger import accounts as rows_of_chart
from perene.apps.ledger.models import Account
from perene.interfaces.backoffice import access, fields, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.rules.refusals import Refusal

WRITE = "books.write"
# Which field a Refusal is about.
FIELDS = {
    "account_code_malformed": "code",
    "account_code_taken": "code",
    "account_name_missing": "name",
    "account_kind_unknown": "kind",
    "account_has_postings": "kind",
    "account_kind_of_role": "kind",
}


class AccountForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=rows_of_chart.LONGEST_CODE,
        help_text=_("As your accountant numbers it, like 3.1.1.04."),
        error_messages={"required": _("Give the account a code.")},
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=rows_of_chart.LONGEST_NAME,
        error_messages={"required": _("Give the account a name.")},
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=list(words.ACCOUNT_KINDS.items()), initial="revenue")


@access.page("books.read", section="accounts")
def page(request: MemberRequest) -> HttpResponseBase:
    rows = list(Account.objects.order_by("code"))
    for row in rows:
        row.kind_word = words.said(words.ACCOUNT_KINDS, row.kind)
        row.role_word = words.said(words.ACCOUNT_ROLES, row.role) if row.role else ""
    facts = {"title": gettext("Chart of accounts"), "accounts": rows, "may_write": request.member.may(WRITE)}
    return render(request, "backoffice/accounts.html", facts)


@access.form(WRITE, section="accounts")
def new(request: MemberRequest) -> HttpResponseBase:
    form = AccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.create(**form.cleaned_data)
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
        else:
            messages.success(
                request, gettext("The account {code} is in the chart.").format(code=form.cleaned_data["code"])
            )
            return HttpResponseRedirect(reverse("backoffice:accounts"))
    return _page(request, form, gettext("New account"))


@access.form(WRITE, section="accounts")
def edit(request: MemberRequest, account_id: UUID) -> HttpResponseBase:
    account: Account = get_object_or_404(Account, id=account_id)
    present = {"code": account.code, "name": account.name, "kind": account.kind}
    form = AccountForm(request.POST if request.method == "POST" else None, initial=present)
    if request.method == "POST" and form.is_valid():
        try:
            acts.change(account_id, **form.cleaned_data)
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
        else:
            messages.success(request, gettext("The account was changed."))
            return HttpResponseRedirect(reverse("backoffice:accounts"))
    return _page(request, form, f"{account.code} {account.name}", account)


@access.act(WRITE)
def take_role(request: MemberRequest, account_id: UUID) -> HttpResponseBase:
    get_object_or_404(Account, id=account_id)
    acts.take_role(account_id, role=request.POST.get("role", ""))
    messages.success(request, gettext("From now on Perene posts to this account by itself."))
    return HttpResponseRedirect(reverse("backoffice:ledger_account", args=[account_id]))


@access.act(WRITE)
def set_active(request: MemberRequest, account_id: UUID) -> HttpResponseBase:
    get_object_or_404(Account, id=account_id)
    is_active = request.POST.get("active") == "yes"
    acts.set_active(account_id, is_active=is_active)
    messages.success(
        request,
        gettext("The account is active again.") if is_active else gettext("The account was put away."),
    )
    return HttpResponseRedirect(reverse("backoffice:ledger_account", args=[account_id]))


def _page(
    request: MemberRequest, form: AccountForm, title: str, account: Account | None = None
) -> HttpResponseBase:
    facts: dict[str, Any] = {
        "title": title,
        "form": form,
        "account": account,
        "role_word": words.said(words.ACCOUNT_ROLES, account.role) if account and account.role else "",
        "roles": _free_roles(account) if account and not account.role else [],
        "crumbs": [
            {"label": gettext("Chart of accounts"), "href": reverse("backoffice:accounts")},
            {"label": title},
        ],
    }
    return render(request, "backoffice/account_form.html", facts, status=422 if form.errors else 200)


def _free_roles(account: Account) -> list[tuple[str, str]]:
    """Roles that an account of this kind may take."""
    return [
        (role, words.said(words.ACCOUNT_ROLES, role))
        for role, kind in rows_of_chart.KIND_OF_ROLE.items()
        if kind == account.kind
    ]
