"""Duplicates: who may be the same customer, and making them one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext

from perene.actions import merge as merge_acts
from perene.apps.customers import merging
from perene.apps.customers.models import Customer
from perene.interfaces.backoffice import access, fields, filters
from perene.interfaces.backoffice.access import MemberRequest
from perene.kit import texts
from perene.reports import merge_preview
from perene.rules.refusals import Refusal

WRITE = "customers.write"
MOST_FOUND = 8


@access.page(WRITE, section="customers")
def suggestions(request: MemberRequest) -> HttpResponseBase:
    facts = {
        "title": gettext("Likely duplicates"),
        "found": merging.likely(unit_ids=request.unit_ids),
        "crumbs": [
            {"label": gettext("Customers"), "href": reverse("backoffice:customers")},
            {"label": gettext("Likely duplicates")},
        ],
    }
    return render(request, "backoffice/duplicates.html", facts)


@access.form(WRITE, section="customers")
def page(request: MemberRequest, customer_id: UUID) -> HttpResponseBase:
    """`customer_id` stays; the duplicate is looked for (`?q=`), chosen (`?com=ID`), and its name typed."""
    present = Customer.objects.in_units(request.member.unit_ids).filter(merged_into__isnull=True)
    keep: Customer = get_object_or_404(present.select_related("unit"), id=customer_id)
    others = present.exclude(id=keep.id).select_related("unit")
    gone = others.filter(id=fields.uuid(request.GET.get("com", ""))).first()
    trouble = ""
    if request.method == "POST" and gone is not None:
        try:
            return _merged(request, keep, gone)
        except Refusal as refusal:
            trouble = texts.render(refusal)
    asked = request.GET.get("q", "").replace("\0", "")[:100]
    facts = {
        "title": gettext("Merge a duplicate"),
        "keep": keep,
        "gone": gone,
        "q": asked,
        "found": _found(others, keep, asked) if gone is None else [],
        "moves": merge_preview.of(gone.id) if gone else None,
        "trouble": trouble,
        "word": gettext("MERGE"),
        "crumbs": [
            {"label": gettext("Customers"), "href": reverse("backoffice:customers")},
            {"label": keep.name, "href": reverse("backoffice:customer", args=[keep.id])},
            {"label": gettext("Merge a duplicate")},
        ],
    }
    return render(request, "backoffice/merge.html", facts, status=422 if trouble else 200)


def _merged(request: MemberRequest, keep: Customer, gone: Customer) -> HttpResponseBase:
    if request.POST.get("word", "").strip().upper() != gettext("MERGE"):
        raise Refusal("word_missing", "Nothing was done: type the word exactly as it is shown.")
    merge_acts.customers(
        keep.id, gone.id, on=request.today, now=request.now, unit_ids=request.member.unit_ids
    )
    messages.success(request, gettext("{gone} is now {keep}.").format(gone=gone.name, keep=keep.name))
    return HttpResponseRedirect(reverse("backoffice:customer", args=[keep.id]))


def _found(others: object, keep: Customer, asked: str) -> list[Customer]:
    """Who was looked for; before that, who has the same document or name."""
    query = others
    if asked.strip():
        found = query.filter(filters.about_customer(asked))  # type: ignore[attr-defined]
    else:
        found = query.filter(document=keep.document) | query.filter(name=keep.name)  # type: ignore[attr-defined]
    return list(found.order_by("search_text", "id")[:MOST_FOUND])
