"""`{% load trail %}{% last_change "catalog_plan" plan.id %}`: who changed a record last, and the way to its history."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from perene.apps.organizations import names
from perene.apps.organizations.models import AuditEntry

register = template.Library()


@register.inclusion_tag("backoffice/components/last_change.html", takes_context=True)
def last_change(context: template.Context, table: str, row_id: object = "") -> dict[str, object]:
    """The last line of the trail about a row, or, without one, about the whole table. Nothing for who may not read it."""
    request = context["request"]
    if not request.member.may("audit.read"):
        return {}
    found = AuditEntry.objects.filter(table=table)
    asked = {"table": table}
    if row_id:
        found, asked = found.filter(row_id=str(row_id)), {**asked, "row": str(row_id)}
    last = found.order_by("-id").first()
    if last is None:
        return {}
    return {
        "at": last.at,
        "who": names.of_person(last.person_id) or gettext("the system"),
        "address": f"{reverse('backoffice:audit')}?{urlencode(asked)}",
    }
