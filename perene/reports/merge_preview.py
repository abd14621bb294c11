"""What a merge of two customers would move, in numbers, before anybody does it."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Sum

from perene.apps.billing.models import Invoice
from perene.apps.contracts.models import BillingGroup, Contract
from perene.apps.customers.models import Contact
from perene.apps.receivables.models import Credit, Receivable, ReceivableStatus, Settlement


class Belongings(NamedTuple):
    """What one customer has. `owed_cents` is open, `credits_cents` still to use."""

    contracts: int
    groups: int
    invoices: int
    receivables: int
    owed_cents: int
    credits: int
    credits_cents: int
    settlements: int
    contacts: int


def of(customer_id: UUID) -> Belongings:
    """Everything of a customer, whatever the unit."""
    of_customer = {"customer_id": customer_id}
    credit = Credit.objects.filter(**of_customer).aggregate(
        count=Count("id"), cents=Sum("open_cents", default=0)
    )
    return Belongings(
        contracts=Contract.objects.filter(**of_customer).count(),
        groups=BillingGroup.objects.filter(**of_customer).count(),
        invoices=Invoice.objects.filter(**of_customer).count(),
        receivables=Receivable.objects.filter(**of_customer).count(),
        owed_cents=Receivable.objects.filter(status=ReceivableStatus.OPEN, **of_customer).aggregate(
            cents=Sum("open_cents", default=0)
        )["cents"],
        credits=credit["count"],
        credits_cents=credit["cents"],
        settlements=Settlement.objects.filter(**of_customer).count(),
        contacts=Contact.objects.filter(**of_customer).count(),
    )
