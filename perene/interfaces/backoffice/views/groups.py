"""Billing groups of a customer (I17): one more, another name."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext

from perene.actions import groups as group_acts
from perene.apps.contracts.models import BillingGroup
from perene.apps.customers import customers as customer_rows
from perene.apps.customers.models import Customer
from perene.interfaces.backoffice import access
from perene.interfaces.backoffice.access import MemberRequest


@access.act("contracts.write")
def add(request: MemberRequest, customer_id: UUID) -> HttpResponseBase:
    customer: Customer = get_object_or_404(
        Customer.objects.in_units(request.member.unit_ids).select_related("merged_into"), id=customer_id
    )
    customer_rows.check_present(customer)
    group_acts.add(customer.id, name=request.POST.get("name", ""))
    messages.success(request, gettext("Billing group included successfully."))
    return HttpResponseRedirect(reverse("backoffice:customer", args=[customer.id]) + "#groups")


@access.act("contracts.write")
def rename(request: MemberRequest, group_id: UUID) -> HttpResponseBase:
    group: BillingGroup = get_object_or_404(
        BillingGroup.objects.filter(
            customer__in=Customer.objects.in_units(request.member.unit_ids)
        ).select_related("customer"),
        id=group_id,
    )
    group_acts.rename(group.id, name=request.POST.get("name", ""))
    messages.success(request, gettext("Billing group changed successfully."))
    return HttpResponseRedirect(reverse("backoffice:customer", args=[group.customer_id]) + "#groups")
