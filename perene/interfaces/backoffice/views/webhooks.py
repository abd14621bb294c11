"""Webhooks: who hears of what happens, what was delivered to them and what they answered."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.actions import deliver
from perene.actions import webhooks as webhook_acts
from perene.apps.events import kinds
from perene.apps.events.models import Delivery, DeliveryAttempt, Endpoint
from perene.interfaces.backoffice import access, fields, filters, lists, states, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.rules.refusals import Refusal

ORDERS = {"created_at": Order(("created_at", "id"))}
DEFAULT = "-created_at"
REMOVE_WORD = "REMOVER"
FIELDS = {
    "webhook_url_bad": "url",
    "webhook_url_private": "url",
    "webhook_url_not_https": "url",
    "endpoint_url_taken": "url",
    "unknown_event_kind": "kinds",
    "description_too_long": "description",
}


class Form(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        help_text=_(
            "Where your system listens, with https://. It has 15 seconds to answer with a 2xx status."
        ),
        error_messages={"required": _("Type the address that your system listens at.")},
        widget=forms.URLInput(attrs={"placeholder": "https://sistema.example.com/perene", "autofocus": True}),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=200,
        required=False,
        help_text=_("For your team: which system this is."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        choices=[(kind, kind) for kind in kinds.KINDS],
        help_text=_("With none chosen it hears of all of them, of those that come with later versions too."),
        widget=forms.CheckboxSelectMultiple,
    )


class DeliveryFilters(filters.Filters):
    tabs = (
        Tab("", pgettext_lazy("deliveries", "All")),
        Tab("waiting", pgettext_lazy("deliveries", "Under way")),
        Tab("given_up", pgettext_lazy("deliveries", "Given up")),
        Tab("delivered", pgettext_lazy("deliveries", "Delivered")),
    )
    endpoint = filters.choice(_("Address"), (), _("All addresses"))
    kind = filters.choice(_("Event"), [(kind, kind) for kind in (*kinds.KINDS, kinds.PING)], _("All events"))
    since = filters.day(_("From"))
    until = filters.day(_("Until"))


@access.page("webhooks.read", section="webhooks")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    _tell_last_tries(shown.rows)
    facts = {
        "title": gettext("Webhooks"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:webhooks_csv"),
        "endpoints": _endpoints(),
        "may_write": request.member.may("webhooks.write"),
    }
    return render(request, "backoffice/webhooks.html", facts)


@access.page("webhooks.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    columns = (
        Column(_("Event"), lambda row: row.event.kind),
        Column(_("webhook-id"), lambda row: row.event_id),
        Column(_("About"), lambda row: row.event.subject_id),
        Column(_("Address"), lambda row: row.endpoint.url),
        Column(_("State"), lambda row: states.look_up("delivery", row.status).label),
        Column(_("Tries"), lambda row: row.attempts),
        Column(_("Created at"), lambda row: _minute(row.created_at)),
        Column(_("Delivered at"), lambda row: _minute(row.delivered_at)),
        Column(_("Next try"), lambda row: _minute(row.next_attempt_at)),
    )
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "webhooks", rows, columns)


@access.form("webhooks.write", section="webhooks")
def new(request: MemberRequest) -> HttpResponseBase:
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            said = form.cleaned_data
            endpoint_id, secret = webhook_acts.add(
                said["url"], kinds=said["kinds"], description=said["description"], now=request.now
            )
            return _with_secret(request, endpoint_id, secret, is_new=True)
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    return _form_page(request, form, gettext("New address"))


@access.form("webhooks.write", section="webhooks")
def edit(request: MemberRequest, endpoint_id: UUID) -> HttpResponseBase:
    endpoint: Endpoint = get_object_or_404(Endpoint, id=endpoint_id)
    stored = {"url": endpoint.url, "description": endpoint.description, "kinds": endpoint.kinds}
    form = Form(request.POST) if request.method == "POST" else Form(initial=stored)
    if form.is_valid():
        try:
            webhook_acts.change(endpoint_id, **form.cleaned_data)
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
        else:
            messages.success(request, gettext("The address was changed."))
            return HttpResponseRedirect(reverse("backoffice:webhooks"))
    return _form_page(request, form, endpoint.description or endpoint.url, endpoint)


@access.act("webhooks.write")
def switch(request: MemberRequest, endpoint_id: UUID) -> HttpResponseBase:
    is_active = request.POST.get("is_active") == "yes"
    webhook_acts.change(endpoint_id, is_active=is_active)
    if is_active:
        said = gettext("The address is on: it hears of what happened since it was switched off, too.")
    else:
        said = gettext("The address is off: what happens is kept for when it is on again.")
    messages.success(request, said)
    return HttpResponseRedirect(access.back(request, reverse("backoffice:webhooks")))


@access.act("webhooks.write")
def rotate(request: MemberRequest, endpoint_id: UUID) -> HttpResponseBase:
    secret = webhook_acts.rotate(endpoint_id, now=request.now)
    request.section = "webhooks"
    return _with_secret(request, endpoint_id, secret, is_new=False)


@access.act("webhooks.write")
def remove(request: MemberRequest, endpoint_id: UUID) -> HttpResponseBase:
    if request.POST.get("word") != REMOVE_WORD:
        messages.error(request, gettext("Type {word} to confirm.").format(word=REMOVE_WORD))
        return HttpResponseRedirect(reverse("backoffice:webhook", args=[endpoint_id]))
    webhook_acts.remove(endpoint_id)
    messages.success(request, gettext("The address was removed, with the list of what was delivered to it."))
    return HttpResponseRedirect(reverse("backoffice:webhooks"))


@access.act("webhooks.write")
def ping(request: MemberRequest, endpoint_id: UUID) -> HttpResponseBase:
    delivery_id = webhook_acts.ping(endpoint_id, now=request.now, on=request.today)
    messages.info(request, gettext("A test event is on its way: the answer appears here in a few seconds."))
    return HttpResponseRedirect(reverse("backoffice:delivery", args=[delivery_id]))


@access.page("webhooks.read", section="webhooks")
def delivery(request: MemberRequest, delivery_id: UUID) -> HttpResponseBase:
    found: Delivery = get_object_or_404(Delivery.objects.select_related("event", "endpoint"), id=delivery_id)
    facts = {
        "delivery": found,
        "tries": _tries(found),
        "body": json.dumps(json.loads(deliver.body(found.event)), ensure_ascii=False, indent=2),
        "may_write": request.member.may("webhooks.write"),
        "crumbs": [
            {"label": gettext("Webhooks"), "href": reverse("backoffice:webhooks")},
            {"label": found.event.kind},
        ],
    }
    return render(request, "backoffice/delivery.html", facts)


@access.page("webhooks.read")
def tries(request: MemberRequest, delivery_id: UUID) -> HttpResponse:
    """The piece of a delivery's page that is asked for while it is under way; when it ended the page is drawn anew."""
    found: Delivery = get_object_or_404(Delivery.objects.select_related("endpoint"), id=delivery_id)
    response = render(request, "backoffice/delivery_tries.html", {"delivery": found, "tries": _tries(found)})
    if found.status != "waiting":
        response.headers["HX-Refresh"] = "true"
    return response


