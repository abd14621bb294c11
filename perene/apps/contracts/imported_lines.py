"""The lines of imported contracts. A draft whose lines have all arrived is put in force; one in force is left alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from perene.apps.catalog import items
from perene.apps.catalog.models import Item, PlanVersion
from perene.apps.contracts import terms as contract_terms
from perene.apps.contracts.models import BillingTerms, Contract, ContractLine, ContractStatus, TermKind
from perene.apps.customers import checks
from perene.kit import bulk, ids
from perene.kit.problems import Outcome, Problem, Problems
from perene.rules import pricing, recurrence, schedule, tiers
from perene.rules.pricing import AdjustmentKind, LinePrice
from perene.rules.refusals import Refusal, Text

# Which column a refusal is about; the base amount where none of these.
_COLUMNS = {
    "unknown_contract": "contract_external_id",
    "unknown_item": "item_code",
    "metered_not_sellable": "item_code",
    "quantity_out_of_range": "quantity",
    "quantity_negative": "quantity",
    "discount_above_price": "discount",
    "recurrence_malformed": "recurrence",
    "recurrence_out_of_range": "recurrence",
    "cycle_beyond_total": "recurrence",
}


class LineRow(NamedTuple):
    """A row of the file, its numbers read already."""

    line: int
    contract_external_id: str
    item_code: str
    quantity: Decimal
    base_cents: int
    surcharge_cents: int
    discount_cents: int
    recurrence: str


class Put(NamedTuple):
    """What `store` did: the outcome in lines, and the contracts that are in force since."""

    outcome: Outcome
    confirmed: list[UUID]


class _Line(NamedTuple):
    """A line as it is kept."""

    item: Item
    price: LinePrice
    recurrence: str

    @property
    def identity(self) -> tuple[object, ...]:
        price = self.price
        return (
            self.item.id,
            price.quantity,
            price.unit_cents,
            price.surcharge,
            price.discount,
            self.recurrence,
        )


class _Reader:
    """Rows into lines. Portfolios price in few ways, so each is checked once."""

    def __init__(self, rows: Iterable[LineRow]) -> None:
        self._items = items.by_codes({row.item_code for row in rows})
        self._checked: dict[object, pricing.Checked] = {}

    def read(self, row: LineRow, version: PlanVersion) -> tuple[_Line, tuple[Text, ...]]:
        """The line, and what to tell about it. Raises Refusal `unknown_item` and those of pricing and recurrence."""
        item = self._items.get(row.item_code)
        if item is None or not item.is_active:
            raise Refusal(
                "unknown_item",
                "There is no active item with the code {code}: import it first.",
                code=row.item_code,
            )
        recurrence.check(recurrence.parse(row.recurrence), total_cycles=version.total_cycles)
        key = (item.id, *row[3:7])
        checked = self._checked.get(key)
        if checked is None:
            checked = self._checked[key] = pricing.check(_price(row, item))
        return _Line(item, checked.line, row.recurrence), checked.warnings


def store(
    rows: Sequence[LineRow],
    problems: Problems,
    *,
    default_account_id: UUID,
    lead_days: int,
    on: date,
    now: datetime,
) -> Put:
    """Give each draft its lines and put it in force; a contract in force must have the same lines already. Raises
    RowsRefused with every problem of the file, before anything is written."""
    rows = [row._replace(contract_external_id=checks.code(row.contract_external_id)) for row in rows]
    present = _present({row.contract_external_id for row in rows})
    lines, notes = _lines(rows, present, problems)
    kept = _kept_lines([contract for contract, _ in present.values()])
    drafts = []
    for code, found in lines.items():
        contract, billing = present[code]
        first = found[0][0]
        if contract.status == ContractStatus.DRAFT and contract.id not in kept:
            if billing is not None:
                drafts.append((contract, billing, [line for _, line in found]))
            else:
                problems.add(first, "contract_external_id", code, _not_imported())
        elif kept.get(contract.id) != Counter(line.identity for _, line in found):
            problems.add(first, "contract_external_id", code, _differs(contract))
    problems.stop_if_any()
    _add_lines(drafts, default_account_id)
    _confirm(drafts, lead_days=lead_days, on=on, now=now)
    new = sum(len(found) for _, _, found in drafts)
    return Put(Outcome(new, 0, len(rows) - new, notes), [contract.id for contract, _, _ in drafts])


_Present = Mapping[str, tuple[Contract, BillingTerms | None]]


def _present(external_ids: set[str]) -> _Present:
    """The contracts of the file and their terms, held until the transaction ends."""
    contracts = (
        Contract.objects.select_for_update(of=("self",), no_key=True)
        .select_related("plan_version")
        .filter(external_id__in=external_ids)
        .order_by("id")
    )
    billing = {
        terms.contract_id: terms
        for terms in BillingTerms.objects.filter(contract_id__in=[contract.id for contract in contracts])
    }
    return {contract.external_id: (contract, billing.get(contract.id)) for contract in contracts}


def _lines(
    rows: Sequence[LineRow], present: _Present, problems: Problems
) -> tuple[dict[str, list[tuple[int, _Line]]], tuple[Problem, ...]]:
    """By contract, with the line of the file; and what to tell."""
    reader = _Reader(rows)
    found: dict[str, list[tuple[int, _Line]]] = {}
    notes: list[Problem] = []
    for row in rows:
        try:
            if row.contract_external_id not in present:
                raise Refusal(
                    "unknown_contract", "There is no contract with this code: import the contracts first."
                )
            line, warnings = reader.read(row, present[row.contract_external_id][0].plan_version)
        except Refusal as why:
            column = _column(row, why)
            problems.add(row.line, column, _written(row, column), why)
            continue
        found.setdefault(row.contract_external_id, []).append((row.line, line))
        notes += [Problem(row.line, "quantity", str(row.quantity), warning) for warning in warnings]
    return found, tuple(notes)


def _column(row: LineRow, why: Refusal) -> str:
    if why.code in ("adjustment_negative", "credit_with_adjustment"):
        is_surcharge = row.surcharge_cents < 0 or (row.base_cents < 0 and row.surcharge_cents)
        return "surcharge" if is_surcharge else "discount"
    return _COLUMNS.get(why.code, "base_amount")


def _written(row: LineRow, column: str) -> object:
    """The value of a column, about as the file has it."""
    cents = {
        "base_amount": row.base_cents,
        "surcharge": row.surcharge_cents,
        "discount": row.discount_cents,
    }
    return f"{Decimal(cents[column]) / 100:.2f}" if column in cents else getattr(row, column)


def _price(row: LineRow, item: Item) -> LinePrice:
    return LinePrice(
        calc_type=item.calc_type,
        unit_cents=row.base_cents,
        quantity=row.quantity,
        surcharge=pricing.adjustment(AdjustmentKind.MONEY, cents=row.surcharge_cents),
        discount=pricing.adjustment(AdjustmentKind.MONEY, cents=row.discount_cents),
        tiers=tiers.from_json(item.tiers),
        package_size=item.package_size,
    )


def _kept_lines(contracts: Sequence[Contract]) -> dict[UUID, Counter[tuple[object, ...]]]:
    """The lines that contracts began with; those of a later change of plan are no business of the file."""
    found: dict[UUID, Counter[tuple[object, ...]]] = {}
    rows = ContractLine.objects.filter(contract_id__in=[contract.id for contract in contracts], from_cycle=1)
    for contract_id, item_id, quantity, unit, kind, more, less, more_percent, less_percent, repeats in rows.values_list(
        "contract_id", "item_id", "quantity", "unit_cents", "adjustment_kind", "surcharge_cents", "discount_cents",
        "surcharge_percent", "discount_percent", "recurrence",
    ):  # fmt: skip
        surcharge = pricing.adjustment(kind, cents=more, percent=more_percent)
        discount = pricing.adjustment(kind, cents=less, percent=less_percent)
        found.setdefault(contract_id, Counter())[item_id, quantity, unit, surcharge, discount, repeats] += 1
    return found


_Drafts = Sequence[tuple[Contract, BillingTerms, list[_Line]]]


def _add_lines(drafts: _Drafts, default_account_id: UUID) -> None:
    # Hexadecimal is all that COPY needs: making 29,000 UUID objects takes longer than checking the lines.
    line_ids = map(bytes.hex, ids.block(sum(len(lines) for _, _, lines in drafts)))
    bulk.insert(
        ContractLine,
        (
            "id", "contract_id", "item_id", "position", "description", "account_id", "from_cycle", "calc_type", "quantity",
            "unit_cents", "adjustment_kind", "surcharge_cents", "discount_cents", "surcharge_percent",
            "discount_percent", "tiers", "package_size", "recurrence",
        ),
        (
            (
                next(line_ids), contract.id, item.id, position, item.name, item.account_id or default_account_id, 1,
                str(price.calc_type), price.quantity, price.unit_cents, "money",
                price.surcharge.cents if price.surcharge else 0, price.discount.cents if price.discount else 0, 0, 0,
                bulk.json_text(item.tiers), price.package_size, repeats,
            )
            for contract, _, lines in drafts
            for position, (item, price, repeats) in enumerate(lines, start=1)
        ),
    )  # fmt: skip


def _confirm(drafts: _Drafts, *, lead_days: int, on: date, now: datetime) -> None:
    """As `contracts.confirm`, for many: gates open, cursor set, in force. A term that was over before our first cycle is
    ended already."""
    bulk.update(
        BillingTerms,
        ("contract_id", "next_cycle", "next_run_on", "approved_on", "activated_on", "confirmed_at"),
        _cursors(drafts, lead_days=lead_days, on=on, now=now),
    )
    over = [
        contract.id for contract, billing, _ in drafts if _is_over(contract, billing, lead_days=lead_days)
    ]
    for status, contract_ids in (
        (ContractStatus.ENDED, over),
        (ContractStatus.ACTIVE, list({contract.id for contract, _, _ in drafts} - set(over))),
    ):
        Contract.objects.filter(id__in=contract_ids).update(status=status)


def _cursors(drafts: _Drafts, *, lead_days: int, on: date, now: datetime) -> Iterator[tuple[object, ...]]:
    for contract, billing, _ in drafts:
        opening = contract_terms.opening(
            _terms(contract, billing, lead_days),
            billing.billing_method,
            is_open_ended=contract.term_kind != TermKind.FIXED,
        )
        # What began elsewhere was approved and activated there.
        begun_on = min(on, contract.started_on)
        yield contract.id, opening.first_cycle, opening.next_run_on, begun_on, begun_on, now


def _is_over(contract: Contract, billing: BillingTerms, *, lead_days: int) -> bool:
    if contract.ends_on is None or billing.first_cycle == 1:
        return False
    return schedule.live_cycle(_terms(contract, billing, lead_days), billing.first_cycle) is None


def _terms(contract: Contract, billing: BillingTerms, lead_days: int) -> schedule.Terms:
    return contract_terms.of_contract(contract, billing, contract.plan_version, lead_days=lead_days)


def _not_imported() -> Refusal:
    return Refusal(
        "contract_without_billing_terms",
        "The contract is a draft made by hand: add its lines and confirm it there.",
    )


def _differs(contract: Contract) -> Refusal:
    return Refusal(
        "contract_lines_differ",
        "The contract {number} is there already with other lines: change it in Perene, or take its rows out of the file.",
        number=contract.number,
    )
