"""One receivable: what it costs today and why, noting a payment, and everything else that may happen to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import due_dates, settle
from perene.apps.ledger.models import Account, AccountKind, AccountRole
from perene.apps.receivables.models import Credit, DueDateChange, Receivable, ReceivableStatus, Settlement
from perene.interfaces.backoffice import access, fields, figures, reasons, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.views import receivables, settlements
from perene.kit import texts
from perene.rules import money
from perene.rules.refusals import Refusal

_FIELD_OF = {
    "payment_in_the_future": "paid_on",
    "payment_before_issue": "paid_on",
    "payment_before_another": "paid_on",
    "period_closed": "paid_on",
    "nothing_received": "received",
    "amount_too_large": "received",
    "bad_amount": "received",
    "unknown_account": "account",
}


class PaymentForm(forms.Form):
    """A payment as a clerk reads it off the bank's statement."""

    paid_on = fields.day(label=_("Paid on"))
    received = fields.Money(label=_("Amount received"))
    method = forms.ChoiceField(label=_("How it was paid"), choices=tuple(words.WAYS_OF_PAYING.items()))
    account = forms.ChoiceField(label=_("Account that received it"))
    waive = forms.BooleanField(label=_("Waive fine and interest"), required=False)
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=200,
        help_text=_("What the bank's statement says, or a receipt's number."),
    )
    # Sent twice, noted once.
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, auto_id="payment-%s", **named)
        accounts = Account.objects.filter(kind=AccountKind.ASSET, is_active=True).exclude(
            role=AccountRole.RECEIVABLES
        )
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(row.id), f"{row.code} {row.name}") for row in accounts.order_by("code")]


@access.page("receivables.read", section="receivables")
def page(request: MemberRequest, receivable_id: UUID) -> HttpResponseBase:
    receivable = _one(request, receivable_id)
    form = PaymentForm(initial=_usual(receivable, request))
    return render(request, "backoffice/receivable.html", _facts(request, receivable, form))


@access.form("receivables.write", section="receivables")
def pay(request: MemberRequest, receivable_id: UUID) -> HttpResponseBase:
    """The same page; by POST the payment is noted, or what is wrong with it stands beside the fields."""
    receivable = _one(request, receivable_id)
    if request.method == "POST":
        form = PaymentForm(request.POST)
        if form.is_valid() and _receive(request, receivable, form):
            return HttpResponseRedirect(reverse("backoffice:receivable", args=[receivable.id]))
        receivable.refresh_from_db()
    else:
        form = PaymentForm(initial=_usual(receivable, request))
    return render(request, "backoffice/receivable.html", _facts(request, receivable, form))


@access.page("receivables.read")
def preview(request: MemberRequest, receivable_id: UUID) -> HttpResponseBase:
    """What the payment being typed would do, as a piece of the page. An amount that was exactly what was owed stays so when
    the day changes."""
    receivable = _one(request, receivable_id)
    paid_on = _day(request.GET.get("paid_on", "")) or request.today
    waive = bool(request.GET.get("waive"))
    facts: dict[str, Any] = {"receivable": receivable}
    try:
        received = _amount(request.GET.get("received", ""))
        if received is not None and received == _amount(request.GET.get("whole", "")):
            received = None
            facts["moves_amount"] = True
        facts |= _previewed(receivable, paid_on=paid_on, received_cents=received, waive=waive)
    except Refusal as refusal:
        facts["trouble"] = texts.render(refusal)
    return render(request, "backoffice/payment_preview.html", facts)


@access.act("receivables.write")
def extend(request: MemberRequest, receivable_id: UUID) -> HttpResponseBase:
    receivable = _one(request, receivable_id)
    due_on = _day(request.POST.get("due_on", ""))
    if due_on is None:
        raise Refusal("bad_date", "Write the date as dd/mm/yyyy.")
    due_dates.extend(receivable.id, due_on=due_on, reason=_reason(request), on=request.today, now=request.now)
    messages.success(request, gettext("The due date is now {day}.").format(day=f"{due_on:%d/%m/%Y}"))
    return _back_to(receivable)


@access.act("receivables.write")
def write_off(request: MemberRequest, receivable_id: UUID) -> HttpResponseBase:
    receivable = _one(request, receivable_id)
    if request.POST.get("word", "").strip() != gettext("LOSS"):
        raise Refusal("word_missing", "Type the word that is asked for.")
    settle.write_off(receivable.id, reason=_reason(request), on=request.today, now=request.now)
    messages.success(request, gettext("Written off: the amount was posted as a loss."))
    return _back_to(receivable)


@access.act("receivables.write")
def use_credit(request: MemberRequest, receivable_id: UUID) -> HttpResponseBase:
    receivable = _one(request, receivable_id)
    credit = get_object_or_404(
        Credit.objects.in_units(request.member.unit_ids), id=fields.uuid(request.POST.get("credit", ""))
    )
    settle.use_credit(receivable.id, credit.id, on=request.today, now=request.now)
    messages.success(request, gettext("The credit was used."))
    return _back_to(receivable)