@access.act("webhooks.write")
def resend(request: MemberRequest, delivery_id: UUID) -> HttpResponseBase:
    webhook_acts.resend(delivery_id, now=request.now)
    messages.info(request, gettext("It is on its way again, under the same webhook-id."))
    return HttpResponseRedirect(reverse("backoffice:delivery", args=[delivery_id]))


def _form_page(
    request: MemberRequest, form: Form, title: str, endpoint: Endpoint | None = None
) -> HttpResponseBase:
    facts = {
        "title": title,
        "form": form,
        "endpoint": endpoint,
        "deliveries": Delivery.objects.filter(endpoint=endpoint).count() if endpoint else 0,
        "remove_word": REMOVE_WORD,
        "crumbs": [
            {"label": gettext("Webhooks"), "href": reverse("backoffice:webhooks")},
            {"label": title},
        ],
    }
    return render(request, "backoffice/webhook_form.html", facts, status=422 if form.is_bound else 200)


def _with_secret(request: MemberRequest, endpoint_id: UUID, secret: str, *, is_new: bool) -> HttpResponseBase:
    """The only page that ever shows a secret; no cache keeps it."""
    facts = {
        "endpoint": Endpoint.objects.get(id=endpoint_id),
        "secret": secret,
        "is_new": is_new,
        "crumbs": [
            {"label": gettext("Webhooks"), "href": reverse("backoffice:webhooks")},
            {"label": gettext("Secret")},
        ],
    }
    response = render(request, "backoffice/webhook_secret.html", facts)
    response.headers["Cache-Control"] = "no-store"
    return response


