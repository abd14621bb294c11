"""A portfolio that lived elsewhere comes in: items, customers, contracts, their lines. One file is one transaction: all of
it is stored, or nothing. Said twice, done once: rows are known by their external ids."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from perene.apps.catalog import imported as items_of_file
from perene.apps.catalog.imported import ItemRow
from perene.apps.contracts import imported as contracts_of_file
from perene.apps.contracts import imported_lines as lines_of_file
from perene.apps.contracts.imported import ContractRow, Manner
from perene.apps.contracts.imported_lines import LineRow
from perene.apps.customers import imported as customers_of_file
from perene.apps.customers.imported import CustomerRow
from perene.apps.events import outbox
from perene.apps.ledger import chart
from perene.apps.organizations import organizations
from perene.kit.problems import Outcome, Problems
from perene.rules.charging import BillingMethod


@transaction.atomic(durable=True)
def items(rows: Sequence[ItemRow], problems: Problems, *, is_rehearsal: bool = False) -> Outcome:
    """Items of the registry. `problems`: those that reading the file found; with any, or any more found here, RowsRefused
    is raised and nothing is stored. A rehearsal does everything and takes it back. The same holds for all four."""
    organizations.present(lock=True)  # one import at a time
    outcome = items_of_file.store(rows, problems)
    return _done(outcome, is_rehearsal)


@transaction.atomic(durable=True)
def customers(rows: Sequence[CustomerRow], problems: Problems, *, is_rehearsal: bool = False) -> Outcome:
    """Customers with their main contacts."""
    organizations.present(lock=True)
    outcome = customers_of_file.store(rows, problems)
    return _done(outcome, is_rehearsal)


@transaction.atomic(durable=True)
def contracts(
    rows: Sequence[ContractRow],
    problems: Problems,
    *,
    on: date,
    cut_over_on: date | None = None,
    bills_the_past: bool = False,
    term_kind: str | None = None,
    billing_method: str = BillingMethod.GROUPED,
    is_rehearsal: bool = False,
) -> Outcome:
    """Contracts as drafts: nothing is billed before their lines arrive. A contract whose first charge lies before `on` needs
    `cut_over_on`, or `bills_the_past`."""
    organization = organizations.present(lock=True)
    manner = Manner(
        lead_days=organization.lead_days,
        cut_over_on=cut_over_on,
        term_kind=term_kind,
        billing_method=billing_method,
        on=on,
        bills_the_past=bills_the_past,
    )
    outcome = contracts_of_file.store(rows, problems, manner)
    return _done(outcome, is_rehearsal)


@transaction.atomic(durable=True)
def contract_items(
    rows: Sequence[LineRow], problems: Problems, *, on: date, now: datetime, is_rehearsal: bool = False
) -> Outcome:
    """Lines of contracts; a draft with its lines is in force from here."""
    organization = organizations.present(lock=True)
    put = lines_of_file.store(
        rows,
        problems,
        default_account_id=chart.by_role()["revenue"],
        lead_days=organization.lead_days,
        on=on,
        now=now,
    )
    outbox.record_many("contract.confirmed", put.confirmed, occurred_on=on)
    return _done(put.outcome, is_rehearsal)


def _done(outcome: Outcome, is_rehearsal: bool) -> Outcome:
    if is_rehearsal:
        transaction.set_rollback(True)
    return outcome
