"""A small company with contracts of every shape, six weeks of its life lived through the public doors."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from perene.actions import change, invoice
from perene.apps.billing.models import Invoice
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts import contracts, groups
from perene.apps.contracts.models import BillingTerms, Contract
from perene.apps.customers.models import Customer
from perene.apps.ledger import chart
from perene.kit import clock, tenancy
from tests import factories
from tests.reports import settled

BEGINS_ON = date(2026, 1, 20)
LAST_RUN_ON = date(2026, 3, 2)
TIERS = [["10", 100, 0], ["50", 90, 0], [None, 80, 500]]
# Its limits fall: no quantity can be priced by it.
BAD_TIERS = [["10", 100, 0], ["5", 90, 0], [None, 80, 0]]


def found() -> int:
    """The organization, alive on the day after `LAST_RUN_ON`; its id."""
    number = factories.organization("Provedor de Tudo", sandbox_on=BEGINS_ON)
    with tenancy.organization(number):
        _sell()
        factories.live_until(date(2026, 2, 20))
        _change()
        factories.live_until(LAST_RUN_ON)
        settled.live()
        _enter()
        _sell_late()
    return number


def contract(name: str) -> UUID:
    """The id of the contract that is sold below under that name."""
    return Contract.objects.get(external_id=name).id


def _sell() -> None:
    fiber = factories.plan(
        "FIBRA", ("Internet", 99_90), ("Wi-Fi", 15_00), prorate_first=True, prorate_last=True
    )
    factories.plan("FIBRA-1000", ("Internet 1000", 149_90), prorate_first=True, prorate_last=True)
    ana = factories.customer("Ana")
    # Two in one group, one in another group of the same customer.
    _contract("grouped", fiber, customer_id=ana, due_day=10)
    _contract("grouped too", fiber, customer_id=ana, due_day=10)
    with transaction.atomic():
        other_group = groups.add(ana, name="Filial").id
    _contract("other group", fiber, customer_id=ana, due_day=10, billing_group_id=other_group)
    # Started before: the days until the first charge are charged, or belong to another system.
    _contract("stub", fiber, due_day=31)
    _contract("cut over", fiber, started_on=date(2025, 3, 7), cut_over_on=date(2026, 2, 1), due_day=29)
    _contract("cancelled in the middle", fiber, due_day=5)
    _contract("cancelled later", fiber, due_day=5)
    _contract("cancelled before it was billed", fiber, due_day=5)
    _contract("cancelled in the stub", fiber, due_day=5)
    change.cancel(
        contract("cancelled before it was billed"), ends_on=date(2026, 2, 11), reason="desistiu", on=BEGINS_ON
    )
    _contract("changed", fiber, due_day=15)
    _contract("one month", fiber, term_kind="fixed", term_months=1, due_day=5)
    _contract("renewing", fiber, term_kind="renewing", term_months=1, due_day=5)
    _contract("entered", fiber, due_day=12)
    _contract("courtesy", fiber, billing_method="none")
    _contract("in review", fiber)
    BillingTerms.objects.filter(contract_id=contract("in review")).update(review_before_billing=True)
    _contract("ahead", fiber, billing_method="one_per_charge", due_day=20)
    _contract("ahead and cancelled", fiber, billing_method="one_per_charge", due_day=20)
    _contract("term ahead", fiber, billing_method="one_per_charge", term_kind="fixed", term_months=4)
    _contract("starts in May", fiber, started_on=date(2026, 5, 1))
    _contract("ahead from May", fiber, started_on=date(2026, 5, 1), billing_method="one_per_charge")
    with transaction.atomic():
        _confirmed("activated in April", fiber, activated_on=date(2026, 4, 10))
        _draft("draft", fiber)
    gift = factories.plan(
        "BRINDE", {"name": "Brinde", "unit_cents": 50_00, "discount_cents": 50_00}, prorate_last=True
    )
    _contract("gift", gift)
    _contract("gift ahead, cancelled", gift, billing_method="one_per_charge")
    _contract(
        "swap",
        factories.plan("TROCA", ("Serviço", 80_00), ("Desconto", -80_00)),
        billing_method="one_per_charge",
    )
    _contract("priced each way", _every_way())
    _contract("setup", _with_setup(), due_day=8)
    for code, version in {
        "weekly": {"interval_unit": "week", "charge_day": 3},
        "before": {"charge_day_kind": "before", "charge_day": 5},
        "at the end": {"charge_day_kind": "end", "charge_day": 2},
        "quarterly": {"interval_unit": "quarter", "charge_day_kind": "before", "charge_day": 0},
        "two charges": {"total_cycles": 2, "charge_day": 25},
    }.items():
        _contract(code, factories.plan(code.upper(), ("Serviço", 70_01), **version))
    bad = {"name": "Telefone", "calc_type": "volume", "unit_cents": 0, "quantity": 7, "tiers": BAD_TIERS}
    _contract("parked", factories.plan("RUIM", bad))


def _every_way() -> UUID:
    lines: list[dict[str, Any]] = [
        {"name": "Ramais", "calc_type": "per_unit", "unit_cents": 9_99, "quantity": "2.5"},
        {"name": "Minutos", "calc_type": "graduated", "unit_cents": 0, "quantity": 77, "tiers": TIERS},
        {"name": "Canais", "calc_type": "volume", "unit_cents": 0, "quantity": 12, "tiers": TIERS},
        {"name": "Pacotes", "calc_type": "package", "unit_cents": 30_00, "quantity": 7, "package_size": 3},
        {"name": "Suporte", "unit_cents": 33_33, "adjustment_kind": "percent", "discount_percent": "12.5"},
        {"name": "Seguro", "unit_cents": 10_00, "surcharge_cents": 1_11},
    ]
    return factories.plan("TUDO", *lines, prorate_first=True)


def _with_setup() -> UUID:
    return factories.plan(
        "ADESAO",
        ("Internet", 99_90),
        {"name": "Adesão", "unit_cents": 120_00, "recurrence": "one_time:1"},
        {"name": "Promoção", "unit_cents": -20_00, "recurrence": "cycles:1:2"},
        prorate_last=True,
    )


def _change() -> None:
    on = date(2026, 2, 20)
    change.plan(contract("changed"), plan_version_id=PlanVersion.objects.get(name="Fibra-1000").id, on=on)
    for name, ends_on in {
        "cancelled in the middle": date(2026, 2, 21),
        "cancelled later": date(2026, 2, 27),
        "cancelled in the stub": date(2026, 1, 25),
        "ahead and cancelled": date(2026, 4, 12),
        "gift ahead, cancelled": date(2026, 6, 15),
        "term ahead": date(2026, 2, 1),
    }.items():
        change.cancel(contract(name), ends_on=ends_on, reason="mudou-se", on=on)


def _enter() -> None:
    """By hand: an invoice of no contract, one cancelled for good, one whose charges are held, a charge that waits."""
    on, now = LAST_RUN_ON, clock.now()
    contract_id = contract("entered")
    eve = factories.customer("Eva")
    for name, cents in (("Instalação", 80_00), ("Cabo", 9_90)):
        invoice.by_hand(
            eve,
            lines=[(name, cents, None), ("Desconto", -5_00, None)],
            due_on=on,
            payment_method="pix",
            on=on,
            now=now,
        )
    invoice.charge_once(
        contract_id,
        description="Visita",
        amount_cents=30_00,
        account_id=None,
        charge_on=date(2028, 1, 1),
        on=on,
        now=now,
    )
    first, second = Invoice.objects.filter(contract_id=contract_id).order_by("number")[:2]
    invoice.cancel(first.id, reason="Não houve serviço", give_back=False, on=on, now=now)
    invoice.cancel(second.id, reason="Vencimento errado", give_back=True, on=on, now=now)


def _sell_late() -> None:
    """After the last run: nothing of it had to be billed."""
    _contract("sold late", PlanVersion.objects.get(name="At The End").id, started_on=date(2026, 1, 1))


def _contract(name: str, version_id: UUID, **sale: Any) -> UUID:
    sale.setdefault("started_on", BEGINS_ON)
    return factories.contract(version_id, on=BEGINS_ON, external_id=name, **sale)


def _draft(name: str, version_id: UUID) -> Any:
    draft = contracts.draft(
        customer=Customer.objects.filter(name="Ana").get(),
        version=PlanVersion.objects.select_related("plan").get(id=version_id),
        started_on=BEGINS_ON,
        payment_method="pix",
        external_id=name,
    )
    contracts.lines_from_plan(draft, default_account_id=chart.by_role()["revenue"])
    return draft


def _confirmed(name: str, version_id: UUID, *, activated_on: date) -> None:
    draft = _draft(name, version_id)
    contracts.confirm(draft, on=BEGINS_ON, now=clock.now(), lead_days=0, activated_on=activated_on)
