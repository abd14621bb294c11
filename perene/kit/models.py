"""Base of every tenant table: an id of ours, the organization, and keys that cannot cross to another organization."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models

from perene.kit import ids, tenancy


class Key(models.ForeignKey):  # type: ignore[type-arg]
    """A foreign key between tenant tables. `kit.walls` gives it its composite constraint (organization_id, x_id) in the
    database; Django's own single-column constraint, index and reverse accessor stay off (index where a query needs it)."""

    def __init__(self, to: Any, on_delete: Any = models.DO_NOTHING, **kwargs: Any) -> None:
        kwargs.setdefault("related_name", "+")
        kwargs.setdefault("db_constraint", False)
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)


def choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    """The words of a rule as the choices of a column."""
    return [(word.value, word.name.replace("_", " ").title()) for word in words]


def known(column: str, words: type[StrEnum]) -> models.Q:
    """The condition of a check: nothing but these words stands in the column."""
    return models.Q(**{f"{column}__in": [word.value for word in words]})


class TenantQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Nothing is added to the filter: PostgreSQL's policy is the wall. Units, the softer wall, are filtered here."""

    def in_units(self, unit_ids: frozenset[Any] | None) -> TenantQuerySet:
        """Rows of these units; None means the person may see the whole organization."""
        return self if unit_ids is None else self.filter(unit_id__in=unit_ids)


class TenantModel(models.Model):
    """Organization first; `id` is a UUIDv7 made in Python. The database's primary key is (organization_id, id)."""

    id: models.UUIDField[Any, UUID] = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    organization_id: models.BigIntegerField[Any, int] = models.BigIntegerField(
        default=tenancy.organization_id, editable=False
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class TenantLeaf(models.Model):
    """A row keyed by its parent and a number (invoice line, posting): no second index to pay for."""

    organization_id: models.BigIntegerField[Any, int] = models.BigIntegerField(
        default=tenancy.organization_id, editable=False
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True
