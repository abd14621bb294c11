"""“Por que este valor?”: what is stored with a charge tells its amount step by step (X6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from perene.apps.billing.models import Charge, Invoice
from perene.kit import texts
from perene.reports import explained
from perene.rules import charging, explanation, money, pricing, recurrence
from perene.rules.periods import Interval, IntervalUnit
from perene.rules.pricing import AdjustmentKind, CalcType, LinePrice
from perene.rules.schedule import ChargeDay, ChargeDayKind, Terms
from tests import factories
from tests.ground import Database


def told(derivation: str) -> list[str]:
    """Each step with what stands after it; the no-break space between R$ and the digits as a plain one."""
    with translation.override("pt-br"):
        return [
            f"{texts.render(step.text)} = {money.format_exact(step.running_cents)}".replace("\xa0", " ")
            for step in explanation.explain(derivation)
        ]


@pytest.mark.capability("X6", "G22")
def test_a_stored_amount_tells_its_steps(provider: int) -> None:
    """2.5 × 33.33 is 83.325, less 10 % of that, for 17 of 31 days, rounded once at the end. Rounded on the way it would be
    83.33 − 8.33 = 75.00, and 41.13."""
    fiber = factories.plan(
        "FIBRA",
        {
            "name": "Ramais",
            "calc_type": "per_unit",
            "unit_cents": 33_33,
            "quantity": Decimal("2.5"),
            "adjustment_kind": "percent",
            "discount_percent": Decimal(10),
        },
        prorate_first=True,
    )
    factories.contract(fiber, started_on=date(2026, 1, 15), due_day=10)
    factories.run(date(2026, 2, 1))
    stub = Charge.objects.get(part=1)
    assert stub.amount_cents == 41_12
    assert told(stub.derivation) == [
        "2,5 × R$ 33,33 = R$ 83,325",
        "Desconto de 10% sobre o valor base = R$ 74,9925",
        "Proporcional: 17 de 31 dias = R$ 41,124919…",
        "Arredondado para centavos inteiros, a partir de R$ 41,124919… = R$ 41,12",
        "Valor cobrado = R$ 41,12",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        '{"c":"volume","t":[["10",100,0]],"q":"12"}',
        '{"c":"price","u":100,"p":[2,1]}',
        "soma",
        '{"c":"price"}',
    ],
)
def test_an_amount_that_nothing_proves_is_shown_and_said_so(
    provider: int, database: Database, broken: str
) -> None:
    """Whoever wrote past us: the invoice opens, whatever the rules say to what is stored."""
    factories.contract(factories.plan("FIBRA", ("Internet", 100_00)))
    factories.run(date(2026, 1, 1))
    good = Charge.objects.get().derivation
    with database.admin() as past_us:
        past_us.execute("UPDATE billing_charge SET derivation = %s", [broken])
        [line] = explained.of_invoice(Invoice.objects.get().id)
        assert (line.amount_cents, line.is_proved) == (100_00, False)
        past_us.execute("UPDATE billing_charge SET derivation = %s", [good])
    [line] = explained.of_invoice(Invoice.objects.get().id)
    assert (line.amount_cents, line.is_proved) == (100_00, True)


prices = st.builds(
    lambda calc_type, unit, quantity, kind, surcharge, discount: LinePrice(
        calc_type,
        unit,
        Decimal(quantity) / 1000 if calc_type == CalcType.PER_UNIT else Decimal(1),
        pricing.adjustment(kind, cents=surcharge, percent=Decimal(surcharge) / 100),
        pricing.adjustment(kind, cents=discount, percent=Decimal(discount) / 100),
    ),
    st.sampled_from([CalcType.PRICE, CalcType.PER_UNIT]),
    st.integers(0, 10_000_00),
    st.integers(0, 50_000),
    st.sampled_from(list(AdjustmentKind)),
    st.integers(0, 100_00),
    st.integers(0, 100_00),
)


@pytest.mark.capability("X6")
@given(price=prices, started=st.integers(0, 400), lasts=st.integers(1, 90), charge_day=st.integers(1, 31))
def test_what_a_charge_keeps_gives_its_amount_again(
    price: LinePrice, started: int, lasts: int, charge_day: int
) -> None:
    """Of every charge of a prorated contract, and of what its end gives back."""
    started_on = date.fromordinal(date(2026, 1, 1).toordinal() + started)
    terms = Terms(
        interval=Interval(IntervalUnit.MONTH),
        charge_day=ChargeDay(ChargeDayKind.FIXED, charge_day),
        started_on=started_on,
        signed_on=started_on,
        prorate_first=True,
        prorate_last=True,
    )
    line = charging.Line(b"line", b"account", "Item", price, recurrence.CONTINUOUS)
    far = date.fromordinal(started_on.toordinal() + 120)
    due = charging.due_now(terms, charging.BillingMethod.GROUPED, True, 1, far, far).cycles
    drafts = [draft for one in due for draft in charging.of_cycle([line], one)]
    ended = terms._replace(ends_on=date.fromordinal(started_on.toordinal() + lasts))
    given_back = [charging.end_credit(ended, line, one.cycle, part=n) for one in due for n in (0, 1)]
    for draft in [*drafts, *(credit for credit in given_back if credit is not None)]:
        assert pricing.evaluate(draft.derivation) == draft.amount_cents
        last = explanation.explain(draft.derivation)[-1]
        assert (last.amount_cents, last.running_cents) == (None, draft.amount_cents)
    assert drafts and any(given_back)
