"""A unique constraint's no, said as a refusal: asking first whether a row exists would let two at once through."""

from collections.abc import Iterator
from contextlib import contextmanager

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
