"""The trial balance, counted by hand."""

from __future__ import annotations

from datetime import date

import pytest

from perene.kit import tenancy
from perene.reports import trial_balance
from tests import factories
from tests.ground import Database


def figures(balance: trial_balance.TrialBalance) -> dict[str, tuple[int, int, int, int]]:
    """Accounts on which something stands: opening, debit, credit, closing."""
    rows = {
        row.code: (row.opening_cents, row.debit_cents, row.credit_cents, row.closing_cents)
        for row in balance.rows
    }
    return {code: row for code, row in rows.items() if any(row)}


@pytest.mark.capability("I13")
def test_every_account_opens_where_it_closed(database: Database) -> None:
    with tenancy.organization(factories.organization()):
        factories.contract(factories.plan("FIBRA", ("Internet", 100_00)))
        # Twelve months of 10,00 invoiced ahead: only the first has begun.
        factories.contract(
            factories.plan("ANUAL", ("Domínio", 10_00)),
            billing_method="one_per_charge",
            term_kind="fixed",
            term_months=12,
        )
        factories.live_until(date(2026, 2, 15))
        january = trial_balance.between(date(2026, 1, 1), date(2026, 1, 31))
        assert figures(january) == {
            "1.1.2.01": (0, 220_00, 0, 220_00),
            "2.1.5.01": (0, 0, 110_00, -110_00),
            "3.1.1.01": (0, 0, 110_00, -110_00),
        }
        february = trial_balance.between(date(2026, 2, 1), date(2026, 2, 28))
        assert figures(february) == {
            "1.1.2.01": (220_00, 100_00, 0, 320_00),
            "2.1.5.01": (-110_00, 10_00, 0, -100_00),
            "3.1.1.01": (-110_00, 0, 110_00, -220_00),
        }
        assert (february.debit_cents, february.credit_cents) == (110_00, 110_00)
        assert (february.opening_cents, february.closing_cents) == (0, 0)
        assert february.is_balanced
        # Also the accounts on which nothing stands are there, by code.
        codes = [row.code for row in february.rows]
        assert codes == sorted(codes)
        assert len(codes) == 12


def test_before_the_first_entry_all_is_zero(database: Database) -> None:
    with tenancy.organization(factories.organization()):
        balance = trial_balance.between(date(2026, 1, 1), date(2026, 1, 31))
        assert figures(balance) == {}
        assert balance.is_balanced
