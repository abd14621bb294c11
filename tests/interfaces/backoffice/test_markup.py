"""What the content security policy and the screen reader ask of every template, and the Portuguese of every sentence."""

import io
import re
from pathlib import Path

import pytest
from babel.messages import pofile
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from perene.interfaces import backoffice

HOME = Path(backoffice.__file__).parent
TEMPLATES = sorted(HOME.glob("templates/**/*.html"))
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "Refusal": (2,),
}

FORBIDDEN = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "style element": re.compile(r"<style\b"),
    "handler attribute": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)"),
    "javascript address": re.compile(r"javascript:"),
    "eval in htmx": re.compile(r"\bhx-on\b|hx-vals\s*=\s*[\"']js:"),
    "foreign host": re.compile(r"(?:src|href)=[\"']https?://"),
}


def offences(markup: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(markup)]


@pytest.mark.parametrize(
    ("markup", "name"),
    [
        ('<p style="color:red">', "style attribute"),
        ("<style>p{}</style>", "style element"),
        ('<a onclick="x()">', "handler attribute"),
        ("<script>x()</script>", "inline script"),
        ('<a href="javascript:x()">', "javascript address"),
        ('<p hx-on:click="x()">', "eval in htmx"),
        ('<img src="https://example.org/x.png">', "foreign host"),
    ],
)
def test_the_search_finds_what_it_forbids(markup: str, name: str) -> None:
    assert name in offences(markup)


def test_no_template_needs_an_exception_from_the_policy() -> None:
    assert len(TEMPLATES) > 15
    found = {str(path.relative_to(HOME)): offences(path.read_text()) for path in TEMPLATES}
    assert {path: names for path, names in found.items() if names} == {}


def said() -> set[tuple[str | None, str]]:
    """Every (context, msgid) that the area's Python and templates ask to translate."""
    asked = set()
    for path in [*HOME.rglob("*.py"), *TEMPLATES]:
        text = path.read_text()
        source = text
        if (
            path.suffix == ".html"
        ):  # its lines are read as Python, where a template's indentation would mean something
            source = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(source.encode()), keywords=KEYWORDS
        ):
            asked.add((context, message[0] if isinstance(message, tuple) else message))
    return asked


def test_every_sentence_has_its_portuguese() -> None:
    with (HOME / "locale/pt_BR/LC_MESSAGES/django.po").open("rb") as file:
        catalog = pofile.read_po(file, locale="pt_BR")
    asked = said()
    assert len(asked) > 90
    translated = {
        (message.context, message.id[0] if isinstance(message.id, tuple) else message.id)
        for message in catalog
        if message.id and (all(message.string) if isinstance(message.string, tuple) else message.string)
    }
    assert asked - translated == set()
    assert translated - asked == set()


def test_translations_keep_the_places_for_values() -> None:
    with (HOME / "locale/pt_BR/LC_MESSAGES/django.po").open("rb") as file:
        catalog = pofile.read_po(file, locale="pt_BR")
    places = re.compile(r"%\(\w+\)s|\{\w+\}|</?b>")
    broken = [
        message.id
        for message in catalog
        if isinstance(message.id, str)
        and sorted(places.findall(message.id)) != sorted(places.findall(str(message.string)))
    ]
    assert broken == []
