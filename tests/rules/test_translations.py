"""Every sentence of the rules is told in Portuguese, with the same values in it."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages import pofile
from babel.messages.catalog import Catalog

RULES = Path(__file__).parents[2] / "perene" / "rules"
SENTENCE_AT = {"Refusal": 1, "Anomaly": 1, "Text": 0}


def sentences(source: str) -> set[str]:
    """The literal sentences given to Refusal, Anomaly and Text, and those named …_MESSAGE."""
    whole = ast.parse(source)
    calls = (node for node in ast.walk(whole) if isinstance(node, ast.Call))
    found = {
        node.value.value
        for node in whole.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and any(isinstance(name, ast.Name) and name.id.endswith("_MESSAGE") for name in node.targets)
    }
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in SENTENCE_AT:
            argument = call.args[SENTENCE_AT[call.func.id]]
            if isinstance(argument, ast.Constant):
                found.add(argument.value)
    return found


def places(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", sentence))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    with (RULES / "locale" / "pt_BR" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return pofile.read_po(file, locale="pt_BR", abort_invalid=True)


def test_the_reader_of_sentences_sees_them() -> None:
    source = 'Refusal("code", "No " "way.", x=1)\nText("Yes")\nother("text")\nHELD_MESSAGE = "Held."\nCODE = "held"'
    assert sentences(source) == {"No way.", "Yes", "Held."}


def test_no_sentence_is_missing_or_left_over(catalog: Catalog) -> None:
    said = set().union(*(sentences(path.read_text("utf-8")) for path in RULES.glob("*.py")))
    translated = {str(message.id) for message in catalog if message.id and message.string}
    assert said == translated


def test_translations_hold_the_same_values(catalog: Catalog) -> None:
    for message in catalog:
        if message.id:
            assert places(str(message.string)) == places(str(message.id)), message.id
