"""The organization's standard schedule of reminders and notices (G9–G14), with the agenda that follows from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import dunning as dunning_acts
from perene.apps.catalog.models import PlanVersion
from perene.apps.policies import dunning as schedules
from perene.interfaces.backoffice import access, fields, plan_forms
from perene.interfaces.backoffice.access import MemberRequest
from perene.kit import texts
from perene.rules import dunning, periods
from perene.rules.dunning import DunningTerms
from perene.rules.refusals import Refusal


class Form(plan_forms.Quiet):
    pre_due_days = plan_forms.PlanForm.base_fields["pre_due_days"]
    post_due_start = plan_forms.PlanForm.base_fields["post_due_start"]
    every_days = plan_forms.PlanForm.base_fields["every_days"]
    for_days = plan_forms.PlanForm.base_fields["for_days"]
    due_on = fields.day(
        label=_("Example: a charge due on"), required=False, help_text=_("Only to see the agenda; nothing is sent.")
    )  # fmt: skip

    def terms(self) -> DunningTerms:
        said: dict[str, Any] = self.cleaned_data
        return DunningTerms(*(said[name] for name in DunningTerms._fields))


@access.form("catalog.read", section="plans")
def page(request: MemberRequest) -> HttpResponseBase:
    """Whoever may see the catalog sees it; who may write it tries and changes it."""
    stored = schedules.terms_of(schedules.standard())
    if request.method != "POST":
        form = plan_forms.filled(Form, stored._asdict() | {"due_on": _example(request.today)})
        return _page(request, form, is_checked=False)
    if not request.member.may("catalog.write"):
        raise PermissionDenied
    form = Form(request.POST)
    if request.POST.get("do") == "preview":
        return _page(request, form, is_checked=False)
    if form.is_valid():
        try:
            dunning_acts.change_standard(form.terms())
        except Refusal as refusal:
            fields.refuse(form, refusal, plan_forms.FIELDS)
        else:
            messages.success(
                request, gettext("The standard schedule was changed: the next notices follow it.")
            )
            return HttpResponseRedirect(reverse("backoffice:dunning"))
    return _page(request, form, is_checked=True)


def _page(request: MemberRequest, form: Form, *, is_checked: bool) -> HttpResponseBase:
    facts = {
        "title": gettext("Reminders and notices"),
        "form": form,
        "agenda": [] if is_checked else _agenda(form, request.today),
        "own": PlanVersion.objects.filter(dunning_schedule__isnull=False)
        .values("plan_id")
        .distinct()
        .count(),
        "may_write": request.member.may("catalog.write"),
    }
    form.is_quiet = not is_checked
    return render(request, "backoffice/dunning.html", facts, status=422 if is_checked else 200)


def _agenda(form: Form, today: date) -> list[tuple[date, str]]:
    """Each day on which something leaves, in words; none while a field cannot be."""
    if not form.is_valid():
        return []
    due_on = form.cleaned_data["due_on"] or _example(today)
    try:
        days = dunning.schedule(dunning.check(form.terms()), due_on)
    except Refusal as refusal:
        return [(due_on, texts.render(refusal))]
    return [(day, _distance((day - due_on).days)) for day in days]


def _distance(days: int) -> str:
    if days == 0:
        return gettext("reminder on the due day")
    if days < 0:
        return gettext("reminder, {days} days before").format(days=-days)
    return gettext("notice, {days} days after").format(days=days)


def _example(today: date) -> date:
    """The tenth of the next month."""
    return periods.add_months(today.replace(day=10), 1)
