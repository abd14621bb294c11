"""Late charges: golden cases with their sources, cross-checked against a calculation written another way."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import banking_days, late_charges, settlement, settlement_explanation
from perene.rules.late_charges import Debt, Part, Terms
from perene.rules.refusals import Refusal
from perene.rules.settlement import Allocation, Given

STANDARD = Terms(Decimal(2), Decimal(1))
DUE = date(2026, 1, 12)  # a Monday


def debt(amount_cents: int = 100_00, *parts: Part, due_on: date = DUE, terms: Terms = STANDARD) -> Debt:
    return Debt(amount_cents, due_on, banking_days.roll(due_on), terms, parts)


# (amount, due, paid, fine, interest). Fine: CDC art. 52 §1, 2 % once. Interest: 1 % a month simple, 1/30 a day (RGC art. 78).
GOLDEN = [
    # In time, on the day, one day late, a commercial month, a year of 365 days.
    (100_00, date(2026, 1, 12), date(2026, 1, 5), 0, 0),
    (100_00, date(2026, 1, 12), date(2026, 1, 12), 0, 0),
    (100_00, date(2026, 1, 12), date(2026, 1, 13), 2_00, 3),
    (100_00, date(2026, 1, 12), date(2026, 2, 11), 2_00, 1_00),
    (100_00, date(2026, 1, 12), date(2027, 1, 12), 2_00, 12_17),
    # Half a centavo goes away from zero: 2 % of 0.25; 15 days of 99.90 are 49.95.
    (25, date(2026, 1, 12), date(2026, 1, 13), 1, 0),
    (99_90, date(2026, 1, 12), date(2026, 1, 27), 2_00, 50),
    # Saturday 10 January: Monday is in time; on Tuesday three days are late, for they count from the agreed day.
    (100_00, date(2026, 1, 10), date(2026, 1, 12), 0, 0),
    (100_00, date(2026, 1, 10), date(2026, 1, 13), 2_00, 10),
    # Sunday 8 March.
    (100_00, date(2026, 3, 8), date(2026, 3, 9), 0, 0),
    (100_00, date(2026, 3, 8), date(2026, 3, 10), 2_00, 7),
    # Carnival, Saturday 14 to Tuesday 17 February: banks open at noon of Ash Wednesday (Res. CMN 4.880/2020, FEBRABAN).
    (100_00, date(2026, 2, 14), date(2026, 2, 18), 0, 0),
    (100_00, date(2026, 2, 16), date(2026, 2, 18), 0, 0),
    (100_00, date(2026, 2, 16), date(2026, 2, 19), 2_00, 10),
    # Friday 20 November 2026, since Lei 14.759/2023; a working day in 2023.
    (100_00, date(2026, 11, 20), date(2026, 11, 23), 0, 0),
    (100_00, date(2023, 11, 20), date(2023, 11, 21), 2_00, 3),
    # The last working day of the year: no public service on 31 December 2026, on Friday 29 December 2023.
    (100_00, date(2026, 12, 31), date(2027, 1, 4), 0, 0),
    (100_00, date(2026, 12, 31), date(2027, 1, 5), 2_00, 17),
    (100_00, date(2023, 12, 29), date(2024, 1, 2), 0, 0),
    # Good Friday and Corpus Christi.
    (100_00, date(2026, 4, 3), date(2026, 4, 6), 0, 0),
    (100_00, date(2026, 6, 4), date(2026, 6, 5), 0, 0),
    (100_00, date(2026, 6, 4), date(2026, 6, 6), 2_00, 7),
    # A leap year: February has a 29th, and days are counted as they are.
    (100_00, date(2028, 2, 24), date(2028, 3, 25), 2_00, 1_00),
    (100_00, date(2027, 2, 24), date(2027, 3, 25), 2_00, 97),
    # The end of a month.
    (100_00, date(2026, 8, 31), date(2026, 9, 30), 2_00, 1_00),
]


@pytest.mark.parametrize(("amount", "due_on", "paid_on", "fine", "interest"), GOLDEN)
def test_golden(amount: int, due_on: date, paid_on: date, fine: int, interest: int) -> None:
    found = late_charges.owed(debt(amount, due_on=due_on), on=paid_on)
    assert (found.principal_cents, found.fine_cents, found.interest_cents) == (amount, fine, interest)
    assert found.total_cents == amount + fine + interest
    assert _independent(amount, due_on, paid_on, [], STANDARD) == (fine, interest)


def test_a_holiday_of_the_city() -> None:
    """São Paulo's 25 January 2027, a Monday, is a holiday only for who names it."""
    saturday = date(2027, 1, 23)
    assert banking_days.roll(saturday) == date(2027, 1, 25)
    assert banking_days.roll(saturday, city_holidays={date(2027, 1, 25)}) == date(2027, 1, 26)


