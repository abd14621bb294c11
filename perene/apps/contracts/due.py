"""Which contracts a run has something to do for, in the order in which it does them. Plain SQL, tuples and ids as bytes
(`kit.bulk`): a run reads hundreds of thousands of contracts."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce, Least

from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts import terms as contract_terms
from perene.apps.contracts.models import BillingTerms
from perene.kit import bulk
from perene.rules import charging, pricing, recurrence, schedule, tiers
from perene.rules.price_lines import ONE, ZERO, LinePrice
from perene.rules.refusals import Refusal

# The gates of a run (approved → activated → reviewed) and the date on which there is something to do.
_IS_DUE = """t.next_run_on <= %(through)s AND t.approved_on <= %(through)s AND t.activated_on <= %(through)s
    AND NOT t.review_before_billing AND (%(contract)s::uuid IS NULL OR t.contract_id = %(contract)s)"""

# The price columns last. What a calculation does not use comes as null: the tuple is a key, and hashing a Decimal is dear.
_LINE_COLUMNS = """l.contract_id, l.id, l.account_id, l.description, l.recurrence, l.from_cycle, l.until_cycle,
    l.calc_type, l.unit_cents, l.adjustment_kind, l.surcharge_cents, l.discount_cents,
    CASE WHEN l.calc_type <> 'price' THEN l.quantity END, nullif(l.surcharge_percent, 0), nullif(l.discount_percent, 0),
    l.tiers::text, l.package_size"""

_ADVANCE = {
    "contract_id": "uuid",
    "revision": "int4",
    "next_cycle": "int4",
    "next_run_on": "date",
    "billed_cents": "int8",
}


class Slice(NamedTuple):
    """A stretch of batch keys with the contracts due in it."""

    first_key: UUID
    last_key: UUID
    contracts: int


class RawLine(NamedTuple):
    """A contract's line as stored: not yet known to be sound."""

    contract_id: bytes
    line_id: bytes
    account_id: bytes
    description: str
    recurrence: str
    from_cycle: int
    until_cycle: int | None
    price: tuple[
        str, int, str, int, int, Decimal | None, Decimal | None, Decimal | None, str | None, Decimal | None
    ]


class Due(NamedTuple):
    """A contract as the run needs it."""

    contract_id: bytes
    revision: int
    next_cycle: int
    billing_group_id: bytes | None
    method: str
    customer_id: bytes
    unit_id: bytes
    payment_method: str
    is_open_ended: bool
    # A plan version that cannot be read fails its own contracts, each where it is asked for its terms.
    agreed: schedule.Terms | Refusal
    raw_lines: list[RawLine]
    # What its last bill came to, of lines that come again; None = never billed.
    last_billed_cents: int | None

    @property
    def terms(self) -> schedule.Terms:
        """Raises the Refusal that the plan version could not be read with."""
        return _sound(self.agreed)


class LineReader:
    """Turns stored lines into the rules' values. Contracts of one plan price the same few ways, so each distinct price and
    recurrence is built once. Raises Refusal for a line that cannot be: the caller parks that contract alone."""

    def __init__(self) -> None:
        self._prices: dict[object, LinePrice] = {}
        self._recurrences: dict[str, recurrence.Recurrence] = {}

    def lines(self, raw_lines: Iterable[RawLine]) -> list[charging.Line]:
        return [self._line(raw) for raw in raw_lines]

    def _line(self, raw: RawLine) -> charging.Line:
        price = self._prices.get(raw.price)
        if price is None:
            price = self._prices[raw.price] = _price(*raw.price)
        repeats = self._recurrences.get(raw.recurrence)
        if repeats is None:
            repeats = self._recurrences[raw.recurrence] = recurrence.parse(raw.recurrence)
        return charging.Line(
            raw.line_id, raw.account_id, raw.description, price, repeats, raw.from_cycle, raw.until_cycle
        )


def slices(*, through: date, size: int, contract_id: UUID | None = None) -> list[Slice]:
    """Cut what is due into stretches of about `size` contracts. A billing group is never cut in two."""
    with bulk.cursor() as cursor:
        cursor.execute(
            f"""
            WITH keys AS (
                SELECT t.batch_key, count(*) AS contracts FROM contracts_billingterms t
                WHERE {_IS_DUE} GROUP BY t.batch_key
            ), numbered AS (
                SELECT batch_key, contracts,
                       (sum(contracts) OVER (ORDER BY batch_key) - contracts)::bigint / %(size)s AS slice
                FROM keys
            )
            SELECT (array_agg(batch_key ORDER BY batch_key))[1],
                   (array_agg(batch_key ORDER BY batch_key DESC))[1], sum(contracts)::bigint
            FROM numbered GROUP BY slice ORDER BY slice
            """,
            {"through": through, "size": size, "contract": contract_id},
        )
        return [Slice(UUID(bytes=first), UUID(bytes=last), count) for first, last, count in cursor.fetchall()]


