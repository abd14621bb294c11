"""A program that asks the API with a key, and a world for it to ask about."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.test import Client

from perene.actions import api_keys as actions
from perene.apps.organizations import api_keys, permissions
from perene.kit import clock, tenancy
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

EVERYTHING = api_keys.GRANTABLE
PROBLEM = "application/problem+json"


class Said:
    """An answer: its status, its headers, and its JSON."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.content: bytes = response.content
        self.body: Any = (
            json.loads(response.content) if "json" in response.headers.get("Content-Type", "") else None
        )

    @property
    def code(self) -> str:
        """Of a problem, which must look like one."""
        assert self.headers["Content-Type"] == PROBLEM, self.content
        assert self.body["status"] == self.status
        assert self.body["title"] and self.body["detail"] and isinstance(self.body["errors"], list)
        assert self.body["type"] == f"urn:perene:problem:{self.body['code']}"
        return str(self.body["code"])


class Caller:
    """Asks with one key."""

    def __init__(self, secret: str | None) -> None:
        self.secret = secret
        self.client = Client(SERVER_NAME="localhost")

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> Said:
        if self.secret is not None:
            headers = {"Authorization": f"Bearer {self.secret}"} | headers
        if key is not None:
            headers["Idempotency-Key"] = key
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return Said(
            self.client.generic(
                method, f"/api/v1{path}", data, content_type="application/json", headers=headers
            )
        )

    def get(self, path: str, **headers: str) -> Any:
        """The JSON of something that is there."""
        said = self.ask("GET", path, **headers)
        assert said.status == 200, said.content
        return said.body

    def do(self, path: str, body: Any = None, *, method: str = "POST", key: str | None = None) -> Any:
        """The JSON that something done is answered with."""
        said = self.ask(method, path, body, key=key)
        assert 200 <= said.status < 300, said.content
        return said.body


def key(
    organization_id: int, scopes: Collection[str] = EVERYTHING, *, unit_ids: Collection[UUID] | None = None
) -> Caller:
    """A program with a new key of that organization."""
    with tenancy.organization(organization_id):
        return Caller(actions.create(name="Teste", scopes=scopes, unit_ids=unit_ids, now=clock.now()).secret)


def auditor(organization_id: int) -> Caller:
    """One with the permissions of an auditor."""
    return key(organization_id, permissions.of("auditor", all_units=True) & EVERYTHING)


def limited(made: World) -> Caller:
    """One that may do everything, in the unit SUL."""
    return key(made.organization_id, unit_ids=[world.unit_id(made, "SUL")])
