"""What the API says of itself, and requests made from that: every operation, with something to send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.interfaces.api.caller import Caller

NOBODY = str(UUID(int=1))


@dataclass(frozen=True)
class Operation:
    """One operation as described: `body` is the schema of what it takes, None for nothing."""

    id: str
    method: str
    path: str
    scope: str
    body: Any
    query: tuple[Mapping[str, Any], ...]

    def address(self, ids: Mapping[str, Any]) -> str:
        """Its path with these ids in it, and a value for every required parameter."""
        path = re.sub(r"{(\w+)}", lambda place: str(ids.get(place[1], NOBODY)), self.path)
        needed = [f"{each['name']}={_example(each['schema'])}" for each in self.query if each["required"]]
        return path + ("?" + "&".join(needed) if needed else "")

    def __str__(self) -> str:
        return self.id


def schema(program: Caller) -> Any:
    return Caller(None).get("/openapi.json")


def operations(found: Any) -> list[Operation]:
    """Every operation of a description, in its order."""
    listed = []
    for path, methods in found["paths"].items():
        for method, said in methods.items():
            body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            listed.append(
                Operation(
                    said["operationId"],
                    method.upper(),
                    path.removeprefix("/api/v1"),
                    said["x-scope"],
                    None if body is None else _resolved(body, found),
                    tuple(each for each in said.get("parameters", ()) if each["in"] == "query"),
                )
            )
    return listed


def a_body(operation: Operation, ids: Mapping[str, Any]) -> Any:
    """Something valid to send: what is required, with ids of things that are there."""
    return None if operation.body is None else _value(operation.body, ids)


def _value(schema: Any, ids: Mapping[str, Any], name: str = "") -> Any:
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], ids, name)
    if schema.get("type") == "object":
        return {each: _value(schema["properties"][each], ids, each) for each in schema.get("required", ())}
    if schema.get("type") == "array":
        return [_value(schema["items"], ids, name.removesuffix("s"))] if schema.get("minItems") else []
    if schema.get("format") == "uuid":
        return str(ids.get(name, NOBODY))
    return _example(schema)


def _example(schema: Any) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    return {"string": "texto", "integer": 1, "boolean": True}[schema["type"]]


def _resolved(schema: Any, found: Any) -> Any:
    """The schema with what it points at in its place."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _resolved(found["components"]["schemas"][schema["$ref"].rpartition("/")[2]], found)
        return {name: _resolved(each, found) for name, each in schema.items()}
    return [_resolved(each, found) for each in schema] if isinstance(schema, list) else schema
