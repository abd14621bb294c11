"""What holds for every receivable or plan that says nothing of its own: late charges, holidays, the standard dunning."""

from uuid import UUID

from ninja import Query

from perene.actions import dunning, holidays, settlement_policies
from perene.apps.policies import dunning as dunning_rows
from perene.apps.policies.models import Holiday, SettlementPolicy
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.plans import DunningShown
from perene.interfaces.api.values import Day, Given, Percent, Short, Shown
from perene.rules.dunning import DunningTerms

subject = Subject("Políticas")


class PolicyGiven(Given):
    """Vale para vencimentos de `valid_from` em diante."""

    valid_from: Day
    fine_percent: Percent
    interest_percent: Percent
    on_time_discount_percent: Percent


class PolicyShown(Shown):
    id: UUID
    valid_from: Day
    fine_percent: Percent
    interest_percent: Percent
    on_time_discount_percent: Percent


class HolidayGiven(Given):
    on: Day
    name: Short


class HolidayShown(Shown):
    """Só os da cidade: os nacionais já são conhecidos."""

    id: UUID
    on: Day
    name: str


@subject.reads(
    "/settlement-policies",
    scope="receivables.read",
    answer=Page[PolicyShown],
    summary="Multa, juros e desconto",
)
def list_settlement_policies(request: ApiRequest, asked: Query[Paging]):
    return paging.page(SettlementPolicy.objects.all(), asked, _show_policy)


@subject.acts(
    "/settlement-policies",
    scope="organization.write",
    answer=PolicyShown,
    status=201,
    is_repeatable=True,
    summary="Definir multa, juros e desconto a partir de um dia",
)
def set_settlement_policy(request: ApiRequest, body: PolicyGiven):
    settlement_policies.set(**body.model_dump(), on=request.today)
    return _show_policy(SettlementPolicy.objects.get(valid_from=body.valid_from))


@subject.reads("/holidays", scope="receivables.read", answer=Page[HolidayShown], summary="Feriados da cidade")
def list_holidays(request: ApiRequest, asked: Query[Paging]):
    return paging.page(Holiday.objects.all(), asked, _show_holiday)


@subject.acts(
    "/holidays", scope="organization.write", answer=HolidayShown, status=201, summary="Incluir feriado"
)
def add_holiday(request: ApiRequest, body: HolidayGiven):
    holidays.add(day=body.on, name=body.name)
    return _show_holiday(Holiday.objects.get(on=body.on))


@subject.acts(
    "/holidays/{uuid:holiday_id}",
    scope="organization.write",
    answer=None,
    status=204,
    method="DELETE",
    summary="Retirar feriado",
)
def remove_holiday(request: ApiRequest, holiday_id: UUID):
    holidays.remove(one(Holiday.objects, holiday_id).id)


@subject.reads("/dunning", scope="catalog.read", answer=DunningShown, summary="Régua de cobrança padrão")
def get_standard_dunning(request: ApiRequest):
    return _standard()


@subject.acts(
    "/dunning",
    scope="catalog.write",
    answer=DunningShown,
    method="PUT",
    summary="Alterar a régua de cobrança padrão",
)
def change_standard_dunning(request: ApiRequest, body: DunningShown):
    dunning.change_standard(DunningTerms(**body.model_dump()))
    return _standard()


def _standard() -> DunningShown:
    return DunningShown(**dunning_rows.terms_of(dunning_rows.standard())._asdict())


def _show_policy(policy: SettlementPolicy) -> PolicyShown:
    return PolicyShown(**{name: getattr(policy, name) for name in PolicyShown.model_fields})


def _show_holiday(holiday: Holiday) -> HolidayShown:
    return HolidayShown(id=holiday.id, on=holiday.on, name=holiday.name)
