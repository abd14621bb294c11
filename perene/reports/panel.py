"""The figures of the panel. Each takes `unit_ids` (None = the whole organization) and costs a few queries, whatever the
history."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from types import SimpleNamespace
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum

from perene.apps.billing.models import Invoice
from perene.apps.catalog import prices
from perene.apps.contracts.models import BillingTerms, Contract, ContractLine, ContractStatus
from perene.apps.ledger.models import AccountRole, Posting, Subtotal
from perene.apps.organizations.models import AuditEntry
from perene.apps.receivables.models import Receivable, ReceivableStatus, Settlement
from perene.kit import tenancy
from perene.rules import money, periods, pricing
from perene.rules.charging import BillingMethod
from perene.rules.periods import Interval, IntervalUnit
from perene.rules.refusals import Refusal

Units = frozenset[UUID] | None

REMEMBERED_SECONDS = 600
# The last day late of each age but the last: 1 to 15, 16 to 30, 31 to 90, older.
AGES = (15, 30, 90)


@dataclass(frozen=True, slots=True)
class MonthOfBilling:
    """What was invoiced in a month, whatever became of it later."""

    first_on: date
    billed_cents: int


def _not_billed(first_on: date, until: date) -> Iterator[tuple[int, int, int]]:
    """(year, month, centavos) that the books charge to customers and that no invoice says."""
    taken_back = (
        Settlement.objects.filter(reversed_on__gte=first_on, reversed_on__lte=until)
        .values_list("reversed_on__year", "reversed_on__month")
        .annotate(cents=Sum("principal_cents"))
    )
    # The old system's code first: that is what an index knows of them.
    brought = Receivable.objects.filter(external_id__isnull=False, origin="opening").values("source_id")
    moved_in = (
        Posting.objects.filter(
            entry_id__in=brought,
            account__role=AccountRole.RECEIVABLES,
            posted_on__gte=first_on,
            posted_on__lte=until,
        )
        .values_list("posted_on__year", "posted_on__month")
        .annotate(cents=Sum("amount_cents"))
    )
    for year, month, cents in [*taken_back.order_by(), *moved_in.order_by()]:
        yield year, month, int(cents)


@dataclass(frozen=True, slots=True)
class Age:
    """What is owed since `from_days` to `to_days` days (None = open end); days below 1 are not late yet."""

    from_days: int | None
    to_days: int | None
    amount_cents: int
    receivables: int

    @property
    def is_late(self) -> bool:
        return self.from_days is not None


def billed_by_month(*, until: date, months: int, unit_ids: Units) -> list[MonthOfBilling]:
    """The last `months` months up to the one that holds `until`, oldest first. Of the whole organization it is what the
    books charged to customers (their subtotals are few), without what is charged a second time because a settlement was taken
    back and what was owed already when moving in; of some units, what their invoices say."""
    first_on = periods.add_months(until.replace(day=1), 1 - months)
    found: dict[tuple[int, int], int] = defaultdict(int)
    if unit_ids is None:
        rows = Subtotal.objects.filter(
            account__role=AccountRole.RECEIVABLES, posted_on__gte=first_on, posted_on__lte=until
        ).values_list("posted_on__year", "posted_on__month")
        summed = rows.annotate(cents=Sum("debit_cents"))
        for year, month, cents in _not_billed(first_on, until):
            found[year, month] -= cents
    else:
        rows = (
            Invoice.objects.in_units(unit_ids)
            .filter(issued_on__gte=first_on, issued_on__lte=until, total_cents__gt=0)
            .values_list("issued_on__year", "issued_on__month")
        )
        summed = rows.annotate(cents=Sum("total_cents"))
    for year, month, cents in summed.order_by():
        found[year, month] += int(cents)
    starts = [periods.add_months(first_on, number) for number in range(months)]
    return [MonthOfBilling(start, found[start.year, start.month]) for start in starts]


def open_by_age(*, today: date, unit_ids: Units) -> list[Age]:
    """Open receivables: not yet due, then by days late."""
    since = [today - timedelta(days=days) for days in AGES]
    bands: list[tuple[int | None, int | None, Q]] = [(None, 0, Q(due_on__gte=today))]
    latest = today
    for days, oldest in zip(AGES, since, strict=True):
        bands.append(((today - latest).days + 1, days, Q(due_on__lt=latest, due_on__gte=oldest)))
        latest = oldest
    bands.append(((today - latest).days + 1, None, Q(due_on__lt=latest)))
    row = (
        Receivable.objects.in_units(unit_ids)
        .filter(status=ReceivableStatus.OPEN)
        .aggregate(
            **{f"cents_{at}": Sum("open_cents", filter=band) for at, (_, _, band) in enumerate(bands)},
            **{f"count_{at}": Count("id", filter=band) for at, (_, _, band) in enumerate(bands)},
        )
    )
    return [
        Age(first, last, int(row[f"cents_{at}"] or 0), row[f"count_{at}"])
        for at, (first, last, _) in enumerate(bands)
    ]


def active_contracts(*, unit_ids: Units) -> int:
    """Contracts in force, courtesies included."""
    return Contract.objects.in_units(unit_ids).filter(status=ContractStatus.ACTIVE).count()


def terms_ending(*, from_on: date, to_on: date, unit_ids: Units) -> int:
    """Contracts in force whose present term ends in these days (both included)."""
    return (
        Contract.objects.in_units(unit_ids)
        .filter(status=ContractStatus.ACTIVE, term_ends_on__gte=from_on, term_ends_on__lte=to_on)
        .count()
    )


def mrr_cents(*, unit_ids: Units, now: datetime) -> int:
    """Monthly recurring revenue: what the continuous lines of contracts in force come to in a month at their own prices. A
    courtesy counts nothing (I15), a one-off neither; a year is twelve months and a week is 12/52 of one. Rounded at the end.

    Half a second over 200,000 lines, so it is remembered: it follows from rows whose every change leaves a line in the audit
    trail. For ten minutes of `now` at most, because a line's number may be lower than one that was seen before it."""
    newest = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first()
    of = (
        connection.settings_dict["NAME"],
        tenancy.organization_id(),
        newest,
        int(now.timestamp()) // REMEMBERED_SECONDS,
    )
    return _mrr_cents(of, unit_ids)


