"""What happens in the world beyond a month of billing, so that every operation has something to be asked about."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from perene.actions import closing, holidays, invoice, settle, webhooks
from perene.apps.billing import parked
from perene.apps.billing.models import Charge, Invoice
from perene.apps.catalog.models import Item, PlanVersion
from perene.apps.contracts.models import BillingGroup, Contract
from perene.apps.customers.models import Customer
from perene.apps.events import alerts
from perene.apps.events.models import Alert, Delivery, Endpoint, Event
from perene.apps.ledger.models import Account, Closing, Entry
from perene.apps.policies.models import Holiday
from perene.apps.receivables.models import Credit, Settlement
from perene.kit import clock, tenancy
from tests.interfaces.backoffice.world import BILLED_ON, Place, World


def lived(made: World) -> World:
    """Each place's invoice is paid with a little more than it asks; a charge waits; a period is closed."""
    for number, places in ((made.organization_id, (made.here, made.there)), (made.other_id, (made.abroad,))):
        with tenancy.organization(number):
            for place in places:
                _pay(place)
            closing.close(through_on=date(2025, 6, 30), on=BILLED_ON, now=clock.now())
            holidays.add(day=date(2026, 1, 25), name="Aniversário da cidade")
            _alert()
            endpoint_id, _secret = webhooks.add("http://127.0.0.1:9/", now=clock.now())
            webhooks.ping(endpoint_id, now=clock.now(), on=BILLED_ON)
    return made


@transaction.atomic
def _alert() -> None:
    alerts.raise_(
        "test", key="1", message=parked.BUG_MESSAGE, params={"error": "?"}, on=BILLED_ON, now=clock.now()
    )


def _pay(place: Place) -> None:
    issued = Invoice.objects.get(id=place.invoice_id)
    settle.receive(
        issued.receivable_id,
        paid_on=BILLED_ON,
        received_cents=issued.total_cents + 5_00,
        method="pix",
        reference=f"Pix {place.word}",
        on=BILLED_ON,
        now=clock.now(),
    )
    invoice.charge_once(
        place.contract_id,
        description=f"Visita {place.word}",
        amount_cents=80_00,
        account_id=None,
        charge_on=BILLED_ON,
        on=BILLED_ON,
        now=clock.now(),
    )


def ids_of(organization_id: int, place: Place) -> dict[str, Any]:
    """What lives in a place or is the organization's, by the names that addresses and fields have for it."""
    with tenancy.organization(organization_id):
        issued = Invoice.objects.get(id=place.invoice_id)
        contract = Contract.objects.get(id=place.contract_id)
        version = PlanVersion.objects.get(id=contract.plan_version_id)
        return {
            "customer_id": place.customer_id,
            "contract_id": place.contract_id,
            "invoice_id": place.invoice_id,
            "receivable_id": issued.receivable_id,
            "settlement_id": Settlement.objects.get(receivable_id=issued.receivable_id).id,
            "credit_id": Credit.objects.get(customer_id=place.customer_id).id,
            "charge_id": Charge.objects.filter(contract_id=place.contract_id).latest("id").id,
            "group_id": BillingGroup.objects.get(customer_id=place.customer_id).id,
            "parked_id": place.parked_id,
            "unit_id": Customer.objects.get(id=place.customer_id).unit_id,
            "run_id": issued.run_id,
            "plan_version_id": version.id,
            "version_id": version.id,
            "plan_id": version.plan_id,
            "item_id": Item.objects.latest("id").id,
            "account_id": Account.objects.latest("id").id,
            "entry_id": Entry.objects.latest("id").id,
            "closing_id": Closing.objects.latest("id").id,
            "holiday_id": Holiday.objects.latest("id").id,
            "event_id": Event.objects.latest("id").id,
            "endpoint_id": Endpoint.objects.latest("id").id,
            "gone_id": place.customer_id,
            "alert_id": Alert.objects.get(kind="test").id,
            "delivery_id": Delivery.objects.latest("id").id,
        }


# What belongs to a unit; the rest of `ids_of` is the whole organization's.
OF_A_UNIT = (
    "customer_id",
    "gone_id",
    "contract_id",
    "invoice_id",
    "receivable_id",
    "settlement_id",
    "credit_id",
    "charge_id",
    "group_id",
    "parked_id",
    "unit_id",
)