def test_on_christmas_eve_banks_are_open() -> None:
    """FEBRABAN: from 9 to 11 o'clock, and bills are cleared."""
    assert banking_days.is_banking_day(date(2026, 12, 24))
    assert not banking_days.is_banking_day(date(2026, 12, 25))


def test_part_by_part_as_the_principal_shrinks() -> None:
    """100.00 for 10 days, then 40.00 for 20: 0.3333… + 0.2666…, of which 0.33 were paid."""
    first = Part(DUE + timedelta(days=10), 60_00, fine_cents=2_00, interest_cents=33)
    found = late_charges.owed(debt(100_00, first), on=DUE + timedelta(days=30))
    assert (found.principal_cents, found.fine_cents, found.interest_cents) == (40_00, 0, 27)
    assert [segment.days for segment in found.segments] == [10, 20]


def test_interest_that_was_not_paid_stays_owed_and_bears_none() -> None:
    """1.00 paid after 60 days goes to the 2.00 of interest; nothing of the 100.00 was paid."""
    paid = settlement.settle(Given(debt(), DUE + timedelta(days=60), 1_00))
    assert paid == Allocation(0, 0, 0, 1_00, 0, 0)
    found = late_charges.owed(
        debt(100_00, Part(DUE + timedelta(days=60), 0, 0, 1_00)), on=DUE + timedelta(days=90)
    )
    assert (found.principal_cents, found.fine_cents, found.interest_cents) == (100_00, 2_00, 2_00)


def test_what_was_paid_in_time_bears_nothing() -> None:
    found = late_charges.owed(debt(100_00, Part(DUE, 60_00)), on=DUE + timedelta(days=30))
    assert (found.principal_cents, found.fine_cents, found.interest_cents) == (40_00, 80, 40)


def test_a_waiver_lets_go_what_was_due_until_then() -> None:
    waived = Part(DUE + timedelta(days=30), 60_00, is_waived=True)
    found = late_charges.owed(debt(100_00, waived), on=DUE + timedelta(days=60))
    assert (found.fine_cents, found.interest_cents) == (0, 40)


def test_a_later_due_date_asks_for_no_second_fine() -> None:
    """Paid in part and late, then extended to 2 March and late again: interest from there on, and the fine that is paid."""
    late = Part(date(2026, 2, 11), 50_00, fine_cents=2_00, interest_cents=1_00)
    found = late_charges.owed(debt(100_00, late, due_on=date(2026, 3, 2)), on=date(2026, 4, 1))
    assert (found.principal_cents, found.fine_cents, found.interest_cents) == (50_00, 0, 50)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        # Fine 2.00, interest 1.00: interest first, then the fine, then the principal (Civil Code art. 354).
        (60, Allocation(0, 0, 0, 60, 0, 0)),
        (1_00, Allocation(0, 0, 0, 1_00, 0, 0)),
        (2_50, Allocation(0, 0, 1_50, 1_00, 0, 0)),
        (50_00, Allocation(47_00, 0, 2_00, 1_00, 0, 0)),
        (103_00, Allocation(100_00, 0, 2_00, 1_00, 0, 0)),
        (110_00, Allocation(100_00, 0, 2_00, 1_00, 7_00, 0)),
    ],
)
def test_what_an_amount_goes_to(amount: int, expected: Allocation) -> None:
    assert settlement.settle(Given(debt(), DUE + timedelta(days=30), amount)) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (94_99, Allocation(94_99, 0, 0, 0, 0, 0)),
        (95_00, Allocation(100_00, 5_00, 0, 0, 0, 0)),
        (97_00, Allocation(100_00, 5_00, 0, 0, 2_00, 0)),
    ],
)
@pytest.mark.capability("I20")
def test_the_discount_is_for_who_settles_all_in_time(amount: int, expected: Allocation) -> None:
    agreed = debt(terms=Terms(Decimal(2), Decimal(1), Decimal(5)))
    assert settlement.settle(Given(agreed, DUE, amount)) == expected


@pytest.mark.capability("I20")
def test_the_discount_lapses_after_the_banking_day() -> None:
    agreed = debt(due_on=date(2026, 1, 10), terms=Terms(Decimal(2), Decimal(1), Decimal(5)))
    assert late_charges.owed(agreed, on=date(2026, 1, 12)).total_cents == 95_00
    assert late_charges.owed(agreed, on=date(2026, 1, 13)).total_cents == 102_10