def count(*, through: date) -> int:
    """How many contracts a run through `through` would find due: one plain count, for whoever asks before starting one."""
    with bulk.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM contracts_billingterms t WHERE {_IS_DUE}",
            {"through": through, "contract": None},
        )
        return int(cursor.fetchone()[0])


def load(
    *, first_key: UUID, last_key: UUID, through: date, lead_days: int, contract_id: UUID | None = None
) -> list[Due]:
    """The contracts of a slice that are (still) due, with their lines, by batch key and contract."""
    of_slice = {"first": first_key, "last": last_key, "through": through, "contract": contract_id}
    with bulk.cursor() as cursor, bulk.by_look_up(cursor):
        cursor.execute(
            f"""
            SELECT t.contract_id, t.revision, t.next_cycle, t.billing_group_id, t.billing_method,
                   c.customer_id, c.unit_id, c.payment_method, c.term_kind <> 'fixed',
                   c.plan_version_id, c.started_on, c.signed_on, c.ends_on, t.first_cycle, t.due_day, t.last_billed_cents
              FROM contracts_billingterms t
              JOIN contracts_contract c ON c.organization_id = t.organization_id AND c.id = t.contract_id
             WHERE t.batch_key BETWEEN %(first)s AND %(last)s AND {_IS_DUE}
             ORDER BY t.batch_key, t.contract_id
            """,
            of_slice,
        )
        rows = cursor.fetchall()
        cursor.execute(
            f"""
            SELECT {_LINE_COLUMNS} FROM contracts_billingterms t
              JOIN contracts_contractline l ON l.organization_id = t.organization_id AND l.contract_id = t.contract_id
             WHERE t.batch_key BETWEEN %(first)s AND %(last)s AND {_IS_DUE}
             ORDER BY l.contract_id, l.position
            """,
            of_slice,
        )
        lines = _by_contract(cursor.fetchall())
    versions = _versions({row[9] for row in rows})
    due = []
    for row in rows:
        terms = _own_terms(versions[row[9]], row[10:15], lead_days)
        due.append(Due(*row[:9], terms, lines.get(row[0], []), row[15]))
    return due


