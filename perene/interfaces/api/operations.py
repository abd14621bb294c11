"""How an operation says what it is: its permission, what it answers, and whether it may be asked twice.

    subject = Subject("Clientes")

    @subject.reads("/customers/{uuid:customer_id}", scope="customers.read", answer=CustomerShown)
    def get_customer(request, customer_id: UUID): ...

The function's name is the operation's id, for good. Annotations are evaluated: no `from __future__ import annotations` here.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_args
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext
from ninja import Router
from pydantic import TypeAdapter

from perene.interfaces.api import once, problems
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.problems import Problem

Function = Callable[..., Any]


class Subject:
    """The operations about one thing; `tag` is its Portuguese name in the documentation."""

    def __init__(self, tag: str) -> None:
        self.router = Router(tags=[tag])

    def reads(
        self, path: str, *, scope: str, answer: Any, summary: str, binary: str = ""
    ) -> Callable[[Function], Function]:
        """GET, in one transaction: everything answered is of one moment. `binary`: a content type other than JSON."""

        def decorate(function: Function) -> Function:
            show = _shower(answer, 200)

            @functools.wraps(function)
            def done(request: ApiRequest, **given: Any) -> HttpResponse:
                with transaction.atomic():
                    return show(function(request, **given))

            return self._add(
                "GET", path, done, scope=scope, answer=answer, status=200, summary=summary, binary=binary
            )

        return decorate

    def acts(
        self,
        path: str,
        *,
        scope: str,
        answer: Any,
        summary: str,
        status: int = 200,
        method: str = "POST",
        is_repeatable: bool = False,
    ) -> Callable[[Function], Function]:
        """Something is done, by an action that is a transaction of its own. `is_repeatable`: when nobody knows whether it
        was done, it may be done again, because then it comes to the same."""

        def decorate(function: Function) -> Function:
            show = _shower(answer, status)

            @functools.wraps(function)
            def done(request: ApiRequest, **given: Any) -> HttpResponse:
                def do() -> HttpResponse:
                    return show(function(request, **given))

                return once.answered(request, do, is_repeatable=is_repeatable) if method == "POST" else do()

            return self._add(method, path, done, scope=scope, answer=answer, status=status, summary=summary)

        return decorate

    def _add(
        self,
        method: str,
        path: str,
        done: Function,
        *,
        scope: str,
        answer: Any,
        status: int,
        summary: str,
        binary: str = "",
    ) -> Function:
        content = {"content": {binary: {"schema": {"type": "string", "format": "binary"}}}} if binary else {}
        self.router.add_api_operation(
            path,
            [method],
            done,
            auth=_door_of(scope, _parameters(done)),
            response={status: answer},
            operation_id=done.__name__,
            summary=summary,
            openapi_extra={"x-scope": scope} | ({"responses": {200: content}} if binary else {}),
        )
        return done


def one(query: Any, row_id: UUID) -> Any:
    """The row that an address names; 404 for one that is not there or not for this key."""
    found = query.filter(id=row_id).first()
    if found is None:
        raise problems.not_found()
    return found


def named(query: Any, row_id: UUID | None, field: str) -> Any:
    """The row that a field names, None for none; 422 for one that is not there or not for this key."""
    if row_id is None:
        return None
    found = query.filter(id=row_id).first()
    if found is None:
        raise problems.not_there(field)
    return found


def _door_of(scope: str, parameters: frozenset[str]) -> Callable[[ApiRequest], bool]:
    """Asked before anything that was sent is looked at. A parameter that nobody reads may be a misspelt filter: without it
    the list would be another one."""

    def check(request: ApiRequest) -> bool:
        if scope and not request.caller.may(scope):
            raise Problem(
                403,
                "scope_missing",
                gettext("This key does not have “{scope}”.").format(scope=scope),
                scope=scope,
            )
        for name in request.GET:
            if name not in parameters:
                raise problems.unknown_parameter(name)
        return True

    return check


def _parameters(function: Function) -> frozenset[str]:
    """What the function reads from the address after the question mark."""
    found = [each for each in inspect.signature(function).parameters.values() if each.name == "asked"]
    return frozenset(name for each in found for name in get_args(each.annotation)[0].model_fields)


def _shower(answer: Any, status: int) -> Callable[[Any], HttpResponse]:
    if answer is None:
        return lambda result: HttpResponse(status=status) if result is None else result
    adapter = TypeAdapter(answer)

    def show(result: Any) -> HttpResponse:
        if isinstance(result, HttpResponse):
            return result
        return HttpResponse(
            adapter.dump_json(adapter.validate_python(result)), status=status, content_type="application/json"
        )

    return show
