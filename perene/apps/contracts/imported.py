"""Contracts from a file: drafts whose terms of billing are known, waiting for their lines (`imported_lines`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models.functions import Coalesce

from perene.apps.catalog import plans
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts import contracts, groups, renewal
from perene.apps.contracts import terms as contract_terms
from perene.apps.contracts.models import BillingTerms, Contract, TermKind
from perene.apps.customers import checks
from perene.apps.customers.models import Customer
from perene.apps.organizations import numbers
from perene.kit import bulk, ids
from perene.kit.problems import Outcome, Problems
from perene.rules import schedule
from perene.rules.charging import BillingMethod
from perene.rules.refusals import Refusal

DELIVERIES = ("email", "print")


class ContractRow(NamedTuple):
    """A row of the file, its dates and numbers read already. `term_months` None = open-ended."""

    line: int
    external_id: str
    customer_external_id: str
    plan_code: str
    term_months: int | None
    started_on: date
    due_day: int | None
    payment_method: str
    delivery: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """What the file does not say. `cut_over_on`: what was charged before it belongs to another system. `term_kind`: whether
    a term in months is fixed or renews; None refuses such terms."""

    lead_days: int
    cut_over_on: date | None = None
    term_kind: str | None = None
    billing_method: str = BillingMethod.GROUPED
    # Today; and whether charges before it are meant, where no cut-over says otherwise.
    on: date = date.min
    bills_the_past: bool = False


class _Term(NamedTuple):
    kind: str
    number: int
    ends_on: date | None
    contract_ends_on: date | None


class _Checked(NamedTuple):
    row: ContractRow
    customer_id: UUID
    unit_id: UUID
    version: PlanVersion
    term: _Term
    first_cycle: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What is there already, by the codes of the file."""

    customers: Mapping[str, tuple[UUID, UUID]]
    plans: Mapping[str, PlanVersion]
    contracts: Mapping[str, ContractRow]
    lines: dict[str, int] = field(default_factory=dict)


def store(rows: Sequence[ContractRow], problems: Problems, manner: Manner) -> Outcome:
    """Add a draft for each contract whose external id is new; the others must say the same as they did. Raises RowsRefused
    with every problem of the file, before anything is written."""
    rows = [
        row._replace(
            external_id=checks.code(row.external_id),
            customer_external_id=checks.code(row.customer_external_id),
        )
        for row in rows
    ]
    known = _known(rows)
    checked = []
    for row in rows:
        before = len(problems.found)
        _check_codes(row, known, problems)
        if len(problems.found) > before or row.external_id in known.contracts:
            continue
        term = problems.tried(row.line, "term_months", row.term_months, _term, row, manner)
        if term is None:
            continue
        version = known.plans[row.plan_code]
        first = problems.tried(
            row.line, "started_on", row.started_on, _first_cycle, row, version, term, manner
        )
        if first is not None:
            checked.append(_Checked(row, *known.customers[row.customer_external_id], version, term, first))
    problems.stop_if_any()
    _add(checked, manner)
    return Outcome(len(checked), 0, len(rows) - len(checked))


def _known(rows: Sequence[ContractRow]) -> _Known:
    customers = Customer.objects.filter(external_id__in={row.customer_external_id for row in rows})
    # Who was merged into another is that one.
    found = customers.values_list(
        "external_id",
        Coalesce("merged_into_id", "id"),
        Coalesce("merged_into__unit_id", "unit_id"),
    )
    return _Known(
        customers={code: (of, unit) for code, of, unit in found},
        plans=plans.on_sale(),
        contracts=_present({row.external_id for row in rows}),
    )


def _present(external_ids: set[str]) -> dict[str, ContractRow]:
    """The contracts that are there, as the file would write them."""
    found = Contract.objects.filter(external_id__in=external_ids).select_related(
        "customer", "plan_version__plan"
    )
    due_days = dict(
        BillingTerms.objects.filter(contract_id__in=[contract.id for contract in found]).values_list(
            "contract_id", "due_day"
        )
    )
    return {
        contract.external_id: ContractRow(
            0,
            contract.external_id,
            contract.customer.external_id or "",
            contract.plan_version.plan.external_code,
            contract.term_months,
            contract.started_on,
            due_days.get(contract.id),
            contract.payment_method,
            contract.delivery,
        )
        for contract in found
    }


def _check_codes(row: ContractRow, known: _Known, problems: Problems) -> None:
    line = row.line
    problems.tried(line, "external_id", row.external_id, _once, row, known.lines)
    present = known.contracts.get(row.external_id)
    if present is not None:
        for column, said, kept in zip(ContractRow._fields[1:], row[1:], present[1:], strict=True):
            if said != kept:
                problems.add(line, column, said, _differs(kept))
        return
    if row.customer_external_id not in known.customers:
        problems.add(line, "customer_external_id", row.customer_external_id, _unknown_customer())
    version = known.plans.get(row.plan_code)
    if version is None:
        problems.add(line, "plan_code", row.plan_code, _unknown_plan(row.plan_code))
    else:
        problems.tried(
            line,
            "payment_method",
            row.payment_method,
            contracts.check_payment_method,
            version,
            row.payment_method,
        )
    problems.tried(line, "due_day", row.due_day, schedule.check_due_day, row.due_day)
    problems.tried(line, "delivery", row.delivery, _check_delivery, row.delivery)