def lines_of(contract_ids: Iterable[UUID]) -> dict[bytes, list[RawLine]]:
    """The stored lines of these contracts, by position."""
    with bulk.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {_LINE_COLUMNS} FROM contracts_contractline l
             WHERE l.contract_id = ANY(%s) ORDER BY l.contract_id, l.position
            """,
            [list(contract_ids)],
        )
        return _by_contract(cursor.fetchall())


def advance(moves: Iterable[tuple[bytes, int, int, date | None, int | None]]) -> int:
    """Move the billing cursors: (contract, the revision that was priced, next cycle, next run date, what its bill came to of
    lines that come again, None = there was none of them). Returns how many rows moved; fewer than given means that a contract
    changed meanwhile and the chunk must be done again."""
    with bulk.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS load_advance"
            " (contract_id uuid, revision int, next_cycle int, next_run_on date, billed_cents bigint) ON COMMIT DELETE ROWS"
        )
        bulk.copy_in(cursor, "load_advance", _ADVANCE, moves)
        with bulk.by_look_up(cursor):
            cursor.execute(
                """
                UPDATE contracts_billingterms t
                   SET revision = t.revision + 1, next_cycle = a.next_cycle, next_run_on = a.next_run_on,
                       last_billed_cents = coalesce(a.billed_cents, t.last_billed_cents)
                  FROM load_advance a
                 WHERE t.contract_id = a.contract_id AND t.revision = a.revision
                """
            )
            moved = int(cursor.rowcount)
        return moved


def wake(contract_ids: Iterable[bytes], *, on: date) -> int:
    """Let a run look at these contracts on `on` at the latest: charges wait there that belong to no coming cycle. Returns how
    many there are."""
    wanted = [UUID(bytes=contract_id) for contract_id in contract_ids]
    return BillingTerms.objects.filter(contract_id__in=wanted).update(
        revision=F("revision") + 1, next_run_on=Least(Coalesce("next_run_on", on), on)
    )


def still_due(contract_ids: Iterable[bytes], *, through: date) -> set[bytes]:
    """Of these contracts, those that a run would look at."""
    with bulk.cursor() as cursor:
        cursor.execute(
            f"SELECT t.contract_id FROM contracts_billingterms t WHERE t.contract_id = ANY(%(wanted)s) AND {_IS_DUE}",
            {
                "wanted": [UUID(bytes=contract_id) for contract_id in contract_ids],
                "through": through,
                "contract": None,
            },
        )
        return {row[0] for row in cursor.fetchall()}


def locked_revisions(contract_ids: Iterable[bytes]) -> dict[bytes, int]:
    """The revisions of these contracts, which stay as they are until the transaction ends."""
    wanted = [UUID(bytes=contract_id) for contract_id in contract_ids]
    found = BillingTerms.objects.select_for_update(no_key=True).filter(contract_id__in=wanted)
    return {
        contract_id.bytes: revision for contract_id, revision in found.values_list("contract_id", "revision")
    }


def _by_contract(rows: Iterable[tuple[Any, ...]]) -> dict[bytes, list[RawLine]]:
    found: dict[bytes, list[RawLine]] = {}
    for row in rows:
        line = RawLine(*row[:7], row[7:])
        lines = found.get(line.contract_id)
        if lines is None:
            found[line.contract_id] = [line]
        else:
            lines.append(line)
    return found


def _versions(version_ids: Iterable[bytes]) -> dict[bytes, schedule.Terms | Refusal]:
    """The terms of each version, or why they cannot be read."""
    found: dict[bytes, schedule.Terms | Refusal] = {}
    for version in PlanVersion.objects.filter(id__in=[UUID(bytes=version_id) for version_id in version_ids]):
        try:
            found[version.id.bytes] = contract_terms.of_version(version)
        except Refusal as refusal:
            found[version.id.bytes] = refusal
    return found


def _own_terms(
    shared: schedule.Terms | Refusal,
    own: tuple[date, date, date | None, int, int | None],
    lead_days: int,
) -> schedule.Terms | Refusal:
    """A version's terms with what is the contract's own: started, signed and ends on, first cycle, due day."""
    if isinstance(shared, Refusal):
        return shared
    started_on, signed_on, ends_on, first_cycle, due_day = own
    return shared._replace(
        started_on=started_on,
        signed_on=signed_on,
        ends_on=ends_on,
        first_cycle=first_cycle,
        due_day=due_day,
        lead_days=lead_days,
    )


def _sound(terms: schedule.Terms | Refusal) -> schedule.Terms:
    if isinstance(terms, Refusal):
        raise Refusal(terms.code, terms.message, **terms.params)
    return terms


def _price(
    calc_type: str,
    unit_cents: int,
    kind: str,
    surcharge_cents: int,
    discount_cents: int,
    quantity: Decimal | None,
    surcharge_percent: Decimal | None,
    discount_percent: Decimal | None,
    tier_table: str | None,
    package_size: Decimal | None,
) -> LinePrice:
    return LinePrice(
        calc_type=calc_type,
        unit_cents=unit_cents,
        quantity=ONE if quantity is None else quantity,
        surcharge=pricing.adjustment(kind, cents=surcharge_cents, percent=surcharge_percent or ZERO),
        discount=pricing.adjustment(kind, cents=discount_cents, percent=discount_percent or ZERO),
        tiers=tiers.from_json(json.loads(tier_table)) if tier_table else (),
        package_size=package_size,
    )


class Ownership(NamedTuple):
    """Everything that says what a contract owes, without the cursor that says what was billed."""

    contract_id: bytes
    number: int
    method: str
    is_open_ended: bool
    confirmed_at: datetime | None
    approved_on: date | None
    activated_on: date | None
    is_in_review: bool
    # The end of a fixed term, where a cancellation may have set an earlier one in `terms`.
    agreed_end_on: date | None
    agreed: schedule.Terms | Refusal
    raw_lines: list[RawLine]

    @property
    def terms(self) -> schedule.Terms:
        """Raises the Refusal that the plan version could not be read with."""
        return _sound(self.agreed)


def owners(*, after: UUID | None, size: int, lead_days: int) -> list[Ownership]:
    """The next `size` contracts with billing terms, by id, for whoever recomputes what they owe."""
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.contract_id, c.number, t.billing_method, c.term_kind <> 'fixed', t.confirmed_at, t.approved_on,
                   t.activated_on, t.review_before_billing, CASE WHEN c.term_kind = 'fixed' THEN c.term_ends_on END,
                   c.plan_version_id, c.started_on, c.signed_on, c.ends_on, t.first_cycle, t.due_day
              FROM contracts_billingterms t
              JOIN contracts_contract c ON c.organization_id = t.organization_id AND c.id = t.contract_id
             WHERE (%(after)s::uuid IS NULL OR t.contract_id > %(after)s) ORDER BY t.contract_id LIMIT %(size)s
            """,
            {"after": after, "size": size},
        )
        rows = cursor.fetchall()
    lines = lines_of(UUID(bytes=row[0]) for row in rows)
    versions = _versions({row[9] for row in rows})
    return [
        Ownership(
            *row[:9],
            _own_terms(versions[row[9]], row[10:15], lead_days),
            lines.get(row[0], []),
        )
        for row in rows
    ]