def test_waived() -> None:
    found = settlement.settle(Given(debt(), DUE + timedelta(days=30), 100_00, waive_late_charges=True))
    assert found == Allocation(100_00, 0, 0, 0, 0, 3_00)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms(Decimal("2.01"), Decimal(1)), "fine_too_high"),
        (Terms(Decimal(-1), Decimal(1)), "fine_too_high"),
        (Terms(Decimal(2), Decimal("1.01")), "interest_too_high"),
        (Terms(Decimal(2), Decimal(1), Decimal(100)), "discount_out_of_range"),
        (Terms(Decimal("NaN"), Decimal(1)), "fine_too_high"),
    ],
)
def test_bounds(terms: Terms, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        late_charges.check(terms)
    assert refusal.value.code == code


def _independent(
    amount: int, due_on: date, paid_on: date, parts: list[tuple[date, int]], terms: Terms
) -> tuple[int, int]:
    """Day by day, in fractions: (fine, interest) of all time up to `paid_on`, nothing of it paid yet."""
    in_time_until = due_on
    while in_time_until.isoweekday() > 5 or in_time_until in _closed(in_time_until.year):
        in_time_until += timedelta(days=1)
    if paid_on <= in_time_until:
        return 0, 0
    overdue = amount - sum(cents for day, cents in parts if day <= in_time_until)
    interest, day = Fraction(0), due_on
    while day < paid_on:
        day += timedelta(days=1)
        still = overdue - sum(cents for paid, cents in parts if in_time_until < paid < day)
        interest += Fraction(still) * Fraction(str(terms.interest_percent)) / 3000
    fine = Fraction(overdue) * Fraction(str(terms.fine_percent)) / 100
    return int(fine + Fraction(1, 2)), int(interest + Fraction(1, 2))


def _closed(year: int) -> set[date]:
    """The banks' holidays, from the date of Easter (Gauss) and the statutes."""
    a, b, c = year % 19, year % 4, year % 7
    d = (19 * a + 24) % 30
    e = (2 * b + 4 * c + 6 * d + 5) % 7
    easter = date(year, 3, 22) + timedelta(days=d + e)
    # Gauss's two exceptions.
    if d == 29 and e == 6:
        easter -= timedelta(days=7)
    if d == 28 and e == 6 and a > 10:
        easter -= timedelta(days=7)
    fixed = [(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25)]
    if year >= 2024:
        fixed.append((11, 20))
    last = date(year, 12, 31)
    while last.isoweekday() > 5:
        last -= timedelta(days=1)
    moving = [easter + timedelta(days=days) for days in (-48, -47, -2, 60)]
    return {date(year, month, day) for month, day in fixed} | set(moving) | {last}


@given(st.dates(date(2018, 1, 1), date(2060, 12, 31)))
def test_banking_days_are_those_of_the_statutes(day: date) -> None:
    assert banking_days.is_banking_day(day) == (day.isoweekday() < 6 and day not in _closed(day.year))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Debt, list[Given]]:
    """A receivable and what its customer gives for it, day after day."""
    due_on = draw(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
    percents = st.decimals(0, 2, places=2)
    terms = Terms(
        draw(percents), draw(st.decimals(0, 1, places=2)), draw(st.sampled_from([Decimal(0), Decimal("7.5")]))
    )
    agreed = debt(draw(st.integers(1, 10**9)), due_on=due_on, terms=terms)
    found = []
    day = due_on - timedelta(days=draw(st.integers(0, 20)))
    for _ in range(draw(st.integers(1, 6))):
        day += timedelta(days=draw(st.integers(0, 100)))
        most = agreed.amount_cents + 5
        amount = draw(st.one_of(st.none(), st.integers(1, most), st.integers(1, 1 + most // 3)))
        found.append(Given(agreed, day, amount, draw(st.booleans())))
    return agreed, found


@given(histories())
def test_random_histories(case: tuple[Debt, list[Given]]) -> None:
    """Whatever is given: it adds up, nothing is below zero, the fine is charged once, all interest that accrued was paid,
    waived or is owed, and each derivation comes to the same again."""
    agreed, gifts = case
    parts: list[Part] = []
    fines = 0
    for gift in gifts:
        now = gift._replace(debt=agreed._replace(parts=tuple(parts)))
        owed = late_charges.owed(now.debt, on=now.on)
        if not owed.principal_cents:
            break
        found = settlement.settle(now)
        amount = found.used_cents + found.surplus_cents
        if gift.amount_cents is not None:
            assert amount == gift.amount_cents
        assert min(found) >= 0 and found.principal_cents <= owed.principal_cents
        assert found.surplus_cents == 0 or found.principal_cents == owed.principal_cents
        said = settlement.write(now)
        assert settlement.read(said) == now and settlement.evaluate(said) == found
        steps = settlement_explanation.explain(said)
        asked = settlement.asked_for(owed, waive_late_charges=now.waive_late_charges)
        assert asked in [step.running_cents for step in steps]
        if not any(part.is_waived for part in parts):
            history = [(part.paid_on, part.principal_cents) for part in parts]
            fine, interest = _independent(agreed.amount_cents, agreed.due_on, now.on, history, agreed.terms)
            assert fine == fines + owed.fine_cents or not fine
            assert interest == sum(part.interest_cents for part in parts) + owed.interest_cents
        fines += found.fine_cents
        parts.append(
            Part(
                now.on, found.principal_cents, found.fine_cents, found.interest_cents, found.waived_cents > 0
            )
        )