def _endpoints() -> list[Any]:
    """Every address with how it does."""
    rows = list(Endpoint.objects.order_by("created_at"))
    counts = {
        row["endpoint_id"]: row
        for row in Delivery.objects.values("endpoint_id")
        .annotate(
            waiting=Count("id", filter=Q(status="waiting")),
            given_up=Count("id", filter=Q(status="given_up")),
            last_at=Max("delivered_at"),
        )
        .order_by()
    }
    for row in rows:
        count = counts.get(row.id, {})
        row.waiting, row.given_up = count.get("waiting", 0), count.get("given_up", 0)
        row.last_at = count.get("last_at")
        row.state = "failing" if row.is_active and row.failing_since else "active" if row.is_active else "off"
    return rows


def _tell_last_tries(rows: list[Any]) -> None:
    """What was answered last, for the deliveries of one page."""
    last = {
        attempt.delivery_id: attempt
        for attempt in DeliveryAttempt.objects.filter(delivery_id__in=[row.id for row in rows]).order_by(
            "number"
        )
    }
    for row in rows:
        row.answered = _answered(last.get(row.id))


def _tries(found: Delivery) -> list[dict[str, Any]]:
    """Each try, the newest first; one that was cut off left nothing but its number."""
    noted = {attempt.number: attempt for attempt in DeliveryAttempt.objects.filter(delivery=found)}
    return [
        {"number": number, "attempt": noted.get(number), "answered": _answered(noted.get(number))}
        for number in range(found.attempts, 0, -1)
    ]


def _answered(attempt: DeliveryAttempt | None) -> str:
    if attempt is None:
        return ""
    return str(attempt.status_code) if attempt.status_code else words.said(words.CALL_ERRORS, attempt.error)


def _found(request: MemberRequest) -> tuple[DeliveryFilters, QuerySet[Any]]:
    form = DeliveryFilters(request)
    field = form.fields["endpoint"]
    assert isinstance(field, forms.ChoiceField)
    urls = Endpoint.objects.order_by("url").values_list("id", "url")
    field.choices = [("", gettext("All addresses")), *((str(id), url) for id, url in urls)]
    form.settle()
    found = Delivery.objects.select_related("event", "endpoint")
    if form.state:
        found = found.filter(status=form.state)
    if endpoint := form.given("endpoint"):
        found = found.filter(endpoint_id=endpoint)
    if kind := form.given("kind"):
        found = found.filter(event__kind=kind)
    zone = ZoneInfo(request.organization.time_zone)
    if since := form.given("since"):
        found = found.filter(created_at__gte=datetime.combine(since, time(), zone))
    if (until := form.given("until")) and until.year < 9999:
        found = found.filter(created_at__lt=datetime.combine(until + timedelta(days=1), time(), zone))
    return form, found


def _minute(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%d/%m/%Y %H:%M:%S") if at else ""
