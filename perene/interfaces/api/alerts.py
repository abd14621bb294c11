"""What a person must look at, until it is resolved."""

from typing import Annotated
from uuid import UUID

from ninja import Query
from pydantic import AwareDatetime, Field

from perene.actions import alerts
from perene.apps.events.models import Alert
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Code, Day, Shown
from perene.kit import texts
from perene.rules.refusals import Text

subject = Subject("Alertas")


class AlertShown(Shown):
    """`key`: sobre o quê (uma data, um id)."""

    id: UUID
    kind: str
    key: str
    text: Annotated[str, Field(description="O que houve e o que fazer, em português.")]
    raised_on: Day
    raised_at: AwareDatetime
    resolved_at: AwareDatetime | None


class AlertFilters(Paging):
    kind: Code | None = None
    is_open: bool = True


@subject.reads("/alerts", scope="runs.read", answer=Page[AlertShown], summary="Alertas")
def list_alerts(request: ApiRequest, asked: Query[AlertFilters]):
    found = Alert.objects.filter(resolved_at__isnull=asked.is_open)
    if asked.kind is not None:
        found = found.filter(kind=asked.kind)
    return paging.page(found, asked, _show)


@subject.acts(
    "/alerts/{uuid:alert_id}/resolve",
    scope="runs.start",
    answer=AlertShown,
    is_repeatable=True,
    summary="Dar o alerta por resolvido",
)
def resolve_alert(request: ApiRequest, alert_id: UUID):
    alert = one(Alert.objects, alert_id)
    alerts.resolve(alert.id, now=request.now)
    return _show(one(Alert.objects, alert.id))


def _show(alert: Alert) -> AlertShown:
    columns = {name: getattr(alert, name) for name in AlertShown.model_fields if name != "text"}
    return AlertShown(**columns, text=texts.render(Text(alert.message, alert.params)))
