"""Every sentence that a person may read, and the Portuguese that is loaded for it."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages import extract, pofile
from babel.messages.catalog import Catalog
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "perene"

# Calls whose argument is a sentence: name → positions of the message (and of its plural).
SENTENCES = {
    "Refusal": (1,),
    "Text": (0,),
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (1,),
    "pgettext_lazy": (1,),
}
PLACE = re.compile(r"{(\w+)[^}]*}|%\((\w+)\)[sd]")


def python_sentences(source: str) -> Iterator[tuple[int, str | None]]:
    """(line, sentence) of each; None for one that is put together before it is translated (an f-string, +, %, format)."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for name, text in constants.items():
        if name.endswith("_MESSAGE"):  # handed on to a sentence in another place
            yield 0, text
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for position in SENTENCES.get(name, ()):
            if position >= len(node.args):
                continue
            argument = node.args[position]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield node.lineno, argument.value
            elif isinstance(argument, ast.Name) and argument.id in constants:
                yield node.lineno, constants[argument.id]
            elif isinstance(argument, ast.JoinedStr | ast.BinOp | ast.Call):
                yield node.lineno, None


def template_sentences(source: str) -> Iterator[tuple[int, str]]:
    """(line, sentence) of each {% translate %} and {% blocktranslate %}."""
    # Its lines are read as Python, where a template's indentation would mean something.
    lines = [line.strip() for line in templatize(source).splitlines()]
    code = io.BytesIO("\n".join(lines).encode())
    for line, message, _, _ in extract.extract("python", code, keywords=extract.DEFAULT_KEYWORDS):
        for sentence in (message,) if isinstance(message, str) else message:
            if sentence:
                yield line, sentence


def said() -> dict[str | None, str]:
    """Each sentence of the package and one place where it stands; None for those that are put together too early."""
    found: dict[str | None, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for line, sentence in python_sentences(path.read_text("utf-8")):
            found.setdefault(sentence, f"{path.relative_to(ROOT)}:{line}")
    for path in sorted(PACKAGE.rglob("templates/**/*.*")):
        for line, sentence in template_sentences(path.read_text("utf-8")):
            found.setdefault(sentence, f"{path.relative_to(ROOT)}:{line}")
    return found


def literals() -> set[str]:
    """Every piece of text in the package's Python and templates: what a catalog may translate."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        found |= {
            node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    return found | {sentence for sentence in said() if sentence is not None}


def catalogs() -> dict[Path, Catalog]:
    """Our Portuguese, by file."""
    found = {}
    for path in sorted(PACKAGE.rglob("locale/pt_BR/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            found[path] = pofile.read_po(file, locale="pt_BR", abort_invalid=True)
    return found


def loaded_folders() -> set[Path]:
    """Where Django looks for catalogs of ours."""
    folders = {Path(folder) for folder in settings.LOCALE_PATHS}
    folders |= {Path(config.path) / "locale" for config in apps.get_app_configs()}
    return {folder for folder in folders if folder.is_relative_to(PACKAGE)}


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """A message's forms: one, or singular and plural."""
    return (text,) if isinstance(text, str) else tuple(text)


def translated(found: Iterable[Catalog]) -> set[str]:
    """Sentences with a finished translation."""
    return {
        form
        for catalog in found
        for message in catalog
        if message.id and not message.fuzzy and all(forms(message.string))
        for form in forms(message.id)
    }


def places(text: str) -> set[str]:
    """The names of the values in a sentence."""
    return {one or other for one, other in PLACE.findall(text)}
