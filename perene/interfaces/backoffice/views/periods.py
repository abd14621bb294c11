"""Closing of accounting periods: what is closed, what to look at before, closing and taking it back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import closing as acts
from perene.apps.ledger import closings
from perene.apps.ledger.models import Closing
from perene.apps.organizations.models import Person
from perene.interfaces.backoffice import access, fields
from perene.interfaces.backoffice.access import MemberRequest
from perene.kit import texts
from perene.reports import before_closing
from perene.rules import periods
from perene.rules.refusals import Refusal

WRITE = "books.write"
# Typed before a period is closed or opened again.
CLOSE_WORD, REOPEN_WORD = "FECHAR", "REABRIR"
SHOWN = 36


class CloseForm(forms.Form):
    through_on = fields.day(label=_("Close through"), help_text=_("Usually the last day of a month."))


@access.page("books.read", section="periods")
def page(request: MemberRequest) -> HttpResponseBase:
    return _page(request, CloseForm(initial={"through_on": _suggested(request.today)}))


@access.form(WRITE, section="periods")
def close(request: MemberRequest) -> HttpResponseBase:
    """By GET what to look at before closing through a day (`?through_on=`); by POST the closing itself."""
    form = CloseForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _page(request, form, status=422)
    through_on: date = form.cleaned_data["through_on"]
    if request.method == "POST":
        if request.POST.get("word", "").strip() != CLOSE_WORD:
            form.add_error(None, gettext("Type {word} to confirm.").format(word=CLOSE_WORD))
        else:
            try:
                acts.close(through_on=through_on, now=request.now, on=request.today)
            except Refusal as refusal:
                form.add_error("through_on", texts.render(refusal))
            else:
                said = gettext("The books are closed through {day}: nothing can be posted there any more.")
                messages.success(request, said.format(day=f"{through_on:%d/%m/%Y}"))
                return HttpResponseRedirect(reverse("backoffice:periods"))
        return _page(request, form, status=422)
    return _page(request, form, checks=_checks(through_on), through_on=through_on)


@access.form(WRITE, section="periods")
def reopen(request: MemberRequest, closing_id: UUID) -> HttpResponseBase:
    """Take the last closing back, with a reason."""
    closing: Closing = get_object_or_404(Closing, id=closing_id)
    reason = request.POST.get("reason", "")
    trouble = ""
    if request.method == "POST":
        if request.POST.get("word", "").strip() != REOPEN_WORD:
            trouble = gettext("Type {word} to confirm.").format(word=REOPEN_WORD)
        else:
            try:
                acts.reopen(closing_id, reason=reason, now=request.now)
            except Refusal as refusal:
                trouble = texts.render(refusal)
            else:
                messages.success(request, gettext("The period is open again."))
                return HttpResponseRedirect(reverse("backoffice:periods"))
    title = gettext("Open the period again")
    facts = {
        "title": title,
        "closing": closing,
        "reason": reason,
        "trouble": trouble,
        "word": REOPEN_WORD,
        "crumbs": [
            {"label": gettext("Closing of periods"), "href": reverse("backoffice:periods")},
            {"label": title},
        ],
    }
    return render(request, "backoffice/period_reopen.html", facts, status=422 if trouble else 200)


def _page(
    request: MemberRequest,
    form: CloseForm,
    *,
    checks: list[dict[str, Any]] | None = None,
    through_on: date | None = None,
    status: int = 200,
) -> HttpResponse:
    closed_through = closings.closed_through()
    rows = list(Closing.objects.order_by("-closed_at", "-id")[:SHOWN])
    people = {row.closed_by_id for row in rows} | {row.reopened_by_id for row in rows}
    names = dict(Person.objects.filter(id__in=people - {None}).values_list("id", "name"))
    for row in rows:
        row.closed_by = names.get(row.closed_by_id, "")
        row.reopened_by = names.get(row.reopened_by_id, "")
        row.is_last = row.reopened_at is None and row.through_on == closed_through
    facts = {
        "title": gettext("Closing of periods"),
        "form": form,
        "closings": rows,
        "closed_through": closed_through,
        "checks": checks,
        "through_on": through_on,
        "month": date_format(through_on, "F \\d\\e Y") if through_on else "",
        "may_write": request.member.may(WRITE),
        "word": CLOSE_WORD,
    }
    return render(request, "backoffice/periods.html", facts, status=status)


def _checks(through_on: date) -> list[dict[str, Any]]:
    """What `before_closing` found, each with the page where it is put right."""
    pages = {
        "books": "",
        "parked": reverse("backoffice:parked"),
        "runs": reverse("backoffice:runs"),
        "unrecognized": "",
        "days": "",
    }
    return [
        {"found": found, "text": texts.render(found.text), "href": "" if found.is_fine else pages[found.code]}
        for found in before_closing.look(through_on)
    ]


def _suggested(today: date) -> date:
    """The end of the first month that is not closed, or of the last one that is over."""
    over = today.replace(day=1) - timedelta(days=1)
    closed = closings.closed_through()
    if closed is None:
        return over
    following = periods.add_months((closed + timedelta(days=1)).replace(day=1), 1) - timedelta(days=1)
    return min(following, over) if over > closed else following
