"""Plans and their versions. A contract keeps the version it was made with."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import Field

from perene.actions import plans as plan_actions
from perene.apps.catalog import plans as plan_rows
from perene.apps.catalog import versions
from perene.apps.catalog.models import Item, Plan, PlanItem, PlanVersion
from perene.apps.catalog.versions import ItemOfPlan, PlanContent
from perene.apps.policies import dunning as dunning_schedules
from perene.interfaces.api import items, paging, problems
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.items import TierShown
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Cents, Code, Flag, Given, Number, Percent, Short, Shown, Whole
from perene.rules import tiers as tier_rules
from perene.rules.dunning import DunningTerms
from perene.rules.refusals import Refusal

subject = Subject("Planos")

PaymentMethod = Literal["boleto", "pix", "pix_automatico", "card"]
RECURRENCE = "`continuous`, `one_time:CICLO` ou `cycles:INÍCIO:QUANTOS`."


class DunningShown(Given):
    """Régua: aviso `pre_due_days` antes; cobranças a partir de `post_due_start` depois, a cada `every_days`, por `for_days`."""

    pre_due_days: Whole | None = None
    post_due_start: Whole | None = None
    every_days: Whole | None = None
    for_days: Whole | None = None


class PlanItemGiven(Given):
    """Nulos em `unit_cents`, `tiers` e `package_size`: como já estava no plano, senão como no cadastro do item."""

    item_id: UUID
    name: Short | None = None
    quantity: Number = Field(default="1", validate_default=True)  # type: ignore[assignment]
    unit_cents: Cents | None = None
    tiers: Annotated[list[TierShown] | None, Field(max_length=100)] = None
    package_size: Number | None = None
    adjustment_kind: Literal["money", "percent"] = "money"
    surcharge_cents: Cents = 0
    discount_cents: Cents = 0
    surcharge_percent: Percent = Field(default="0", validate_default=True)  # type: ignore[assignment]
    discount_percent: Percent = Field(default="0", validate_default=True)  # type: ignore[assignment]
    recurrence: Annotated[Code, Field(description=RECURRENCE, examples=["continuous"])] = "continuous"


class PlanSaid(Given):
    name: Short
    payment_methods: Annotated[list[PaymentMethod], Field(max_length=4)]
    interval_unit: Literal["week", "month", "quarter", "half_year", "year"] = "month"
    interval_count: Whole = 1
    total_cycles: Annotated[int | None, Field(strict=True, ge=1, le=10_000, description="Nulo: sem fim.")] = (
        None
    )
    charge_day_kind: Literal["fixed", "before", "end"] = "fixed"
    charge_day: Whole | None = 1
    due_after_days: Annotated[Whole | None, Field(description="Nulo: conforme as formas de pagamento.")] = (
        None
    )
    prorate_first: Flag = False
    prorate_last: Flag = False
    dunning: Annotated[DunningShown | None, Field(description="Nulo: a régua padrão da organização.")] = None
    metadata: Annotated[dict[str, str], Field(max_length=50)] = {}
    items: Annotated[list[PlanItemGiven], Field(max_length=200)] = []


class PlanGiven(PlanSaid):
    external_code: Code
    activate: Annotated[Flag, Field(description="Já em venda; senão, rascunho.")] = False


class PlanCopied(Given):
    external_code: Code
    name: Short


class PlanItemShown(Shown):
    id: UUID
    item_id: UUID
    position: int
    name: str
    calc_type: str
    quantity: Number
    unit_cents: int
    tiers: list[TierShown]
    package_size: Number | None
    adjustment_kind: str
    surcharge_cents: int
    discount_cents: int
    surcharge_percent: Percent
    discount_percent: Percent
    recurrence: str


class SummaryShown(Shown):
    """`total_cents` nulo: plano sem fim."""

    first_cycle_cents: int
    recurring_cents: int
    total_cents: int | None


class PlanShown(Shown):
    id: UUID
    external_code: str
    name: str
    status: str
    is_deleted: bool
    latest_version: int


class VersionShown(Shown):
    """`id` é o que um contrato novo pede em `plan_version_id`."""

    id: UUID
    plan_id: UUID
    number: int
    name: str
    payment_methods: list[str]
    interval_unit: str
    interval_count: int
    total_cycles: int | None
    charge_day_kind: str
    charge_day: int | None
    due_after_days: int
    prorate_first: bool
    prorate_last: bool
    dunning: DunningShown | None
    metadata: dict[str, str]


class WholeVersionShown(VersionShown):
    items: list[PlanItemShown]
    summary: Annotated[SummaryShown | None, Field(description="Nulo: um preço não pode ser calculado.")]


class WholePlanShown(PlanShown):
    version: WholeVersionShown


class PlanFilters(Paging):
    external_code: Code | None = None
    status: Literal["draft", "active", "inactive"] | None = None


@subject.reads("/plans", scope="catalog.read", answer=Page[PlanShown], summary="Planos")
def list_plans(request: ApiRequest, asked: Query[PlanFilters]):
    found = Plan.objects.filter(is_deleted=False)
    if asked.external_code is not None:
        found = found.filter(external_code=asked.external_code)
    if asked.status is not None:
        found = found.filter(status=asked.status)
    return paging.page(found, asked, lambda plan: PlanShown(**_columns(plan)))


@subject.acts("/plans", scope="catalog.write", answer=WholePlanShown, status=201, summary="Criar plano")
def create_plan(request: ApiRequest, body: PlanGiven):
    saved = plan_actions.create(body.external_code, _content(body), is_active=body.activate)
    return _read(saved.plan_id)


@subject.reads("/plans/{uuid:plan_id}", scope="catalog.read", answer=WholePlanShown, summary="Um plano")
def get_plan(request: ApiRequest, plan_id: UUID):
    return _read(plan_id)


@subject.acts(
    "/plans/{uuid:plan_id}/versions",
    scope="catalog.write",
    answer=WholePlanShown,
    status=201,
    summary="Publicar uma nova versão",
)
def publish_plan_version(request: ApiRequest, plan_id: UUID, body: PlanSaid):
    """Os contratos que existem continuam com a versão que têm."""
    plan = one(Plan.objects, plan_id)
    plan_actions.edit(plan.id, _content(body))
    return _read(plan.id)


@subject.acts(
    "/plans/{uuid:plan_id}/items",
    scope="catalog.write",
    answer=WholePlanShown,
    status=201,
    summary="Acrescentar um item (nova versão)",
)
def add_plan_item(request: ApiRequest, plan_id: UUID, body: PlanItemGiven):
    plan = one(Plan.objects.filter(is_deleted=False), plan_id)
    before = plan_rows.content(plan)
    plan_actions.edit(
        plan.id, replace(before, items=(*before.items, _item(body))), from_version=plan.latest_version
    )
    return _read(plan.id)


@subject.reads(
    "/plans/{uuid:plan_id}/versions",
    scope="catalog.read",
    answer=Page[VersionShown],
    summary="Versões de um plano",
)
def list_plan_versions(request: ApiRequest, plan_id: UUID, asked: Query[Paging]):
    plan = one(Plan.objects, plan_id)
    found = PlanVersion.objects.filter(plan=plan).select_related("dunning_schedule")
    return paging.page(found, asked, lambda version: VersionShown(**_version(version)))


@subject.reads(
    "/plan-versions/{uuid:version_id}",
    scope="catalog.read",
    answer=WholeVersionShown,
    summary="Uma versão de um plano",
)
def get_plan_version(request: ApiRequest, version_id: UUID):
    return _whole(one(PlanVersion.objects.select_related("plan", "dunning_schedule"), version_id))


@subject.acts(
    "/plans/{uuid:plan_id}/activate",
    scope="catalog.write",
    answer=WholePlanShown,
    is_repeatable=True,
    summary="Pôr em venda",
)
def activate_plan(request: ApiRequest, plan_id: UUID):
    plan_actions.activate(one(Plan.objects, plan_id).id)
    return _read(plan_id)


@subject.acts(
    "/plans/{uuid:plan_id}/deactivate",
    scope="catalog.write",
    answer=WholePlanShown,
    is_repeatable=True,
    summary="Tirar de venda",
)
def deactivate_plan(request: ApiRequest, plan_id: UUID):
    plan_actions.deactivate(one(Plan.objects, plan_id).id)
    return _read(plan_id)


@subject.acts(
    "/plans/{uuid:plan_id}/copy",
    scope="catalog.write",
    answer=WholePlanShown,
    status=201,
    summary="Copiar plano",
)
def copy_plan(request: ApiRequest, plan_id: UUID, body: PlanCopied):
    saved = plan_actions.copy(one(Plan.objects, plan_id).id, code=body.external_code, name=body.name)
    return _read(saved.plan_id)


@subject.acts(
    "/plans/{uuid:plan_id}",
    scope="catalog.write",
    answer=None,
    status=204,
    method="DELETE",
    summary="Excluir plano",
)
def delete_plan(request: ApiRequest, plan_id: UUID):
    """Os contratos continuam; o código nunca é usado de novo."""
    plan_actions.delete(one(Plan.objects, plan_id).id)


def _content(body: PlanSaid) -> PlanContent:
    known = set(
        Item.objects.filter(id__in=[each.item_id for each in body.items]).values_list("id", flat=True)
    )
    for position, each in enumerate(body.items):
        if each.item_id not in known:
            raise problems.not_there(f"items/{position}/item_id")
    given = body.model_dump(exclude={"items", "dunning", "external_code", "activate"})
    return PlanContent(
        **given,
        dunning=None if body.dunning is None else DunningTerms(**body.dunning.model_dump()),
        items=tuple(_item(each) for each in body.items),
    )


def _item(given: PlanItemGiven) -> ItemOfPlan:
    tiers = None if given.tiers is None else tier_rules.to_json(items.tiers_of(given.tiers))
    return ItemOfPlan(**given.model_dump(exclude={"tiers"}), tiers=tiers)


def _read(plan_id: UUID) -> WholePlanShown:
    plan = one(Plan.objects, plan_id)
    version = versions.latest(plan)
    if version is None:
        raise problems.not_found()
    return WholePlanShown(**_columns(plan), version=_whole(version))


def _columns(plan: Plan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in PlanShown.model_fields}


def _version(version: PlanVersion) -> dict[str, object]:
    columns = {name: getattr(version, name) for name in VersionShown.model_fields if name != "dunning"}
    schedule = version.dunning_schedule
    dunning = None if schedule is None else DunningShown(**dunning_schedules.terms_of(schedule)._asdict())
    return columns | {"dunning": dunning}


def _whole(version: PlanVersion) -> WholeVersionShown:
    try:
        totals = plan_rows.summary(version).totals
        summary = SummaryShown(**totals._asdict())
    except Refusal:
        summary = None
    return WholeVersionShown(
        **_version(version), items=[_show_item(row) for row in versions.items_of(version)], summary=summary
    )


def _show_item(row: PlanItem) -> PlanItemShown:
    columns = {name: getattr(row, name) for name in PlanItemShown.model_fields if name != "tiers"}
    return PlanItemShown(**columns, tiers=items.show_tiers(row.tiers))
