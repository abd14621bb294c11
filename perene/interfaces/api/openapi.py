"""The description of the API (OpenAPI 3.1): what the operations say of themselves, and what is true of every one."""

from typing import Any

from ninja import NinjaAPI
from ninja.types import DictStrAny

from perene.interfaces.api import door, once, problems

DESCRIPTION = """
Tudo o que as telas fazem, por programa. Chaves se criam em **Chaves de API** e vão no cabeçalho `Authorization: Bearer …`.

- Valores em centavos inteiros (`*_cents`), datas `aaaa-mm-dd`, quantidades e percentuais como texto decimal.
- Listas vêm em páginas: repita com `cursor` igual ao `next_cursor` recebido até que ele venha nulo.
- Em todo POST, mande `Idempotency-Key`: repetir a mesma chave com o mesmo corpo devolve a mesma resposta e não faz nada de novo.
- Todo erro é `application/problem+json`: decida por `code`, mostre `detail`.
"""

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` é estável; `detail` é para uma pessoa.",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:perene:problem:item_code_taken"]},
        "title": {"type": "string", "examples": ["Não é possível no estado atual"]},
        "status": {"type": "integer", "examples": [409]},
        "detail": {"type": "string", "examples": ["O código INTERNET-500 é de outro item: escolha outro."]},
        "code": {"type": "string", "examples": ["item_code_taken"]},
        "scope": {"type": "string", "description": "Em 403: a permissão que falta à chave."},
        "incident": {
            "type": "string",
            "description": "Em 5xx: o número a informar a quem cuida do servidor.",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "Campo do corpo (JSON Pointer).",
                        "examples": ["/name"],
                    },
                    "parameter": {"type": "string", "description": "Parâmetro do endereço."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

IDEMPOTENCY_KEY = {
    "name": once.HEADER,
    "in": "header",
    "required": False,
    "description": "Uma chave nova para cada coisa pedida; repetida, devolve a primeira resposta.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": once.LONGEST_KEY,
        "pattern": "^[!-~]+$",
        "examples": ["5f9c2d0e-baixa-0001"],
    },
}

_EVERY = (401, 403, 405, 409, 422, 429, 500, 503)
_WITH_BODY = (400, 413, 415)


class Api(NinjaAPI):
    """Ninja's, whose description says also what the door does."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: DictStrAny | None = None
    ) -> Any:
        found = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        components = found["components"]
        components["schemas"]["Problem"] = PROBLEM
        components["responses"] = {str(status): _response(status) for status in problems.TITLES}
        components["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "pk_live_… ou pk_test_…"}
        }
        found["security"] = [{"key": []}]
        for path, operations in found["paths"].items():
            for method, operation in operations.items():
                _complete(operation, method, has_place="{" in path)
        return found


def _complete(operation: dict[str, Any], method: str, *, has_place: bool) -> None:
    statuses = {*_EVERY}
    if method.upper() in door.WITH_BODY:
        statuses |= {*_WITH_BODY}
    if has_place:
        statuses.add(404)
    if method == "post":
        operation["parameters"] = [*operation.get("parameters", ()), IDEMPOTENCY_KEY]
    responses = {str(status): response for status, response in operation["responses"].items()}
    for status, response in responses.items():
        response["description"] = "Feito." if method != "get" else "O que se pediu."
        if method == "post" and status.startswith("2"):
            response["headers"] = {
                once.REPLAYED: {
                    "description": "true: a resposta de um pedido anterior com a mesma chave.",
                    "schema": {"type": "string", "enum": ["true"]},
                }
            }
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    operation["responses"] = responses
    operation["security"] = [{"key": []}]
    said = operation.get("description", "")
    operation["description"] = f"{said}\n\nPermissão da chave: `{operation['x-scope']}`.".strip()


def _response(status: int) -> dict[str, Any]:
    return {
        "description": str(problems.TITLES[status]),
        "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def wrapped(patterns: list[Any]) -> list[Any]:
    """Ninja's addresses, each behind the door."""
    for pattern in patterns:
        is_description = pattern.name in ("openapi-json", "openapi-view", "api-root")
        pattern.callback = (door.open_to_all if is_description else door.through)(pattern.callback)
    return patterns
