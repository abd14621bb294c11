"""Who works in the organization."""

from __future__ import annotations

from collections import defaultdict

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext

from perene.apps.organizations.models import Membership, MembershipUnit
from perene.interfaces.backoffice import access, words
from perene.interfaces.backoffice.access import MemberRequest


@access.page("people.read", section="people")
def page(request: MemberRequest) -> HttpResponseBase:
    units: dict[object, list[str]] = defaultdict(list)
    for row in MembershipUnit.objects.select_related("unit").order_by("unit__name"):
        units[row.membership_id].append(row.unit.name)
    rows = list(Membership.objects.select_related("person").order_by("person__name", "id"))
    for row in rows:
        row.role_word = words.said(words.ROLES, row.role)
        row.unit_names = units[row.id]
        row.state = "active" if row.is_active and row.person.is_active else "inactive"
    return render(request, "backoffice/people.html", {"title": gettext("People"), "members": rows})
