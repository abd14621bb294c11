"""Plans and items, to be read: the editor comes later."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext

from perene.apps.catalog import plans as plan_rows
from perene.apps.catalog.models import Item, Plan, PlanItem, PlanVersion
from perene.apps.contracts.models import Contract, ContractStatus
from perene.interfaces.backoffice import access, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.kit import texts
from perene.rules import tiers


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
    return render(request, "backoffice/plans.html", {"title": gettext("Plans"), "plans": rows})


@access.page("catalog.read", section="plans")
def plan(request: MemberRequest, plan_id: UUID) -> HttpResponseBase:
    found: Plan = get_object_or_404(Plan, id=plan_id)
    versions = list(
        PlanVersion.objects.filter(plan=found).select_related("dunning_schedule").order_by("-number")
    )
    version = _asked(request, versions)
    version.plan = found
    items = list(PlanItem.objects.filter(version=version).select_related("item").order_by("position"))
    summary = plan_rows.summary(version)
    for item, summed in zip(items, summary.items, strict=True):
        item.summary = summed
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
    facts = {
        "plan": found,
        "version": version,
        "versions": versions,
        "items": items,
        "summary": summary,
        "rhythm": words.interval(version.interval_unit, version.interval_count),
        "charge_day": words.charge_day(version),
        "methods": [words.said(words.PAYMENT_METHODS, method) for method in version.payment_methods],
        "crumbs": [
            {"label": gettext("Plans and items"), "href": reverse("backoffice:plans")},
            {"label": found.name},
        ],
    }
    return render(request, "backoffice/plan.html", facts)


@access.page("catalog.read", section="plans")
def items(request: MemberRequest) -> HttpResponseBase:
    rows = list(Item.objects.select_related("account").order_by("name", "id"))
    for row in rows:
        row.calculation = words.said(words.CALCULATIONS, row.calc_type)
        row.tier_words = [
            texts.show("up_to", tier.up_to) for tier in tiers.from_json(row.tiers) if tier.up_to
        ]
    return render(request, "backoffice/items.html", {"title": gettext("Items"), "items": rows})


def _asked(request: MemberRequest, versions: list[PlanVersion]) -> PlanVersion:
    wanted = request.GET.get("version", "")
    for version in versions:
        if wanted in ("", str(version.number)):
            return version
    raise Http404


def _count(query: object, column: str) -> dict[UUID, int]:
    rows = query.values_list(column).annotate(count=Count("id")).order_by()  # type: ignore[attr-defined]
    return dict(rows)
