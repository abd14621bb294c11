from collections import Counter
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import invoicing
from perene.rules.charging import BillingMethod, Draft, Kind, Line
from perene.rules.invoicing import Accounts, Billed, Charged, InvoiceDraft, InvoiceStatus, Owed
from perene.rules.pricing import CalcType, LinePrice
from perene.rules.recurrence import CONTINUOUS

ISSUED_ON = date(2026, 3, 1)
SERVICES, SETUP = UUID(int=901), UUID(int=902)
ACCOUNTS = Accounts(receivables=UUID(int=910), deferred_revenue=UUID(int=920), customer_credits=UUID(int=930))
ANA, BIA = (Billed(UUID(int=n), UUID(int=50), UUID(int=60 + n), "boleto") for n in (1, 2))


def charged(
    contract: int,
    cents: int,
    *,
    due_on: date = date(2026, 3, 10),
    cycle: int = 3,
    kind: str = Kind.RECURRING,
    account: UUID = SERVICES,
    period_start: date = ISSUED_ON,
    part: int = 0,
) -> Charged:
    line = Line(UUID(int=contract * 10), account, "Serviço", LinePrice(CalcType.PRICE, cents), CONTINUOUS)
    end = date(2027, 12, 31)
    draft = Draft(line, kind, cycle, part, ISSUED_ON, due_on, period_start, end, cents, "{}")
    return Charged(UUID(int=contract), draft)


def invoice(*charges: Charged) -> InvoiceDraft:
    (found,) = invoicing.group([Owed(ANA, BillingMethod.GROUPED, list(charges))])
    return found


def posted(*charges: Charged) -> list[tuple[object, int]]:
    return invoicing.postings(invoice(*charges), issued_on=ISSUED_ON, accounts=ACCOUNTS)


# ---------------------------------------------------------------- which charges go together


@pytest.mark.capability("I14", "I18")
def test_contracts_of_one_group_and_due_date_share_an_invoice() -> None:
    first, second = charged(1, 100_00), charged(2, 15_00)
    (found,) = invoicing.group([Owed(ANA, "grouped", [first]), Owed(ANA, "grouped", [second])])
    assert found == InvoiceDraft(ANA, date(2026, 3, 10), None, [first, second], 115_00)


def test_an_invoice_of_one_contract_names_it() -> None:
    assert invoice(charged(1, 100_00), charged(1, 15_00)).contract_id == UUID(int=1)


@pytest.mark.capability("I18")
@pytest.mark.parametrize(
    "other",
    [
        ANA._replace(customer_id=UUID(int=2)),
        ANA._replace(unit_id=UUID(int=51)),
        ANA._replace(billing_group_id=UUID(int=99)),
        ANA._replace(billing_group_id=None),
        ANA._replace(payment_method="pix"),
    ],
)
def test_who_differs_in_one_thing_gets_an_invoice_of_its_own(other: Billed) -> None:
    found = invoicing.group(
        [Owed(ANA, "grouped", [charged(1, 10)]), Owed(other, "grouped", [charged(2, 20)])]
    )
    assert [(one.billed, one.total_cents) for one in found] == [(ANA, 10), (other, 20)]


@pytest.mark.capability("I18")
def test_another_due_date_is_another_invoice() -> None:
    later = date(2026, 4, 10)
    charges = [charged(1, 10), charged(1, 20, due_on=later), charged(1, 30)]
    found = invoicing.group(
        [Owed(ANA, "grouped", charges), Owed(ANA, "grouped", [charged(2, 40, due_on=later)])]
    )
    assert [(one.due_on.month, one.total_cents, one.contract_id) for one in found] == [
        (3, 40, UUID(int=1)),
        (4, 60, None),
    ]


@pytest.mark.capability("I13")
def test_one_per_charge_is_one_per_contract_and_cycle_and_never_mixed() -> None:
    first = [charged(1, 10, cycle=3), charged(1, 1, cycle=3, part=1), charged(1, 20, cycle=4)]
    credit = charged(1, -5, cycle=3, kind=Kind.CREDIT)
    found = invoicing.group(
        [
            Owed(ANA, "one_per_charge", [*first, credit]),
            Owed(ANA, "one_per_charge", [charged(2, 30)]),
            Owed(ANA, "grouped", [charged(3, 40)]),
        ]
    )
    assert [one.total_cents for one in found] == [11, 20, -5, 30, 40]


def test_a_contract_that_owes_nothing_makes_no_invoice() -> None:
    assert invoicing.group([Owed(ANA, "grouped", []), Owed(BIA, "one_per_charge", [])]) == []


def test_what_it_was_given_is_left_as_it_was() -> None:
    """The run counts each contract's charges afterwards."""
    owed = [Owed(ANA, "grouped", [charged(1, 10)]), Owed(ANA, "grouped", [charged(2, 20)])]
    invoicing.group(owed)
    assert [len(one.charges) for one in owed] == [1, 1]


