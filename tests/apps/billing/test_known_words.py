"""A state that the program does not know is refused by the database, whoever writes it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, models, transaction

from perene.apps.billing.models import Charge, Deferral, Invoice, Run
from perene.apps.ledger import journal
from perene.apps.ledger.models import Entry
from perene.apps.receivables.models import Receivable
from tests import factories


def test_states_are_of_the_list(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    factories.contract(fiber, billing_method="one_per_charge", term_kind="fixed", term_months=2)
    factories.run(factories.BEGINS_ON)
    for model, constraint in (
        (Run, "run_status_known"),
        (Charge, "charge_status_known"),
        (Invoice, "invoice_status_known"),
        (Deferral, "deferral_status_known"),
        (Receivable, "receivable_status_known"),
    ):
        _is_refused(model, constraint)


def _is_refused(model: type[models.Model], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model._default_manager.update(status="paid")


def test_an_invoice_leaves_the_books_once(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    factories.contract(fiber)
    factories.run(factories.BEGINS_ON)
    entry = Entry.objects.get()
    with pytest.raises(IntegrityError, match="invoice_cancelled_once"), transaction.atomic():
        for _ in range(2):
            journal.reverse(entry.id, posted_on=factories.BEGINS_ON, kind="invoice_cancelled")
