"""Addresses of the API."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja.errors import ValidationError
from ninja.parser import Parser

from perene.interfaces.api import (
    accounts,
    alerts,
    api_clock,
    audit,
    charges,
    contracts,
    credits,
    customers,
    door,
    events,
    invoices,
    items,
    moving_in,
    openapi,
    organization,
    parked,
    people,
    periods,
    plans,
    policies,
    problems,
    receivables,
    runs,
    settlements,
    statements,
    webhooks,
    words,
)
from perene.interfaces.api.openapi import Api


class ReadAlready(Parser):
    """The door read the body and looked at every text in it."""

    def parse_body(self, request: HttpRequest) -> object:
        return request.body_json  # type: ignore[attr-defined]


api = Api(
    title="API do Perene",
    version="1",
    description=openapi.DESCRIPTION,
    parser=ReadAlready(),
    urls_namespace="api",
)


@api.exception_handler(ValidationError)
def refuse_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problems.answer(words.problem(error.errors))


@api.exception_handler(Exception)
def refuse(request: HttpRequest, error: Exception) -> HttpResponse:
    return problems.answer(door.problem_of(error))


for subject in (
    organization.subject,
    people.subject,
    customers.subject,
    statements.subject,
    items.subject,
    plans.subject,
    contracts.subject,
    charges.subject,
    invoices.subject,
    runs.subject,
    parked.subject,
    receivables.subject,
    settlements.subject,
    credits.subject,
    accounts.subject,
    periods.subject,
    policies.subject,
    moving_in.subject,
    alerts.subject,
    audit.subject,
    events.subject,
    webhooks.subject,
    api_clock.subject,
):
    api.add_router("", subject.router)

_patterns, _app_name, _namespace = api.urls
urlpatterns = [
    path("v1/", (openapi.wrapped(_patterns), _app_name, _namespace)),
    path("<path:rest>", door.open_to_all(door.nothing_here)),
]
