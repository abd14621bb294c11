"""Rows of tables that a plain month of life leaves empty, put there without their stories: the walls ask only that they stand."""

from __future__ import annotations

import hashlib
from datetime import date

from django.db import transaction

from perene.apps.billing.models import Decision, Rehearsed, Run
from perene.apps.contracts.models import Contract
from perene.apps.events.models import Alert, Delivery, DeliveryAttempt, Endpoint, Event
from perene.apps.inbox.models import IdempotencyKey
from perene.apps.ledger.models import Account, Closing, Entry
from perene.apps.organizations import invitations
from perene.apps.organizations.models import ApiKey, ApiKeyUnit, Unit
from perene.apps.policies.models import Holiday, SettlementPolicy
from perene.apps.receivables.models import Credit, CreditRefund, DueDateChange, Receivable, Settlement
from perene.kit import ids
from tests.factories import BEGINS_ON, NOW


@transaction.atomic
def plant(number: int) -> None:
    """At least one row of each such table in the present organization, the `number`th."""
    _access(number)
    _receivables()
    _policies()
    _events()
    contract = Contract.objects.earliest("number")
    Rehearsed.objects.create(
        run=Run.objects.earliest("number"),
        contract=contract,
        customer_id=contract.customer_id,
        digest=b"digest",
        lines=2,
        total_cents=114_90,
        decision=Decision.BILL,
    )
    IdempotencyKey.objects.create(
        id=ids.new(), caller_id=ids.new(), key="once", request_digest="digest", created_at=NOW
    )


def _access(number: int) -> None:
    key = ApiKey.objects.create(
        id=ids.new(),
        name="ERP",
        prefix="pk_test_",
        digest=hashlib.sha256(f"key {number}".encode()).hexdigest(),
        all_units=False,
        created_at=NOW,
    )
    ApiKeyUnit.objects.create(id=ids.new(), api_key=key, unit=Unit.objects.get())
    invitations.offer(
        email="convidada@example.com",
        role="sales",
        units=[Unit.objects.get()],
        token=f"convite {number}",
        by=None,
        now=NOW,
    )


def _receivables() -> None:
    receivable = Receivable.objects.filter(status="open").earliest("id")
    credit, entry, account = (
        Credit.objects.earliest("id"),
        Entry.objects.earliest("id"),
        Account.objects.all()[0],
    )
    Settlement.objects.create(
        id=ids.new(),
        receivable=receivable,
        customer_id=receivable.customer_id,
        kind="payment",
        paid_on=BEGINS_ON,
        settled_at=NOW,
        account=account,
        received_cents=0,
        principal_cents=0,
        credit=credit,
        entry=entry,
        reversal_entry=entry,
    )
    DueDateChange.objects.create(
        id=ids.new(),
        receivable=receivable,
        from_on=receivable.due_on,
        to_on=receivable.due_on,
        reason="a pedido",
        changed_at=NOW,
    )
    CreditRefund.objects.create(
        id=ids.new(),
        credit=credit,
        refunded_on=BEGINS_ON,
        refunded_at=NOW,
        amount_cents=1,
        account=account,
        entry=entry,
    )


def _policies() -> None:
    # Long before anything else happens here, so that nothing of it is refused.
    Closing.objects.create(id=ids.new(), through_on=date(2000, 1, 31), closed_at=NOW)
    Holiday.objects.create(id=ids.new(), on=date(2026, 1, 25), name="Aniversário da cidade")
    SettlementPolicy.objects.get_or_create(
        valid_from=BEGINS_ON, defaults={"id": ids.new(), "fine_percent": 2, "interest_percent": 1}
    )


def _events() -> None:
    event = Event.objects.earliest("id")
    Alert.objects.create(
        id=ids.new(), kind="billing_missed", key="2026-01-01", message="", raised_on=BEGINS_ON, raised_at=NOW
    )
    endpoint = Endpoint.objects.create(
        id=ids.new(), url="https://example.com/", secret="", created_at=NOW, seen_event_id=event.id
    )
    delivery = Delivery.objects.create(id=ids.new(), endpoint=endpoint, event=event, created_at=NOW)
    DeliveryAttempt.objects.create(id=ids.new(), delivery=delivery, number=1, at=NOW, milliseconds=5)
