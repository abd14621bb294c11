"""Which rows of the capability list are shown working, and by which tests: read from the marks, written to docs/capabilities.md.

    python -m tests.capability_report

A test carries `@pytest.mark.capability("G14")`; a module or a parameter may carry the mark too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
REPORT = ROOT / "docs" / "capabilities.md"
ID = re.compile(r"(?P<chapter>[A-Z])(?P<number>[1-9]\d*)")

CHAPTERS = {
    "G": "Plans and items",
    "I": "Contracts of an internet provider",
    "D": "Subscriptions between CRM and finance",
    "B": "Recurring card sold by service order",
    "M": "Collections over a mirrored ERP",
    "X": "Beyond the rows",
}

HEAD = """# Capabilities

Which rows of the capability list are shown working, and by which tests. Generated from the tests' marks
(`@pytest.mark.capability`) by `python -m tests.capability_report`; a test compares this file with the marks.
"""


class Mark(NamedTuple):
    """`test` is a test's name, or "" for a whole module. `ids` holds None for an argument that is no plain text."""

    path: Path
    line: int
    test: str
    ids: tuple[str | None, ...]


def marks_of(source: str, path: Path) -> Iterator[Mark]:
    """Every mark in the source of a test module, with the test that carries it."""
    for node, test in _with_their_test(ast.parse(source)):
        is_mark = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "capability"
        )
        if is_mark:
            ids = tuple(
                argument.value
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                else None
                for argument in node.args
            )
            yield Mark(path, node.lineno, test, ids)


def _with_their_test(tree: ast.AST, test: str = "") -> Iterator[tuple[ast.AST, str]]:
    for node in ast.iter_child_nodes(tree):
        is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        inside = node.name if is_test else test
        yield node, inside
        yield from _with_their_test(node, inside)


def marks(folder: Path = TESTS) -> list[Mark]:
    """Every mark of every test module, in the order of the files."""
    found: list[Mark] = []
    for path in sorted(folder.rglob("test_*.py")):
        found += marks_of(path.read_text("utf-8"), path)
    return found


def report(found: list[Mark]) -> str:
    """The text of docs/capabilities.md."""
    tests: dict[str, dict[Path, set[str]]] = {}
    for mark in found:
        for capability in mark.ids:
            if capability is not None:
                tests.setdefault(capability, {}).setdefault(mark.path, set()).add(mark.test)
    chapters: dict[str, list[str]] = {}
    for capability in sorted(tests, key=_order):
        chapters.setdefault(capability[:1], []).append(_row(capability, tests[capability]))
    text = HEAD
    for chapter in sorted(
        chapters, key=lambda letter: list(CHAPTERS).index(letter) if letter in CHAPTERS else 99
    ):
        text += f"\n## {chapter}. {CHAPTERS.get(chapter, 'Others')}\n\n| row | shown by |\n|---|---|\n"
        text += "".join(chapters[chapter])
    return text


def _order(capability: str) -> tuple[str, int]:
    match = ID.fullmatch(capability)
    return (match["chapter"], int(match["number"])) if match else (capability, 0)


def _row(capability: str, by_path: dict[Path, set[str]]) -> str:
    cells = []
    for path in sorted(by_path):
        name = path.relative_to(ROOT).as_posix()
        told = ", ".join(
            test.removeprefix("test_").replace("_", " ") for test in sorted(by_path[path]) if test
        )
        cells.append(f"[{name}](../{name}): {told or 'the whole module'}")
    return f"| {capability} | {'<br>'.join(cells)} |\n"


def main() -> None:
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report(marks()), "utf-8")


if __name__ == "__main__":
    main()
