"""How a test says “this is refused, with this code”."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from perene.rules.refusals import Refusal


@contextmanager
def refused(code: str, **params: object) -> Iterator[None]:
    """The block must raise a Refusal with this code, with at least these params, and a sentence that they fill."""
    with pytest.raises(Refusal) as caught:
        yield
    refusal = caught.value
    assert refusal.code == code
    assert {name: refusal.params[name] for name in params} == params
    assert "{" not in str(refusal)
