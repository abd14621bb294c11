"""What happened, in the order in which it was written: the same that webhooks tell."""

from typing import Any
from uuid import UUID

from ninja import Query

from perene.apps.events.models import Event
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Code, Day, Shown

subject = Subject("Eventos")


class EventShown(Shown):
    """`kind` como `invoice.issued`; `subject_id` é a fatura, o contrato, a baixa."""

    id: UUID
    kind: str
    subject_id: UUID
    occurred_on: Day
    payload: dict[str, Any]


class EventFilters(Paging):
    kind: Code | None = None
    subject_id: UUID | None = None


@subject.reads("/events", scope="events.read", answer=Page[EventShown], summary="Eventos")
def list_events(request: ApiRequest, asked: Query[EventFilters]):
    found = Event.objects.all()
    if asked.kind is not None:
        found = found.filter(kind=asked.kind)
    if asked.subject_id is not None:
        found = found.filter(subject_id=asked.subject_id)
    return paging.page(found, asked, _show)


@subject.reads("/events/{uuid:event_id}", scope="events.read", answer=EventShown, summary="Um evento")
def get_event(request: ApiRequest, event_id: UUID):
    return _show(one(Event.objects, event_id))


def _show(event: Event) -> EventShown:
    return EventShown(**{name: getattr(event, name) for name in EventShown.model_fields})
