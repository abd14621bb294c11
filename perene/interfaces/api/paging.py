"""Lists come in pages, oldest first, each with the cursor of the next one. A page costs the same wherever it lies."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext
from pydantic import BaseModel, ConfigDict, Field

from perene.interfaces.api import problems
from perene.interfaces.api.problems import Problem
from perene.interfaces.api.values import Day, Shown

Row = TypeVar("Row")

LARGEST = 200


class Paging(BaseModel):
    """What every list takes; a list's own filters are added to it."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=LARGEST, description="Linhas por página.")] = 50
    cursor: Annotated[
        str | None, Field(max_length=200, description="O `next_cursor` da página anterior.")
    ] = None


class Span(BaseModel):
    """From a day to another, both included."""

    model_config = ConfigDict(extra="forbid")

    from_on: Day
    through_on: Day

    def check(self) -> None:
        """Raises Problem for one that ends before it begins."""
        if self.through_on < self.from_on:
            raise problems.bad_parameter("through_on", "span_malformed")


class Page(Shown, Generic[Row]):
    items: list[Row]
    next_cursor: Annotated[str | None, Field(description="Nulo na última página.")]


def page(
    query: QuerySet[Any], asked: Paging, show: Callable[[Any], Any], *, by: str = "id"
) -> dict[str, Any]:
    """The rows after the cursor, by id, or by another column that tells them apart."""
    return shown(after(query, asked, by=by), asked, show, by=by)


def after(query: QuerySet[Any], asked: Paging, *, by: str = "id") -> list[Any]:
    """Up to `limit` + 1 rows after the cursor, in order."""
    if asked.cursor is not None:
        query = query.filter(**{f"{by}__gt": _id(asked.cursor, of=query)})
    return list(query.order_by(by)[: asked.limit + 1])


def shown(rows: list[Any], asked: Paging, show: Callable[[Any], Any], *, by: str = "id") -> dict[str, Any]:
    """The page of `rows`, of which there is one more than fits where another page follows."""
    has_more = len(rows) > asked.limit
    kept = rows[: asked.limit]
    last = _cursor(getattr(kept[-1], by)) if has_more else None
    return {"items": [show(row) for row in kept], "next_cursor": last}


def _cursor(row_id: Any) -> str:
    return base64.urlsafe_b64encode(str(row_id).encode()).decode().rstrip("=")


def _id(cursor: str, *, of: QuerySet[Any]) -> Any:
    is_number = of.model._meta.pk.get_internal_type() in ("BigAutoField", "BigIntegerField")
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        value = int(text) if is_number and len(text) < 19 else UUID(text)
    except (binascii.Error, ValueError):
        detail = gettext("Give a cursor as it was answered.")
        raise Problem(
            422,
            "cursor_malformed",
            detail,
            errors=[{"parameter": "cursor", "code": "cursor_malformed", "detail": detail}],
        ) from None
    return value
