"""Whatever is paid, used, given up and taken back, in whatever order: it adds up, and taking it all back restores every
balance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perene.actions import credits as credit_acts
from perene.actions import move_in, settle
from perene.apps.ledger.models import Posting
from perene.apps.receivables.models import Credit, CreditRefund, Receivable, Settlement
from perene.apps.receivables.opening import Row
from perene.kit import ids, tenancy
from perene.reports import statement, verification
from perene.rules.refusals import Refusal
from tests import factories
from tests.factories import NOW
from tests.ground import Database

BEGINS_ON = date(2026, 1, 5)

# (what, which receivable, centavos, days since the last act)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "pay", "waive", "reverse", "credit", "lose", "refund"]),
        st.integers(0, 2),
        st.integers(1, 150_00),
        st.integers(0, 45),
    ),
    min_size=1,
    max_size=12,
)


def test_random_acts(database: Database) -> None:
    organization = factories.organization()

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(acts=ACTS)
    def live(acts: list[tuple[str, int, int, int]]) -> None:
        with tenancy.organization(organization):
            _live(acts)

    live()
    with tenancy.organization(organization):
        assert [str(violation) for violation in verification.verify()] == []


def _live(acts: list[tuple[str, int, int, int]]) -> None:
    whose = factories.customer()
    names = [str(ids.new()) for _ in range(3)]
    rows = [
        Row(whose, None, name, BEGINS_ON + timedelta(days=30 * number), 60_00 + 33_33 * number)
        for number, name in enumerate(names)
    ]
    move_in.receivables(rows, on=BEGINS_ON, now=NOW)
    move_in.credits([Row(whose, None, str(ids.new()), BEGINS_ON, 45_67)], on=BEGINS_ON, now=NOW)
    owed = [Receivable.objects.get(external_id=name) for name in names]
    before = _balances()
    on = BEGINS_ON
    for what, which, cents, days in acts:
        on += timedelta(days=days)
        _tried(what, owed[which], cents, on)
        _adds_up(owed)
    # The statement of the customer comes to what is open.
    found = statement.of_customer(whose, from_on=BEGINS_ON, through_on=on)
    open_cents = sum(Receivable.objects.filter(customer_id=whose).values_list("open_cents", flat=True))
    open_cents -= sum(Credit.objects.filter(customer_id=whose).values_list("open_cents", flat=True))
    assert found.closing_cents == open_cents
    refunded = sum(
        CreditRefund.objects.filter(credit__customer_id=whose).values_list("amount_cents", flat=True)
    )
    if not refunded:
        _take_all_back(whose, on)
        assert _balances() == before
        for one in owed:
            one.refresh_from_db()
            assert (one.open_cents, one.status) == (one.amount_cents, "open")


def _tried(what: str, one: Receivable, cents: int, on: date) -> None:
    """Do it where it can be done."""
    act = {"on": on, "now": NOW}
    credit = Credit.objects.filter(customer_id=one.customer_id, open_cents__gt=0).order_by("-id").first()
    standing = _standing(one)
    paid = {"paid_on": on, "received_cents": cents, "method": "pix"}
    doing: dict[str, Callable[[], object]] = {
        "pay": lambda: settle.receive(one.id, **paid, **act),  # type: ignore[arg-type]
        "waive": lambda: settle.receive(one.id, **paid, waive_late_charges=True, **act),  # type: ignore[arg-type]
        "reverse": lambda: standing and settle.reverse(standing.id, reason="engano", **act),  # type: ignore[arg-type]
        "credit": lambda: credit and settle.use_credit(one.id, credit.id, **act),  # type: ignore[arg-type]
        "lose": lambda: settle.write_off(one.id, reason="perda", **act),  # type: ignore[arg-type]
        "refund": lambda: (
            credit and credit_acts.refund(credit.id, amount_cents=min(cents, credit.open_cents), **act)
        ),  # type: ignore[arg-type]
    }
    try:
        doing[what]()
    except Refusal as refusal:
        assert refusal.code in {"receivable_not_open", "surplus_was_used"}


def _standing(one: Receivable) -> Settlement | None:
    found = Settlement.objects.filter(receivable=one, reversed_at__isnull=True)
    return found.order_by("-paid_on", "-id").first()


def _adds_up(owed: list[Receivable]) -> None:
    """Billed = open + settled, and each account of what is owed is what the rows say."""
    for one in Receivable.objects.filter(id__in=[one.id for one in owed]):
        standing = Settlement.objects.filter(receivable=one, reversed_at__isnull=True)
        assert one.amount_cents == one.open_cents + sum(standing.values_list("principal_cents", flat=True))
    found = _balances()
    assert found.get("receivables", 0) == sum(Receivable.objects.values_list("open_cents", flat=True))
    assert -found.get("customer_credits", 0) == sum(Credit.objects.values_list("open_cents", flat=True))


def _take_all_back(whose: object, on: date) -> None:
    """A surplus that was used must come back before its payment: whatever goes, as long as something does."""
    while left := list(
        Settlement.objects.filter(customer_id=whose, reversed_at__isnull=True).order_by("-id")
    ):
        gone = 0
        for one in left:
            try:
                settle.reverse(one.id, reason="engano", on=on, now=NOW)
                gone += 1
            except Refusal as refusal:
                assert refusal.code in {"surplus_was_used", "later_settlement_first", "settlement_reversed"}
        assert gone


def _balances() -> dict[str, int]:
    found: dict[str, int] = {}
    for role, cents in Posting.objects.values_list("account__role", "amount_cents"):
        found[role] = found.get(role, 0) + cents
    return {role: cents for role, cents in found.items() if cents}