def _once(row: ContractRow, lines: dict[str, int]) -> None:
    if not row.external_id:
        raise Refusal("external_id_missing", "Every row needs its code.")
    checks.short(row.external_id)
    first = lines.setdefault(row.external_id, row.line)
    if first != row.line:
        raise Refusal("row_twice", "This code is already in line {first}.", first=first)


def _first_cycle(row: ContractRow, version: PlanVersion, term: _Term, manner: Manner) -> int:
    """Where our billing begins. Raises the Refusals of `schedule.check`."""
    terms = schedule.check(
        contract_terms.of_version(version)._replace(
            started_on=row.started_on,
            signed_on=row.started_on,
            ends_on=term.contract_ends_on,
            due_day=row.due_day,
            lead_days=manner.lead_days,
        )
    )
    is_open_ended = term.kind != TermKind.FIXED
    opening = contract_terms.opening(
        terms, manner.billing_method, is_open_ended=is_open_ended, cut_over_on=manner.cut_over_on
    )
    if manner.cut_over_on is None and not manner.bills_the_past and opening.next_run_on is not None:
        first_on = schedule.cycle(terms, opening.first_cycle).charge_on
        if first_on < manner.on:
            raise Refusal(
                "cut_over_missing",
                "Its first charge would be of {first_on}, and all since then would be billed: say with --cut-over from which "
                "date Perene charges, or --cut-over none if nobody charged it yet.",
                first_on=first_on,
            )
    return opening.first_cycle


def _term(row: ContractRow, manner: Manner) -> _Term:
    """A renewing term rolls forward to the one that holds the cut-over date."""
    if row.term_months is None:
        return _Term(TermKind.OPEN, 1, None, None)
    if manner.term_kind is None:
        raise Refusal(
            "term_kind_missing",
            "The contract has a term of {months} months: say with --terms whether terms are fixed or renewing.",
            months=row.term_months,
        )
    ends_on, contract_ends_on = renewal.first_term(manner.term_kind, row.term_months, row.started_on)
    if manner.term_kind == TermKind.FIXED or manner.cut_over_on is None:
        return _Term(manner.term_kind, 1, ends_on, contract_ends_on)
    return _Term(
        manner.term_kind,
        *renewal.term_holding(row.started_on, row.term_months, manner.cut_over_on),
        contract_ends_on,
    )


def _add(checked: Sequence[_Checked], manner: Manner) -> None:
    if not checked:
        return
    contract_ids = [ids.new() for _ in checked]
    first_number = numbers.reserve("contract", len(checked))
    bulk.insert(
        Contract,
        (
            "id", "number", "external_id", "customer_id", "unit_id", "plan_version_id", "origin", "status", "started_on",
            "signed_on", "ends_on", "term_kind", "term_months", "term_number", "term_ends_on", "payment_method",
            "delivery", "cancel_reason", "notes",
        ),
        (
            (
                contract_id, first_number + place, row.external_id, customer_id, unit_id, version.id, "native", "draft",
                row.started_on, row.started_on, term.contract_ends_on, str(term.kind), row.term_months, term.number,
                term.ends_on, row.payment_method, row.delivery, "", "",
            )
            for place, (contract_id, (row, customer_id, unit_id, version, term, _)) in enumerate(
                zip(contract_ids, checked, strict=True)
            )
        ),
    )  # fmt: skip
    by_customer: dict[UUID, UUID] = {}
    if manner.billing_method == BillingMethod.GROUPED:
        by_customer = groups.defaults_of({found.customer_id for found in checked})
    # Closed gates and no next run: nothing is billed before the lines are there.
    bulk.insert(
        BillingTerms,
        (
            "contract_id", "batch_key", "billing_group_id", "billing_method", "due_day", "first_cycle", "next_cycle",
            "review_before_billing", "revision",
        ),
        (
            (
                contract_id, by_customer.get(found.customer_id, contract_id), by_customer.get(found.customer_id),
                str(manner.billing_method), found.row.due_day, found.first_cycle, found.first_cycle, False, 1,
            )
            for contract_id, found in zip(contract_ids, checked, strict=True)
        ),
    )  # fmt: skip


def _check_delivery(delivery: str) -> None:
    if delivery not in DELIVERIES:
        raise Refusal(
            "delivery_unknown", "Invoices are delivered by {choices}.", choices=", ".join(DELIVERIES)
        )


def _differs(kept: object) -> Refusal:
    return Refusal(
        "contract_differs",
        "The contract is there already, with {kept}: change it in Perene, or take the row out of the file.",
        kept="-" if kept in (None, "") else kept,
    )


def _unknown_customer() -> Refusal:
    return Refusal("unknown_customer", "There is no customer with this code: import the customers first.")


def _unknown_plan(code: str) -> Refusal:
    return Refusal(
        "unknown_plan", "There is no active plan with the code {code}: create it first.", code=code
    )
