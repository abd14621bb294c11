"""The audit trail: who changed what, when, from what to what."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.apps.organizations import names as actor_names
from perene.apps.organizations.models import ApiKey, AuditEntry, Membership
from perene.interfaces.backoffice import access, changes, filters, lists, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.lists import Order

ORDERS = {"at": Order(("id",))}
DEFAULT = "-at"
SYSTEM = "system"


class AuditFilters(filters.Filters):
    wide = ("table",)
    rare = ("row",)
    table = filters.choice(
        _("What"), sorted(changes.TABLES.items(), key=lambda each: each[0]), _("Everything")
    )
    action = filters.choice(_("Act"), words.ACTIONS.items(), _("All acts"))
    person = filters.choice(_("Who"), (), _("Anybody"))
    since = filters.day(_("From"))
    until = filters.day(_("Until"))
    row = filters.text(_("Record"), _("its identity"))

    def _said(self, name: str, value: Any) -> str:
        if name == "row":
            last = AuditEntry.objects.filter(row_id=value, table=self.given("table") or "").last()
            return (last and changes.name(last)) or super()._said(name, value)
        return super()._said(name, value)


@access.page("audit.read", section="audit")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    names = actor_names.of(row.person_id for row in shown.rows)
    called = changes.names_in(shown.rows)
    for row in shown.rows:
        row.who = _who(row.person_id, names)
        row.what = changes.table(row)
        row.called = changes.name(row)
        row.changes = changes.of(row, called)
        row.href = changes.address(row)
        row.act = words.said(words.ACTIONS, row.action)
    facts = {
        "title": gettext("Audit trail"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:audit_csv"),
        "is_sandbox": request.organization.is_sandbox,
    }
    return render(request, "backoffice/audit.html", facts)


@access.page("audit.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    names, called = _people(), _Names()
    zone = ZoneInfo(request.organization.time_zone)
    columns = (
        Column(_("When"), lambda row: f"{row.at.astimezone(zone):%d/%m/%Y %H:%M:%S}"),
        Column(_("Date of the organization"), lambda row: row.on),
        Column(_("Who"), lambda row: _who(row.person_id, names)),
        Column(_("What"), changes.table),
        Column(_("Act"), lambda row: words.said(words.ACTIONS, row.action)),
        Column(_("Identity"), lambda row: row.row_id),
        Column(_("Called"), changes.name),
        Column(_("Changes"), lambda row: changes.told(changes.of(row, called.of(row)))),
    )
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "auditoria", rows, columns)


class _Names:
    """What identities are called, for a file of any length: looked up kind by kind as they come, and kept."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, entry: AuditEntry) -> dict[str, str]:
        unknown = [each for each in changes.identities_in(entry) if each not in self._known]
        if unknown:
            self._known |= dict.fromkeys(unknown, "") | dict(changes.names_in([entry]))
        return self._known


def _who(person_id: UUID | None, names: dict[UUID, str]) -> str:
    if person_id is None:
        return gettext("the system")
    return names.get(person_id, str(person_id))


def _people() -> dict[UUID, str]:
    """Whoever may have acted: members and API keys."""
    return dict(Membership.objects.values_list("person_id", "person__name")) | dict(
        ApiKey.objects.values_list("id", "name")
    )


def _found(request: MemberRequest) -> tuple[AuditFilters, QuerySet[Any]]:
    form = AuditFilters(request)
    form.fields["person"].choices = [
        ("", gettext("Anybody")),
        (SYSTEM, gettext("the system")),
        *sorted(((str(id), name) for id, name in _people().items()), key=lambda each: each[1]),
    ]
    form.settle()
    found = AuditEntry.objects.all()
    if table := form.given("table"):
        found = found.filter(table=table)
    if action := form.given("action"):
        found = found.filter(action=action)
    if row := form.given("row"):
        found = found.filter(row_id=row)
    if person := form.given("person"):
        found = found.filter(person_id=None if person == SYSTEM else person)
    # The trail keeps real time: the day asked for is a day on the organization's own wall.
    zone = ZoneInfo(request.organization.time_zone)
    if since := form.given("since"):
        found = found.filter(at__gte=datetime.combine(since, time(), zone).astimezone(UTC))
    if until := form.given("until"):
        found = found.filter(at__lt=datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC))
    return form, found