def _receive(request: MemberRequest, receivable: Receivable, form: PaymentForm) -> bool:
    """Note the payment; False when it was refused, which the form then says."""
    given = form.cleaned_data
    try:
        made = settle.receive(
            receivable.id,
            paid_on=given["paid_on"],
            received_cents=given["received"],
            method=given["method"],
            account_id=UUID(given["account"]),
            waive_late_charges=given["waive"],
            reference=given["reference"],
            request_key=given["request_key"],
            on=request.today,
            now=request.now,
        )
    except Refusal as refusal:
        fields.refuse(form, refusal, _FIELD_OF)
        return False
    if made is None:
        messages.info(request, gettext("This payment was noted already; it was not noted twice."))
    else:
        amount = money.format_brl(given["received"])
        messages.success(request, gettext("Payment of {amount} noted and posted.").format(amount=amount))
    return True


def _usual(receivable: Receivable, request: MemberRequest) -> dict[str, Any]:
    """What most payments are: the whole amount, today, the contract's way, into cash."""
    cash = Account.objects.filter(role=AccountRole.CASH).first()
    found: dict[str, Any] = {
        "paid_on": request.today,
        "method": receivable.payment_method,
        "account": str(cash.id) if cash else None,
        "request_key": str(uuid4()),
    }
    if receivable.status == ReceivableStatus.OPEN:
        now = settle.preview(receivable.id, paid_on=request.today, received_cents=None)
        found["received"] = now.total_cents
    return found


def _facts(request: MemberRequest, receivable: Receivable, form: PaymentForm) -> dict[str, Any]:
    receivables.name_sources([receivable])
    is_open = receivable.status == ReceivableStatus.OPEN
    made = list(
        Settlement.objects.filter(receivable=receivable)
        .select_related("account", "credit")
        .order_by("-settled_at", "-id")
    )
    standing = [row for row in made if row.reversed_at is None]
    for row in made:
        row.state = settlements.state_of(row)
        row.late_cents = row.fine_cents + row.interest_cents
        row.steps = reasons.settling(row.derivation)
        row.dialog = f"reverse-{row.id}"
        row.is_latest = bool(standing) and row.id == standing[0].id
    may_write = request.member.may("receivables.write")
    facts: dict[str, Any] = {
        "receivable": receivable,
        "state": receivables.state_of(receivable, on=request.today),
        "days_late": receivables.days_late(receivable, on=request.today),
        "form": form,
        "settlements": made,
        "due_changes": list(DueDateChange.objects.filter(receivable=receivable).order_by("-id")),
        "is_open": is_open,
        "may_write": may_write,
        "may_settle": is_open and may_write,
        "credits": list(
            Credit.objects.in_units(request.member.unit_ids)
            .filter(
                customer_id=receivable.customer_id,
                unit_id=receivable.unit_id,
                open_cents__gt=0,
                is_cancelled=False,
            )
            .order_by("granted_on", "id")[:5]
        )
        if is_open
        else [],
        "crumbs": [
            {"label": gettext("Receivables"), "href": reverse("backoffice:receivables")},
            {
                "label": gettext("Invoice {number}").format(number=figures.whole(receivable.invoice_number))
                if receivable.invoice_number
                else receivable.customer.name
            },
        ],
    }
    if is_open:
        given = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else {}
        try:
            facts |= _previewed(
                receivable,
                paid_on=given.get("paid_on") or request.today,
                received_cents=given.get("received"),
                waive=bool(given.get("waive")),
            )
        except Refusal as refusal:
            facts["trouble"] = texts.render(refusal)
    return facts


def _previewed(
    receivable: Receivable, *, paid_on: date, received_cents: int | None, waive: bool
) -> dict[str, Any]:
    found = settle.preview(
        receivable.id, paid_on=paid_on, received_cents=received_cents, waive_late_charges=waive
    )
    return {
        "found": found,
        "steps": reasons.drawn(found.steps),
        "whole": fields.plain_money(found.total_cents),
        "is_whole": found.received_cents == found.total_cents,
    }


def _one(request: MemberRequest, receivable_id: UUID) -> Receivable:
    query = Receivable.objects.in_units(request.member.unit_ids).select_related("customer", "unit")
    found: Receivable = get_object_or_404(query, id=receivable_id)
    return found


def _back_to(receivable: Receivable) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("backoffice:receivable", args=[receivable.id]))


def _reason(request: MemberRequest) -> str:
    return request.POST.get("reason", "").strip()[:500]


def _day(typed: str) -> date | None:
    try:
        return datetime.strptime(typed.strip(), "%d/%m/%Y").date()
    except ValueError:
        return None


def _amount(typed: str) -> int | None:
    return money.from_brl_text(typed) if typed.strip() else None
