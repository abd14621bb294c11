"""Secrets at rest."""

from __future__ import annotations

import pytest

from perene.kit import crypto

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def keys(settings):  # type: ignore[no-untyped-def]
    def use(*given: str) -> None:
        settings.ENCRYPTION_KEYS = list(given)

    return use


def test_what_is_sealed_is_opened_and_reads_like_nothing(keys) -> None:  # type: ignore[no-untyped-def]
    keys(OLD)
    sealed = crypto.seal("whsec_segredo ç")
    assert crypto.open(sealed) == "whsec_segredo ç"
    assert "segredo" not in sealed
    assert sealed != crypto.seal("whsec_segredo ç")
    assert OLD not in sealed


def test_keys_are_changed_without_losing_what_the_old_one_sealed(keys) -> None:  # type: ignore[no-untyped-def]
    keys(OLD)
    sealed = crypto.seal("segredo")
    keys(NEW, OLD)
    assert crypto.open(sealed) == "segredo"
    assert crypto.seal("segredo").split(".")[1] != sealed.split(".")[1]
    keys(NEW)
    with pytest.raises(crypto.Unreadable, match="put it back in PERENE_ENCRYPTION_KEY"):
        crypto.open(sealed)


@pytest.mark.parametrize(
    "change", [lambda s: s[:-2] + ("A" if s[-2] != "A" else "B") + s[-1], lambda s: s[:20], lambda s: ""]
)
def test_what_was_changed_is_not_opened(keys, change) -> None:  # type: ignore[no-untyped-def]
    keys(OLD)
    with pytest.raises(crypto.Unreadable):
        crypto.open(change(crypto.seal("segredo")))


def test_digests_are_what_they_always_were(settings) -> None:  # type: ignore[no-untyped-def]
    settings.SECRET_KEY = "k" * 40
    assert crypto.digest("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    first = crypto.keyed_digest("a")
    settings.SECRET_KEY = "l" * 40
    assert len(first) == 64
    assert crypto.keyed_digest("a") != first
