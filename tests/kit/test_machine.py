"""What the program needs of its machine before it starts."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest

from perene.kit import fitness
from perene.kit.fitness import Unfit


def test_this_machine_will_do() -> None:
    fitness.check_machine()


@pytest.mark.parametrize("key", ["a" * 50, "abab" * 20, "12345" * 10])
def test_a_key_that_is_no_secret(settings: object, key: str) -> None:
    settings.SECRET_KEY = key  # type: ignore[attr-defined]
    with pytest.raises(Unfit, match="PERENE_SECRET_KEY is no secret") as unfit:
        fitness.check_machine()
    assert unfit.value.reason == "key"


def test_an_encryption_key_that_is_no_secret(settings: object) -> None:
    settings.ENCRYPTION_KEYS = ["x" * 40, "the one of the secret key"]  # type: ignore[attr-defined]
    with pytest.raises(Unfit, match=r"PERENE_ENCRYPTION_KEY \(1\) is no secret"):
        fitness.check_machine()


def test_a_machine_without_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(fitness, "ZoneInfo", none)
    with pytest.raises(Unfit, match="install the package tzdata"):
        fitness.check_machine()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    fitness.check_writable(tmp_path / "made" / "with parents", variable="PERENE_DATA")
    assert list((tmp_path / "made" / "with parents").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(Unfit, match="set PERENE_DATA to another"):
        fitness.check_writable(tmp_path / "file" / "below", variable="PERENE_DATA")
