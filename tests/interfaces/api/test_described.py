"""Schemathesis reads the description and asks whatever it allows, and much that it does not: never a 5xx, every no a problem,
every yes as described. Half of the requests are about things that are there."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from perene.interfaces.api import door
from perene.interfaces.api.limits import Limit
from perene.kit import tenancy
from perene.reports import verification
from tests.interfaces.api import caller, life
from tests.interfaces.backoffice.world import World

EXAMPLES = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def description(reading: World) -> Any:
    return schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", get_wsgi_application(), base_url="http://localhost"
    )


@pytest.fixture(scope="module")
def asked(reading: World) -> dict[str, Any]:
    """The header of a key that may do everything, and ids of what is there."""
    return {
        "secret": caller.key(reading.organization_id).secret,
        "ids": life.ids_of(reading.organization_id, reading.here),
    }


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "limit", Limit(1_000_000))


def test_whatever_is_asked_is_answered_as_described(description: Any, asked: dict[str, Any]) -> None:
    tried = 0
    for found in description.get_all_operations():
        operation = found.ok()
        every_case_of(operation, asked)
        tried += 1
    assert tried > 100


def every_case_of(operation: Any, asked: dict[str, Any]) -> None:
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    for mode in modes:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            case.headers = dict(case.headers or {}) | {
                "Authorization": f"Bearer {asked['secret']}",
                "Host": "localhost",
            }
            validate(case, CHECKS)
            if place(case, asked["ids"]):
                validate(case, [check for check in CHECKS if check is not negative_data_rejection])

        try:
            ask()
        except Unsatisfiable:  # nothing that this operation takes could be wrong
            continue


def test_afterwards_the_books_are_whole(reading: World) -> None:
    """Whatever was asked: nothing billed twice, nothing missed, all balanced."""
    with tenancy.organization(reading.organization_id):
        assert verification.verify() == []


def validate(case: Any, checks: list[Any]) -> None:
    response = case.call()
    case.validate_response(response, checks=checks)
    if response.status_code >= 400:
        assert response.headers["content-type"][0] == caller.PROBLEM
        body = json.loads(response.content)
        assert body["status"] == response.status_code and body["code"] and body["detail"]


def place(case: Any, ids: dict[str, Any]) -> bool:
    """Put ids of what is there where the case has some; whether there were any."""
    placed = False
    for name in case.path_parameters or {}:
        if name in ids:
            case.path_parameters[name] = str(ids[name])
            placed = True
    if isinstance(case.body, dict):
        for name, value in case.body.items():
            if name in ids and is_id(value):
                case.body[name] = str(ids[name])
                placed = True
    return placed


def is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and UUID(value) is not None
    except ValueError:
        return False