@pytest.mark.parametrize(
    ("cents", "status"),
    [((5, -4), InvoiceStatus.OPEN), ((5, -5), InvoiceStatus.ZERO), ((5, -6), InvoiceStatus.CREDIT)],
)
def test_an_invoice_is_born_open_settled_or_as_a_credit(
    cents: tuple[int, ...], status: InvoiceStatus
) -> None:
    assert invoice(*[charged(1, each) for each in cents]).status == status


any_charge = st.builds(
    charged,
    st.integers(1, 4),
    st.integers(-(10**9), 10**9),
    due_on=st.sampled_from([date(2026, 3, 10), date(2026, 3, 31), date(2027, 1, 1)]),
    cycle=st.integers(1, 3),
    kind=st.sampled_from(Kind),
    account=st.sampled_from([SERVICES, SETUP, UUID(int=903)]),
    period_start=st.sampled_from([date(2026, 2, 1), ISSUED_ON, date(2026, 3, 2), date(2027, 1, 1)]),
    part=st.integers(0, 1),
)
any_billed = st.builds(
    Billed,
    st.sampled_from([UUID(int=1), UUID(int=2)]),
    st.sampled_from([UUID(int=50), UUID(int=51)]),
    st.sampled_from([None, UUID(int=60), UUID(int=61)]),
    st.sampled_from(["boleto", "pix"]),
)
any_owed = st.lists(
    st.builds(Owed, any_billed, st.sampled_from(BillingMethod), st.lists(any_charge, max_size=5)), max_size=8
)


@given(any_owed)
def test_every_charge_is_in_one_invoice_that_is_made_for_it(owed: list[Owed]) -> None:
    found = invoicing.group(owed)
    before = Counter((one.billed, charge) for one in owed for charge in one.charges)
    assert Counter((one.billed, line) for one in found for line in one.lines) == before
    for one in found:
        assert {line.draft.due_on for line in one.lines} == {one.due_on}
        assert one.total_cents == sum(line.draft.amount_cents for line in one.lines)
        contracts = {line.contract_id for line in one.lines}
        assert one.contract_id == (contracts.pop() if len(contracts) == 1 else None)


@given(any_owed)
def test_no_two_invoices_could_have_been_one(owed: list[Owed]) -> None:
    grouped = invoicing.group([one._replace(method=BillingMethod.GROUPED) for one in owed])
    keys = [(one.billed, one.due_on) for one in grouped]
    assert len(set(keys)) == len(keys)
    apart = invoicing.group([one._replace(method=BillingMethod.ONE_PER_CHARGE) for one in owed])
    kinds = [{(line.contract_id, line.draft.cycle, line.draft.kind) for line in one.lines} for one in apart]
    assert all(len(each) == 1 for each in kinds)
    keys = [(one.billed, one.due_on, *each) for one, each in zip(apart, kinds, strict=True)]
    assert len(set(keys)) == len(keys)


# ---------------------------------------------------------------- what an invoice posts


def test_an_invoice_debits_the_customer_and_credits_each_account() -> None:
    assert posted(charged(1, 99_90), charged(1, 120_00, account=SETUP), charged(2, 10)) == [
        (ACCOUNTS.receivables, 220_00),
        (SERVICES, -100_00),
        (SETUP, -120_00),
    ]


@pytest.mark.capability("I13")
def test_revenue_of_a_period_that_has_not_begun_is_deferred() -> None:
    tomorrow = charged(1, 50, period_start=date(2026, 3, 2))
    assert posted(tomorrow, charged(1, 7)) == [
        (ACCOUNTS.receivables, 57),
        (ACCOUNTS.deferred_revenue, -50),
        (SERVICES, -7),
    ]


def test_a_negative_invoice_is_owed_to_the_customer() -> None:
    assert posted(charged(1, -67_74, kind=Kind.CREDIT)) == [
        (ACCOUNTS.customer_credits, -67_74),
        (SERVICES, 67_74),
    ]


def test_an_invoice_of_nothing_posts_only_what_moves_between_accounts() -> None:
    assert posted(charged(1, 0)) == []
    assert posted(charged(1, 50), charged(1, -50)) == []
    assert posted(charged(1, 50), charged(1, -50, account=SETUP)) == [(SERVICES, -50), (SETUP, 50)]


@given(st.lists(any_charge, min_size=1, max_size=8))
def test_every_entry_is_balanced(charges: list[Charged]) -> None:
    for one in invoicing.group([Owed(ANA, BillingMethod.GROUPED, charges)]):
        postings = invoicing.postings(one, issued_on=ISSUED_ON, accounts=ACCOUNTS)
        accounts = [account for account, _ in postings]
        assert len(set(accounts)) == len(accounts)
        if postings:
            assert len(postings) > 1 and all(cents for _, cents in postings)
            assert sum(cents for _, cents in postings) == 0
        else:
            assert one.total_cents == 0
        by_account = dict(postings)
        assert by_account.get(ACCOUNTS.receivables, 0) == max(one.total_cents, 0)
        assert by_account.get(ACCOUNTS.customer_credits, 0) == min(one.total_cents, 0)
