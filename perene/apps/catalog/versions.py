"""What a plan says, as one value: read from a version's rows, checked by the rules, written as the next version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from perene.apps.catalog import prices
from perene.apps.catalog.models import Item, Plan, PlanItem, PlanVersion
from perene.apps.policies import dunning as dunning_schedules
from perene.apps.policies.models import DunningSchedule
from perene.kit import ids
from perene.rules import plans as plan_rules
from perene.rules import recurrence, terms
from perene.rules.dunning import DunningTerms
from perene.rules.periods import Interval, IntervalUnit
from perene.rules.price_lines import AdjustmentKind
from perene.rules.refusals import Refusal, Text


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemOfPlan:
    """An item on a plan. `unit_cents`, `tiers` and `package_size` None: what the plan already had for this item, else what
    the registry says now (G17). `adjustment_kind` money or percent tells which surcharge and discount count (G19)."""

    item_id: UUID
    name: str | None = None
    quantity: Decimal = Decimal(1)
    unit_cents: int | None = None
    tiers: Sequence[Any] | None = None
    package_size: Decimal | None = None
    adjustment_kind: str = "money"
    surcharge_cents: int = 0
    discount_cents: int = 0
    surcharge_percent: Decimal = Decimal(0)
    discount_percent: Decimal = Decimal(0)
    recurrence: str = "continuous"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanContent:
    """All that a plan says (G1). `total_cycles` None = open-ended (G4); `due_after_days` None = by payment methods (G36);
    `dunning` None = the organization's standard schedule (G9); `metadata`: free attributes (G27)."""

    name: str
    payment_methods: Sequence[str]
    interval_unit: str = IntervalUnit.MONTH
    interval_count: int = 1
    total_cycles: int | None = None
    charge_day_kind: str = terms.ChargeDayKind.FIXED
    charge_day: int | None = 1
    due_after_days: int | None = None
    prorate_first: bool = False
    prorate_last: bool = False
    dunning: DunningTerms | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    items: Sequence[ItemOfPlan] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A new version, its items, and what the person should know (G16)."""

    version: PlanVersion
    items: list[PlanItem]
    warnings: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What `write` would store: the checked plan, and its items as unsaved rows."""

    checked: plan_rules.CheckedPlan
    items: list[PlanItem]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a plan cannot be saved. `position` is that of the item it is about (the first is 1); None: the plan itself."""

    position: int | None
    why: Refusal


def draft(content: PlanContent, *, plan: Plan | None = None) -> Draft:
    """`content` checked as `write` checks it, with nothing stored. Raises as `write`."""
    known, had = _sources(content, plan)
    rows = [_row(each, known, had, position) for position, each in enumerate(content.items, start=1)]
    checked = plan_rules.check(_terms(content, rows))
    _metadata(content.metadata)
    for row, kept in zip(rows, checked.plan.items, strict=True):
        row.quantity = kept.price.quantity
    return Draft(checked, rows)


def problems(content: PlanContent, *, plan: Plan | None = None) -> list[Problem]:
    """Everything that keeps `content` from being saved: of the plan the first, and the first of each item."""
    known, had = _sources(content, plan)
    found = []
    try:
        plan_rules.check(_terms(content, ()))
        _metadata(content.metadata)
    except Refusal as why:
        found.append(Problem(None, why))
    for position, each in enumerate(content.items, start=1):
        try:
            (item,) = _priced([_row(each, known, had, position)])
            plan_rules.check_item(item, total_cycles=content.total_cycles)
        except Refusal as why:
            found.append(Problem(position, why))
    return found


def write(plan: Plan, content: PlanContent) -> Written:
    """Check `content` and append it as the plan's next version; `plan.latest_version` and `plan.name` follow, unsaved.
    Raises the Refusals of `rules.plans.check`, and `unknown_item`, `metadata_malformed`."""
    before = latest(plan)
    drafted = draft(content, plan=plan)
    checked, rows = drafted.checked, drafted.items
    version = PlanVersion.objects.create(
        id=ids.new(),
        plan=plan,
        number=plan.latest_version + 1,
        name=checked.plan.name,
        payment_methods=sorted(checked.plan.payment_methods),
        interval_unit=content.interval_unit,
        interval_count=content.interval_count,
        total_cycles=content.total_cycles,
        charge_day_kind=content.charge_day_kind,
        charge_day=content.charge_day,
        due_after_days=checked.plan.due_after_days,
        prorate_first=content.prorate_first,
        prorate_last=content.prorate_last,
        dunning_schedule=_schedule(content, before),
        metadata=_metadata(content.metadata),
    )
    for row in rows:
        row.version = version
    plan.latest_version, plan.name = version.number, version.name
    return Written(version, PlanItem.objects.bulk_create(rows), checked.warnings)


def latest(plan: Plan) -> PlanVersion | None:
    """The version that new contracts take; None for a plan that is being made."""
    return (
        PlanVersion.objects.select_related("plan", "dunning_schedule")
        .filter(plan=plan, number=plan.latest_version)
        .first()
    )


def known(version_id: UUID) -> PlanVersion:
    """The version with its plan. Refusal `plan_version_unknown`."""
    found: PlanVersion | None = PlanVersion.objects.select_related("plan").filter(id=version_id).first()
    if found is None:
        raise Refusal("plan_version_unknown", "There is no such version of a plan: choose one of the list.")
    return found


def items_of(version: PlanVersion) -> list[PlanItem]:
    """The items of a version, in order."""
    return list(PlanItem.objects.filter(version=version).order_by("position"))


def read(version: PlanVersion) -> PlanContent:
    """What a version says, every price spelled out: change it with `dataclasses.replace` and save it as the next one."""
    schedule = version.dunning_schedule
    return PlanContent(
        name=version.name,
        payment_methods=tuple(version.payment_methods),
        interval_unit=version.interval_unit,
        interval_count=version.interval_count,
        total_cycles=version.total_cycles,
        charge_day_kind=version.charge_day_kind,
        charge_day=version.charge_day,
        due_after_days=version.due_after_days,
        prorate_first=version.prorate_first,
        prorate_last=version.prorate_last,
        dunning=dunning_schedules.terms_of(schedule) if schedule else None,
        metadata=version.metadata,
        items=tuple(
            ItemOfPlan(
                item_id=item.item_id,
                name=item.name,
                **{name: getattr(item, name) for name in prices.COLUMNS if name != "calc_type"},
            )
            for item in items_of(version)
        ),
    )


def terms_of(version: PlanVersion, items: Sequence[PlanItem]) -> plan_rules.PlanTerms:
    """A version and its items as rules/plans reads them."""
    schedule = version.dunning_schedule
    return plan_rules.PlanTerms(
        name=version.name,
        payment_methods=frozenset(version.payment_methods),
        interval=Interval(IntervalUnit(version.interval_unit), version.interval_count),
        charge_day=terms.ChargeDay(terms.ChargeDayKind(version.charge_day_kind), version.charge_day),
        due_after_days=version.due_after_days,
        total_cycles=version.total_cycles,
        dunning=dunning_schedules.terms_of(schedule) if schedule else None,
        items=_priced(items),
    )


def _sources(content: PlanContent, plan: Plan | None) -> tuple[dict[UUID, Item], dict[UUID, PlanItem]]:
    """The items of the registry that `content` names, and those that the plan has now."""
    before = None if plan is None else latest(plan)
    known = {item.id: item for item in Item.objects.filter(id__in=[each.item_id for each in content.items])}
    return known, {item.item_id: item for item in (items_of(before) if before else [])}


def _terms(content: PlanContent, rows: Sequence[PlanItem]) -> plan_rules.PlanTerms:
    interval = Interval(content.interval_unit, content.interval_count)  # type: ignore[arg-type]
    plan_rules.check_payment_methods(content.payment_methods)
    due_after_days = content.due_after_days
    if due_after_days is None:
        due_after_days = plan_rules.default_due_after_days(content.payment_methods)
    return plan_rules.PlanTerms(
        name=content.name.strip(),
        payment_methods=frozenset(content.payment_methods),
        interval=interval,
        charge_day=terms.charge_day(content.charge_day_kind, content.charge_day, unit=interval.unit),
        due_after_days=due_after_days,
        total_cycles=content.total_cycles,
        dunning=content.dunning,
        items=_priced(rows),
    )


def _priced(rows: Sequence[PlanItem]) -> tuple[plan_rules.PlanItem, ...]:
    return tuple(
        plan_rules.PlanItem(row.name, prices.price_of(row), recurrence.parse(row.recurrence)) for row in rows
    )


def _row(
    given: ItemOfPlan, known: Mapping[UUID, Item], had: Mapping[UUID, PlanItem], position: int
) -> PlanItem:
    item = known.get(given.item_id)
    if item is None:
        raise Refusal(
            "unknown_item",
            "Choose an active item of the registry for position {position}.",
            position=position,
        )
    if not (item.is_active or item.id in had):
        raise Refusal(
            "item_inactive",
            "The item {item}, in position {position}, is inactive: activate it, or take it off the plan.",
            item=item.name,
            position=position,
        )
    kind = _adjustment_kind(given.adjustment_kind)
    is_money = kind == AdjustmentKind.MONEY
    source: PlanItem | Item = had.get(item.id, item)
    return PlanItem(
        id=ids.new(),
        item=item,
        position=position,
        name=item.name if given.name is None else given.name.strip(),
        calc_type=item.calc_type,
        quantity=given.quantity,
        unit_cents=source.unit_cents if given.unit_cents is None else given.unit_cents,
        adjustment_kind=kind,
        # The pair that the kind does not read is no agreement: it is not kept.
        surcharge_cents=given.surcharge_cents if is_money else 0,
        discount_cents=given.discount_cents if is_money else 0,
        surcharge_percent=Decimal(0) if is_money else given.surcharge_percent,
        discount_percent=Decimal(0) if is_money else given.discount_percent,
        tiers=source.tiers if given.tiers is None else given.tiers,
        package_size=source.package_size if given.package_size is None else given.package_size,
        recurrence=given.recurrence,
    )


def _adjustment_kind(kind: str) -> str:
    if kind not in list(AdjustmentKind):
        raise Refusal(
            "adjustment_kind_unknown",
            "“{kind}” is not a way to say surcharge and discount: use reais or percent.",
            kind=kind,
        )
    return kind


def _schedule(content: PlanContent, before: PlanVersion | None) -> DunningSchedule | None:
    """The schedule row of a custom dunning; the one the plan had where it says the same."""
    if content.dunning is None:
        return None
    kept = before.dunning_schedule if before else None
    if kept is not None and dunning_schedules.terms_of(kept) == content.dunning:
        return kept
    return dunning_schedules.custom(content.dunning, name=content.name.strip())


def _metadata(given: Mapping[str, str]) -> dict[str, str]:
    if not all(
        isinstance(name, str) and name.strip() and isinstance(value, str) for name, value in given.items()
    ):
        raise Refusal("metadata_malformed", "Additional data are pairs of a name and a text.")
    return dict(given)
