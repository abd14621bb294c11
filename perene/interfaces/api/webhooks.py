"""Webhooks: the addresses that hear of events, and what was delivered to them."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import AwareDatetime, Field

from perene.actions import webhooks
from perene.apps.events.models import Delivery, DeliveryAttempt, Endpoint
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Code, Flag, Given, Short, Shown

subject = Subject("Webhooks")

Kinds = Annotated[list[Code], Field(max_length=100, description="Vazio: todos os eventos.")]


class EndpointGiven(Given):
    url: Annotated[
        str, Field(strict=True, min_length=1, max_length=2000, examples=["https://example.com/perene"])
    ]
    kinds: Kinds = []
    description: Short = ""


class EndpointChanged(Given):
    """Só o que vem é alterado."""

    url: Annotated[str | None, Field(strict=True, min_length=1, max_length=2000)] = None
    kinds: Annotated[list[Code] | None, Field(max_length=100)] = None
    description: Short | None = None
    is_active: Flag | None = None


class EndpointShown(Shown):
    id: UUID
    url: str
    description: str
    kinds: list[str]
    is_active: bool
    created_at: AwareDatetime
    failing_since: AwareDatetime | None


class NewEndpointShown(EndpointShown):
    secret: Annotated[str, Field(description="Mostrado só agora: assina cada entrega (Standard Webhooks).")]


class SecretShown(Shown):
    secret: Annotated[str, Field(description="Mostrado só agora; o anterior assina junto por 24 horas.")]


class DeliveryShown(Shown):
    id: UUID
    endpoint_id: UUID
    event_id: UUID
    status: str
    attempts: int
    created_at: AwareDatetime
    next_attempt_at: AwareDatetime | None
    delivered_at: AwareDatetime | None


class AttemptShown(Shown):
    """`status_code` nulo: ninguém respondeu; `error` diz por quê."""

    number: int
    at: AwareDatetime
    status_code: int | None
    error: str
    answer: str
    milliseconds: int


class WholeDeliveryShown(DeliveryShown):
    tries: list[AttemptShown]


class DeliveryFilters(Paging):
    endpoint_id: UUID | None = None
    event_id: UUID | None = None
    status: Literal["waiting", "delivered", "given_up"] | None = None


@subject.reads("/webhook-endpoints", scope="webhooks.read", answer=Page[EndpointShown], summary="Endereços")
def list_webhook_endpoints(request: ApiRequest, asked: Query[Paging]):
    return paging.page(Endpoint.objects.all(), asked, lambda row: EndpointShown(**_columns(row)))


@subject.acts(
    "/webhook-endpoints",
    scope="webhooks.write",
    answer=NewEndpointShown,
    status=201,
    summary="Criar endereço",
)
def create_webhook_endpoint(request: ApiRequest, body: EndpointGiven):
    endpoint_id, secret = webhooks.add(
        body.url, kinds=body.kinds, description=body.description, now=request.now
    )
    return NewEndpointShown(**_columns(Endpoint.objects.get(id=endpoint_id)), secret=secret)


@subject.reads(
    "/webhook-endpoints/{uuid:endpoint_id}",
    scope="webhooks.read",
    answer=EndpointShown,
    summary="Um endereço",
)
def get_webhook_endpoint(request: ApiRequest, endpoint_id: UUID):
    return EndpointShown(**_columns(one(Endpoint.objects, endpoint_id)))


@subject.acts(
    "/webhook-endpoints/{uuid:endpoint_id}",
    scope="webhooks.write",
    answer=EndpointShown,
    method="PATCH",
    summary="Alterar endereço",
)
def update_webhook_endpoint(request: ApiRequest, endpoint_id: UUID, body: EndpointChanged):
    endpoint = one(Endpoint.objects, endpoint_id)
    webhooks.change(endpoint.id, **body.model_dump())
    return EndpointShown(**_columns(Endpoint.objects.get(id=endpoint.id)))


@subject.acts(
    "/webhook-endpoints/{uuid:endpoint_id}",
    scope="webhooks.write",
    answer=None,
    status=204,
    method="DELETE",
    summary="Remover endereço",
)
def delete_webhook_endpoint(request: ApiRequest, endpoint_id: UUID):
    webhooks.remove(one(Endpoint.objects, endpoint_id).id)


@subject.acts(
    "/webhook-endpoints/{uuid:endpoint_id}/rotate-secret",
    scope="webhooks.write",
    answer=SecretShown,
    summary="Trocar o segredo",
)
def rotate_webhook_secret(request: ApiRequest, endpoint_id: UUID):
    return SecretShown(secret=webhooks.rotate(one(Endpoint.objects, endpoint_id).id, now=request.now))


@subject.acts(
    "/webhook-endpoints/{uuid:endpoint_id}/ping",
    scope="webhooks.write",
    answer=DeliveryShown,
    status=202,
    summary="Mandar um evento de teste",
)
def ping_webhook_endpoint(request: ApiRequest, endpoint_id: UUID):
    endpoint = one(Endpoint.objects, endpoint_id)
    delivery_id = webhooks.ping(endpoint.id, now=request.now, on=request.today)
    return DeliveryShown(**_delivery(Delivery.objects.get(id=delivery_id)))


@subject.reads("/webhook-deliveries", scope="webhooks.read", answer=Page[DeliveryShown], summary="Entregas")
def list_webhook_deliveries(request: ApiRequest, asked: Query[DeliveryFilters]):
    found = Delivery.objects.all()
    for name in ("endpoint_id", "event_id", "status"):
        if (value := getattr(asked, name)) is not None:
            found = found.filter(**{name: value})
    return paging.page(found, asked, lambda row: DeliveryShown(**_delivery(row)))


@subject.reads(
    "/webhook-deliveries/{uuid:delivery_id}",
    scope="webhooks.read",
    answer=WholeDeliveryShown,
    summary="Uma entrega, com as tentativas",
)
def get_webhook_delivery(request: ApiRequest, delivery_id: UUID):
    delivery = one(Delivery.objects, delivery_id)
    tries = DeliveryAttempt.objects.filter(delivery=delivery).order_by("number")
    return WholeDeliveryShown(
        **_delivery(delivery),
        tries=[
            AttemptShown(**{name: getattr(each, name) for name in AttemptShown.model_fields})
            for each in tries
        ],
    )


@subject.acts(
    "/webhook-deliveries/{uuid:delivery_id}/resend",
    scope="webhooks.write",
    answer=DeliveryShown,
    status=202,
    summary="Mandar de novo",
)
def resend_webhook_delivery(request: ApiRequest, delivery_id: UUID):
    """Sob o mesmo `webhook-id`: quem já recebeu reconhece."""
    delivery = one(Delivery.objects, delivery_id)
    webhooks.resend(delivery.id, now=request.now)
    return DeliveryShown(**_delivery(Delivery.objects.get(id=delivery.id)))


def _columns(endpoint: Endpoint) -> dict[str, object]:
    return {name: getattr(endpoint, name) for name in EndpointShown.model_fields}


def _delivery(delivery: Delivery) -> dict[str, object]:
    return {name: getattr(delivery, name) for name in DeliveryShown.model_fields}
