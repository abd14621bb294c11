"""One contract whose cursor stands where it must not is parked; all others of its batch are billed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from perene.actions import bill, change
from perene.apps.billing.models import Charge, Invoice, Parked, Run
from perene.apps.contracts.models import BillingTerms
from perene.kit import clock, tenancy, texts
from perene.reports import verification
from perene.rules.refusals import Text
from tests import factories
from tests.ground import Database

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
BAD_TIERS = [["10", 100, 0], ["5", 90, 0], [None, 80, 0]]


def issued(on: date) -> dict[UUID | None, int]:
    """Contract → centavos of the invoices of that day."""
    return dict(Invoice.objects.filter(issued_on=on).values_list("contract_id", "total_cents"))


def parked() -> dict[UUID, str]:
    return dict(Parked.objects.filter(is_open=True).values_list("contract_id", "code"))


def clean() -> bool:
    return verification.verify() == []


@pytest.mark.capability("X1")
def test_a_cursor_that_was_set_back(database: Database) -> None:
    number = factories.organization()
    with tenancy.organization(number):
        fiber = factories.plan("FIBRA", ("Internet", 99_90))
        ana = factories.customer("Ana")
        # Two in one group and three alone: the one at fault shares an invoice with its neighbour.
        contracts = [factories.contract(fiber, customer_id=ana, due_day=10) for _ in range(2)]
        contracts += [factories.contract(fiber, due_day=10) for _ in range(3)]
        guilty = contracts[0]
        factories.run(JANUARY)
        with database.admin() as connection:
            connection.execute(
                "UPDATE contracts_billingterms SET next_cycle = 1, next_run_on = %s WHERE contract_id = %s",
                [JANUARY, guilty],
            )
        before = Charge.objects.filter(contract_id=guilty).count()
        run_id = factories.run(FEBRUARY)
        assert issued(FEBRUARY) == {contract_id: 99_90 for contract_id in contracts[1:]}
        assert parked() == {guilty: "charge_exists_already"}
        assert Charge.objects.filter(contract_id=guilty).count() == before == 1
        assert Run.objects.get(id=run_id).status == "done"
        assert clean()
        found = Parked.objects.get()
        assert texts.render(Text(found.message, found.params)) == (
            "O ciclo 1 deste contrato já foi faturado, embora o faturamento ainda esteja antes dele:"
            " nada é faturado em dobro. A equipe técnica precisa definir de onde o faturamento continua."
        )
        # Mended, it is billed by the next try; the others are not billed again.
        with database.admin() as connection:
            connection.execute(
                "UPDATE contracts_billingterms SET next_cycle = 2 WHERE contract_id = %s", [guilty]
            )
        bill.whole_run(through=FEBRUARY, reason="again", now=clock.now, contract_id=guilty)
        assert issued(FEBRUARY) == {contract_id: 99_90 for contract_id in contracts}
        assert parked() == {}
        assert clean()


@pytest.mark.capability("X1")
def test_a_waiting_charge_that_an_invoice_has_already(database: Database) -> None:
    number = factories.organization()
    with tenancy.organization(number):
        fiber = factories.plan("FIBRA", ("Internet", 99_90), prorate_last=True)
        guilty, other = (factories.contract(fiber, due_day=10) for _ in range(2))
        factories.run(JANUARY)
        for contract_id in (guilty, other):
            change.cancel(contract_id, ends_on=date(2026, 1, 11), reason="mudou-se", on=date(2026, 1, 10))
        with database.admin() as connection:  # the credit is in an invoice, and says that it waits
            connection.execute("SET session_replication_role = replica")
            connection.execute(
                "INSERT INTO billing_invoiceline (organization_id, invoice_id, number, charge_id, account_id, description,"
                " amount_cents, is_reversed) SELECT l.organization_id, l.invoice_id, 99, ch.id, l.account_id, '', 0, false"
                " FROM billing_charge ch JOIN billing_invoice i ON i.contract_id = ch.contract_id"
                " JOIN billing_invoiceline l ON l.invoice_id = i.id WHERE ch.contract_id = %s AND ch.kind = 'credit'",
                [guilty],
            )
        factories.run(date(2026, 1, 11))
        # 99,90 × 21 of 31 days are given back, to the one that is sound.
        assert issued(date(2026, 1, 11)) == {other: -67_67}
        assert parked() == {guilty: "charge_exists_already"}


def test_a_try_for_one_leaves_its_neighbours_parked(database: Database) -> None:
    """They share a billing group, and so a batch."""
    number = factories.organization()
    with tenancy.organization(number):
        ana = factories.customer("Ana")
        line = {"name": "Telefone", "calc_type": "volume", "unit_cents": 0, "quantity": 7, "tiers": BAD_TIERS}
        bad = factories.plan("RUIM", line)
        mended, broken = (factories.contract(bad, customer_id=ana) for _ in range(2))
        factories.run(JANUARY)
        assert parked() == {mended: "tiers_not_increasing", broken: "tiers_not_increasing"}
        with database.admin() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(
                "UPDATE contracts_contractline SET tiers = '[[null, 90, 0]]' WHERE contract_id = %s", [mended]
            )
        bill.whole_run(through=JANUARY, reason="again", now=clock.now, contract_id=mended)
        assert issued(JANUARY) == {mended: 6_30}
        assert parked() == {broken: "tiers_not_increasing"}
        # What ends before it could be billed is not held back any more.
        change.cancel(broken, ends_on=JANUARY, reason="nunca funcionou", on=date(2026, 1, 2))
        assert BillingTerms.objects.get(contract_id=broken).next_run_on is None
        factories.run(date(2026, 1, 3))
        assert parked() == {}
        assert clean()


def test_credits_and_charges_of_one_group_share_an_invoice(database: Database) -> None:
    """The waiting credit of one contract meets the charge of another on the same due date."""
    number = factories.organization()
    with tenancy.organization(number):
        fiber = factories.plan("FIBRA", ("Internet", 93_00), prorate_last=True, due_after_days=0)
        ana = factories.customer("Ana")
        kept, cancelled = (factories.contract(fiber, customer_id=ana) for _ in range(2))
        factories.run(JANUARY)
        change.cancel(cancelled, ends_on=date(2026, 1, 22), reason="mudou-se", on=date(2026, 1, 22))
        factories.run(FEBRUARY)
        (invoice,) = Invoice.objects.filter(issued_on=FEBRUARY)
        assert (invoice.total_cents, invoice.contract_id) == (93_00 - 30_00, None)
        assert BillingTerms.objects.get(contract_id=kept).next_cycle == 3
        assert clean()