@lru_cache(maxsize=256)
def _mrr_cents(of: tuple[object, ...], unit_ids: Units) -> int:
    billed = BillingTerms.objects.exclude(billing_method=BillingMethod.NONE).values("contract_id")
    lines = ContractLine.objects.filter(
        contract__status=ContractStatus.ACTIVE,
        contract_id__in=billed,
        until_cycle__isnull=True,
        recurrence="continuous",
    )
    if unit_ids is not None:
        lines = lines.filter(contract__unit_id__in=unit_ids)
    # Contracts of one plan price the same few ways: each way is priced once.
    rhythm = ("contract__plan_version__interval_unit", "contract__plan_version__interval_count")
    columns = [name for name in prices.COLUMNS if name != "recurrence"]
    total = Fraction(0)
    for row in lines.values(*columns, *rhythm).annotate(lines=Count("id")).order_by():
        unit, count = row[rhythm[0]], row[rhythm[1]]
        total += _monthly(row, Interval(IntervalUnit(unit), count)) * row["lines"]
    return money.round_half_up(total)


def _monthly(row: dict[str, object], interval: Interval) -> Fraction:
    try:
        cents = pricing.estimate(prices.price_of(SimpleNamespace(**row)))
    except Refusal:  # a line that cannot be priced is parked by the next run, and brings nothing
        return Fraction(0)
    return Fraction(cents * 52, 12 * interval.weeks) if interval.weeks else Fraction(cents, interval.months)


def total(ages: Sequence[Age]) -> int:
    return sum(age.amount_cents for age in ages)
