"""A unique constraint's no, said as a refusal: asking first whether a row exists would let two at once through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from perene.rules.refusals import Refusal


@contextmanager
def refused(constraint: str, refusal: Refusal) -> Iterator[None]:
    """Raise `refusal` when what is written inside breaks the constraint of that name; the transaction can go on."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) != constraint:
            raise
        raise refusal from None


@dataclass(slots=True)
class Asked:
    """Whether what was written inside `once` is there, or was there before."""

    is_first: bool = True


@contextmanager
def once(constraint: str) -> Iterator[Asked]:
    """For what may be said twice and is done once: where the constraint of that name says that it was done before, nothing of
    the block is written, `is_first` turns false, and the transaction can go on."""
    asked = Asked()
    try:
        with transaction.atomic():
            yield asked
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) != constraint:
            raise
        asked.is_first = False
