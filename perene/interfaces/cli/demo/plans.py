"""What the demo's provider sells: one of every way of pricing, in plans that a real provider could have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from perene.actions import items as item_actions
from perene.actions import plans as plan_actions
from perene.apps.catalog import items, plans
from perene.apps.catalog.items import ItemContent
from perene.apps.catalog.models import Plan
from perene.apps.catalog.versions import ItemOfPlan, PlanContent
from perene.rules.tiers import Tier

SERVICES, SETUP, ADDED_VALUE = "3.1.1.01", "3.1.1.02", "3.1.1.03"
EVERY_METHOD = ("boleto", "card", "pix", "pix_automatico")

ITEMS: dict[str, ItemContent] = {
    "NET-300": ItemContent(name="Internet Fibra 300 Mega", unit_cents=79_90, account_code=SERVICES),
    "NET-500": ItemContent(name="Internet Fibra 500 Mega", unit_cents=99_90, account_code=SERVICES),
    "NET-1G": ItemContent(name="Internet Fibra 1 Giga", unit_cents=149_90, account_code=SERVICES),
    "NET-ANO": ItemContent(
        name="Internet Fibra 500 Mega, um ano", unit_cents=1_198_80, account_code=SERVICES
    ),
    "LINK": ItemContent(name="Link dedicado", unit_cents=1_890_00, account_code=SERVICES),
    "MESH": ItemContent(
        name="Ponto Wi-Fi Mesh", calc_type="per_unit", unit_cents=15_00, account_code=ADDED_VALUE
    ),
    "TV": ItemContent(name="TV Essencial", unit_cents=49_90, account_code=ADDED_VALUE),
    "IP": ItemContent(name="IP fixo", calc_type="per_unit", unit_cents=25_00, account_code=ADDED_VALUE),
    "CAMERA": ItemContent(
        name="Câmeras na nuvem (pacote de 4)",
        calc_type="package",
        unit_cents=59_90,
        package_size=Decimal(4),
        account_code=ADDED_VALUE,
    ),
    "FONE": ItemContent(
        name="Minutos de telefone",
        calc_type="volume",
        tiers=(Tier(Decimal(100), 20), Tier(Decimal(500), 15), Tier(None, 10)),
        account_code=SERVICES,
    ),
    "NUVEM": ItemContent(
        name="Cópia na nuvem (GB)",
        calc_type="graduated",
        tiers=(Tier(Decimal(50), 90), Tier(Decimal(200), 70), Tier(None, 45, 10_00)),
        account_code=ADDED_VALUE,
    ),
    "ADESAO": ItemContent(name="Adesão", unit_cents=120_00, account_code=SETUP),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An item on a plan, by its code; `terms` are further fields of ItemOfPlan."""

    code: str
    terms: tuple[tuple[str, Any], ...] = ()


def line(code: str, **terms: Any) -> Line:
    return Line(code, tuple(terms.items()))


SETUP_ONCE = line("ADESAO", recurrence="one_time:1")

# Code: (name, what differs from a monthly plan charged on day 1, lines).
PLANS: dict[str, tuple[str, dict[str, Any], Sequence[Line]]] = {
    "FIBRA-300": ("Fibra 300", {}, (line("NET-300"), SETUP_ONCE)),
    "FIBRA-500": ("Fibra 500", {}, (line("NET-500"), line("MESH"), SETUP_ONCE)),
    "FIBRA-1G": ("Fibra 1 Giga", {}, (line("NET-1G"), line("MESH", quantity=Decimal(2)))),
    "COMBO-TV": (
        "Fibra 500 + TV",
        {},
        (line("NET-500"), line("TV", adjustment_kind="percent", discount_percent=Decimal(10))),
    ),
    "COMBO-FONE": ("Fibra 300 + Telefone", {}, (line("NET-300"), line("FONE", quantity=Decimal(350)))),
    # What somebody who wants to leave is offered.
    "FICA-500": ("Fibra 500 Fidelidade", {}, (line("NET-500", discount_cents=20_00), line("MESH"))),
    "ANUAL-500": (
        "Fibra 500 anual, pago adiantado",
        {"interval_unit": "year", "charge_day_kind": "before", "charge_day": 10},
        (line("NET-ANO", adjustment_kind="percent", discount_percent=Decimal(15)),),
    ),
    "EMPRESA": (
        "Empresa",
        {"charge_day_kind": "end", "charge_day": 0, "due_after_days": 15},
        (
            line("LINK"),
            line("IP", quantity=Decimal(2)),
            line("NUVEM", quantity=Decimal(250)),
            line("CAMERA", quantity=Decimal(6), surcharge_cents=5_00),
        ),
    ),
}

# What may follow what: plans of one rhythm.
UPGRADES = {
    "FIBRA-300": "FIBRA-500",
    "FIBRA-500": "FIBRA-1G",
    "COMBO-FONE": "COMBO-TV",
    "FIBRA-1G": "COMBO-TV",
    "COMBO-TV": "FIBRA-500",
}
RETENTION = "FICA-500"

# (plan, item, adjustment): a campaign is a new version of the plan, and its end another one.
CAMPAIGNS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Volta às aulas": (
        "FIBRA-500",
        "NET-500",
        {"adjustment_kind": "percent", "discount_percent": Decimal(20)},
    ),
    "Mês das mães": ("COMBO-TV", "NET-500", {"adjustment_kind": "money", "discount_cents": 15_00}),
    "Semana da fibra": ("FIBRA-1G", "NET-1G", {"adjustment_kind": "money", "discount_cents": 30_00}),
}


def offer() -> None:
    """Register the items and put the plans on sale, where they are missing."""
    known = {code: item.id for code, item in items.by_codes(set(ITEMS)).items()}
    for code, content in ITEMS.items():
        if code not in known:
            known[code] = item_actions.create(code, content)
    on_sale = plans.on_sale()
    for code, (name, terms, lines) in PLANS.items():
        if code not in on_sale:
            plan_actions.create(code, _content(name, terms, lines, known), is_active=True)


def run_campaign(name: str, *, is_over: bool) -> None:
    """The version of a plan that a campaign sells, or the one after it; nothing where it was made before."""
    plan_code, item_code, adjustment = CAMPAIGNS[name]
    plan = Plan.objects.get(external_code=plan_code)
    content = plans.content(plan)
    label = f"{PLANS[plan_code][0]} – {name}"
    if (content.name == label) is not is_over:
        return
    item_id = items.by_codes({item_code})[item_code].id
    plain = {"adjustment_kind": "money", "discount_cents": 0, "discount_percent": Decimal(0)}
    changed = [
        replace(each, **(plain if is_over else adjustment)) if each.item_id == item_id else each
        for each in content.items
    ]
    plan_actions.edit(
        plan.id, replace(content, name=PLANS[plan_code][0] if is_over else label, items=changed)
    )


def versions_on_sale() -> dict[str, UUID]:
    """The version that a new contract takes, by the plan's code."""
    return {code: version.id for code, version in plans.on_sale().items()}


def _content(name: str, terms: dict[str, Any], lines: Sequence[Line], known: dict[str, UUID]) -> PlanContent:
    return PlanContent(
        **({"payment_methods": EVERY_METHOD, "prorate_first": True, "prorate_last": True} | terms),
        name=name,
        items=[ItemOfPlan(item_id=known[each.code], **dict(each.terms)) for each in lines],
    )
