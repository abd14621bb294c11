"""A sentence in the reader's words, now or out of a row."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from perene.kit import texts
from perene.rules.refusals import Refusal, Text

VALUES = {
    "name": "Ana",
    "number": 1234,
    "amount_cents": 1_234_56,
    "on": date(2026, 3, 9),
    "at": datetime(2026, 3, 9, 14, 5, tzinfo=UTC),
    "percent": Decimal("2.50"),
    "is_sure": True,
    "nothing": None,
    "way": Text("Card"),
    "why": Refusal("name_missing", "Type a name."),
}
SHOWN = {
    "name": "Ana",
    "number": "1234",
    "amount_cents": "R$\u00a01.234,56",
    "on": "09/03/2026",
    "at": "09/03/2026 14:05",
    "percent": "2,5",
    "is_sure": "sim",
    "nothing": "None",
    "way": "Cartão",
    "why": "Digite um nome.",
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_shown_as_a_brazilian_reads_it_now_and_out_of_a_row(name: str) -> None:
    kept = json.loads(json.dumps(texts.stored(VALUES)))
    # Read from a row and kept in another one.
    again = json.loads(json.dumps(texts.stored(kept)))
    with translation.override("pt-br"):
        for value in (VALUES[name], kept[name], again[name]):
            assert texts.render(Text(f"{{{name}}}", {name: value})) == SHOWN[name]


def test_what_json_has_no_word_for_is_kept_as_text() -> None:
    assert texts.stored({"x": {1: 2}, "y": b"z"}) == {"x": {1: 2}, "y": "b'z'"}
