"""Plans and items to be read, and what is done with a plan as a whole; its content: `plan_editor`."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext

from perene.actions import plans as plan_acts
from perene.apps.catalog import plans as plan_rows
from perene.apps.catalog import prices
from perene.apps.catalog.models import Item, Plan, PlanItem, PlanVersion
from perene.apps.contracts.models import Contract, ContractStatus
from perene.interfaces.backoffice import access, plan_differences, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.kit import texts
from perene.rules import pricing
from perene.rules.refusals import Refusal

# Older versions are opened one by one.
VERSIONS_COMPARED = 20


@access.page("catalog.read", section="plans")
def plans(request: MemberRequest) -> HttpResponseBase:
    rows = list(Plan.objects.filter(is_deleted=False).order_by("name", "id"))
    latest = {
        version.plan_id: version
        for version in PlanVersion.objects.filter(plan__is_deleted=False).select_related("plan")
        if version.number == version.plan.latest_version
    }
    items = _count(
        PlanItem.objects.filter(version_id__in=[version.id for version in latest.values()]), "version_id"
    )
    contracts = _count(
        Contract.objects.in_units(request.unit_ids).filter(status=ContractStatus.ACTIVE),
        "plan_version__plan_id",
    )
    for row in rows:
        row.version = latest.get(row.id)
        row.items = items.get(row.version.id, 0) if row.version else 0
        row.contracts = contracts.get(row.id, 0)
        row.rhythm = (
            words.interval(row.version.interval_unit, row.version.interval_count) if row.version else ""
        )
    facts = {"title": gettext("Plans"), "plans": rows, "may_write": request.member.may("catalog.write")}
    return render(request, "backoffice/plans.html", facts)


@access.page("catalog.read", section="plans")
def plan(request: MemberRequest, plan_id: UUID) -> HttpResponseBase:
    found: Plan = get_object_or_404(Plan, id=plan_id)
    versions = list(
        PlanVersion.objects.filter(plan=found).select_related("dunning_schedule").order_by("-number")
    )
    version = _asked(request, versions)
    version.plan = found
    items = _items_by_version([version])[version.id]
    for item in items:
        item.base_cents, item.estimated_cents, item.trouble = _priced(item)
        item.calculation = words.said(words.CALCULATIONS, item.calc_type)
        item.rhythm = words.recurrence(item.recurrence)
    contracts = _count(
        Contract.objects.in_units(request.unit_ids).filter(
            status=ContractStatus.ACTIVE, plan_version__plan_id=found.id
        ),
        "plan_version_id",
    )
    for each in versions:
        each.contracts = contracts.get(each.id, 0)
    _tell_differences(versions)
    facts = {
        "plan": found,
        "version": version,
        "versions": versions,
        "items": items,
        "totals": None if any(item.trouble for item in items) else plan_rows.summary(version).totals,
        "rhythm": words.interval(version.interval_unit, version.interval_count),
        "charge_day": words.charge_day(version),
        "dunning": words.dunning(version.dunning_schedule) if version.dunning_schedule else "",
        "methods": [words.said(words.PAYMENT_METHODS, method) for method in version.payment_methods],
        "contracts": sum(contracts.values()),
        "may_write": request.member.may("catalog.write") and not found.is_deleted,
        "crumbs": [
            {"label": gettext("Plans and items"), "href": reverse("backoffice:plans")},
            {"label": found.name},
        ],
    }
    return render(request, "backoffice/plan.html", facts)


@access.act("catalog.write")
def activate(request: MemberRequest, plan_id: UUID) -> HttpResponseBase:
    plan_acts.activate(plan_id)
    messages.success(request, gettext("The plan is on sale."))
    return HttpResponseRedirect(reverse("backoffice:plan", args=[plan_id]))


@access.act("catalog.write")
def deactivate(request: MemberRequest, plan_id: UUID) -> HttpResponseBase:
    plan_acts.deactivate(plan_id)
    messages.success(request, gettext("The plan is not sold any more; its contracts go on."))
    return HttpResponseRedirect(reverse("backoffice:plan", args=[plan_id]))


@access.act("catalog.write")
def delete(request: MemberRequest, plan_id: UUID) -> HttpResponseBase:
    """G33. The plan's code is typed, so that nobody deletes the wrong one."""
    found: Plan = get_object_or_404(Plan, id=plan_id)
    if request.POST.get("word", "").strip() != found.external_code:
        messages.error(
            request, gettext("Nothing was deleted: type the external code exactly as it is shown.")
        )
        return HttpResponseRedirect(reverse("backoffice:plan", args=[plan_id]))
    plan_acts.delete(plan_id)
    messages.success(request, gettext("The plan {name} was deleted.").format(name=found.name))
    return HttpResponseRedirect(reverse("backoffice:plans"))


@access.page("catalog.read", section="plans")
def items(request: MemberRequest) -> HttpResponseBase:
    rows = list(Item.objects.select_related("account").order_by("name", "id"))
    for row in rows:
        row.calculation = words.said(words.CALCULATIONS, row.calc_type)
    facts = {
        "title": gettext("Items"),
        "items": rows,
        "may_write": request.member.may("catalog.write"),
    }
    return render(request, "backoffice/items.html", facts)


def _items_by_version(versions: list[PlanVersion]) -> dict[UUID, list[PlanItem]]:
    found: dict[UUID, list[PlanItem]] = {version.id: [] for version in versions}
    for item in PlanItem.objects.filter(version_id__in=found).select_related("item").order_by("position"):
        found[item.version_id].append(item)
    return found


def _priced(item: PlanItem) -> tuple[int | None, int | None, str]:
    """Base and estimate of a whole cycle, or why a stored line cannot be priced: the page opens all the same."""
    try:
        price = prices.price_of(item)
        return pricing.base(price), pricing.estimate(price), ""
    except Refusal as refusal:
        return None, None, texts.render(refusal)


def _tell_differences(versions: list[PlanVersion]) -> None:
    """What each of the latest versions changed; `versions` newest first."""
    shown = versions[: VERSIONS_COMPARED + 1]
    items = _items_by_version(shown)
    for after, before in pairwise(shown):
        after.differences = plan_differences.between(before, after, items[before.id], items[after.id])


def _asked(request: MemberRequest, versions: list[PlanVersion]) -> PlanVersion:
    wanted = request.GET.get("version", "")
    for version in versions:
        if wanted in ("", str(version.number)):
            return version
    raise Http404


def _count(query: object, column: str) -> dict[UUID, int]:
    rows = query.values_list(column).annotate(count=Count("id")).order_by()  # type: ignore[attr-defined]
    return dict(rows)
