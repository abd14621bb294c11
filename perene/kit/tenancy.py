"""Who we are working for. PostgreSQL keeps the wall (row-level security); this module tells it which organization is inside.

The organization lives in a ContextVar and is announced at each outermost BEGIN (`kit.postgres`). A query outside a scope is an
error, never an empty list. Not thread-inherited: a new thread starts without a scope.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction


class ScopeError(RuntimeError):
    """A query or a change of scope where none is allowed. Always a bug of ours, never the person's doing."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`organization_id` None means unscoped: only tables without a policy show rows."""

    organization_id: int | None
    person_id: UUID | None = None
    reason: str = ""


_scope: ContextVar[Scope | None] = ContextVar("perene_scope", default=None)


def current() -> Scope:
    """The scope in force. Raises ScopeError when there is none."""
    scope = _scope.get()
    if scope is None:
        raise ScopeError(
            "No organization is set: wrap this in tenancy.organization(id), "
            "or in tenancy.unscoped('why') for what must be known before an organization is."
        )
    return scope


def present() -> Scope | None:
    """The scope in force, or None: for what only tells of it (logs)."""
    return _scope.get()


def organization_id() -> int:
    """The organization in force. Raises ScopeError when unscoped."""
    value = current().organization_id
    if value is None:
        raise ScopeError("This needs an organization, and the scope is unscoped.")
    return value


def person_id() -> UUID | None:
    """Who acts; None for the system itself (night, worker)."""
    return current().person_id


@contextmanager
def organization(organization_id: int, *, person_id: UUID | None = None) -> Iterator[None]:
    """Work for one organization, as a person or (None) as the system. Must be entered outside any transaction,
    because the database learns the organization at BEGIN."""
    with _entered(Scope(int(organization_id), person_id)):
        yield


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """Work before an organization is known (sign-in, migrations, the queue's own tables). `reason` is for the reader."""
    if not reason:
        raise ScopeError("unscoped() needs a reason.")
    with _entered(Scope(None, None, reason)):
        yield


@contextmanager
def _entered(scope: Scope) -> Iterator[None]:
    present = _scope.get()
    if connection.in_atomic_block and present != scope:
        raise ScopeError("The organization cannot change inside a transaction: it was announced at BEGIN.")
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def settings_at_begin() -> tuple[str, str]:
    """What `kit.postgres` announces at BEGIN: organization and person, as text, empty when there is none."""
    scope = _scope.get()
    if scope is None:
        return "", ""
    return (
        "" if scope.organization_id is None else str(scope.organization_id),
        "" if scope.person_id is None else str(scope.person_id),
    )


def guard(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Execute wrapper on every connection: refuses a query without a scope, and gives a lone query the
    transaction in which its organization is announced."""
    scope = current()
    if scope.organization_id is not None and not context["connection"].in_atomic_block:
        with transaction.atomic(using=context["connection"].alias):
            return execute(sql, params, many, context)
    return execute(sql, params, many, context)
