"""Closed accounting periods: no entry is posted on a day that is closed."""

from uuid import UUID

from ninja import Query
from pydantic import AwareDatetime

from perene.actions import closing
from perene.apps.ledger.models import Closing
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Day, Given, Reason, Shown

subject = Subject("Fechamento")


class ClosingGiven(Given):
    through_on: Day


class Reopening(Given):
    reason: Reason


class ClosingShown(Shown):
    id: UUID
    through_on: Day
    closed_at: AwareDatetime
    closed_by_id: UUID | None
    reopened_at: AwareDatetime | None
    reopening_reason: str


@subject.reads("/closings", scope="books.read", answer=Page[ClosingShown], summary="Fechamentos")
def list_closings(request: ApiRequest, asked: Query[Paging]):
    return paging.page(Closing.objects.all(), asked, _show)


@subject.acts("/closings", scope="books.write", answer=ClosingShown, status=201, summary="Fechar até um dia")
def close_period(request: ApiRequest, body: ClosingGiven):
    closing_id = closing.close(through_on=body.through_on, now=request.now, on=request.today)
    return _show(Closing.objects.get(id=closing_id))


@subject.acts(
    "/closings/{uuid:closing_id}/reopen",
    scope="books.write",
    answer=ClosingShown,
    summary="Reabrir o último fechamento",
)
def reopen_period(request: ApiRequest, closing_id: UUID, body: Reopening):
    row = one(Closing.objects, closing_id)
    closing.reopen(row.id, reason=body.reason, now=request.now)
    return _show(Closing.objects.get(id=row.id))


def _show(row: Closing) -> ClosingShown:
    return ClosingShown(**{name: getattr(row, name) for name in ClosingShown.model_fields})
