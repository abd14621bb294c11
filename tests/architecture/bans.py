"""What import-linter and ruff cannot see, found in the syntax tree: who writes, who runs raw SQL, who reads a clock.

The scanner judges names, not types: it knows a queryset by the calls that lead to it (`.objects`, `.filter`, …) and by
the variables that hold one. A dictionary is extended with `|=`, so that `.update(a=1)` can only be a queryset.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOMS = ("actions", "apps", "interfaces", "reports", "rules")
ROOMS_THAT_WRITE = ("apps",)
ROOMS_WITHOUT_HTTP = ("actions", "apps", "reports", "rules")

SQL_CLOCK = re.compile(
    r"\bnow\s*\(\s*\)"
    r"|\bcurrent_(?:date|time|timestamp)\b"
    r"|\blocaltime(?:stamp)?\b"
    r"|\b(?:clock|statement|transaction)_timestamp\s*\(",
    re.IGNORECASE,
)
MANAGERS = {"objects", "_default_manager", "_base_manager"}
QUERYSET_STEPS = {
    "all", "annotate", "distinct", "exclude", "filter", "in_units", "none", "only", "order_by", "reverse",
    "select_for_update", "select_related", "using",
}  # fmt: skip
ALWAYS_WRITES = {
    "bulk_create", "bulk_update", "get_or_create", "update_or_create", "save_base",
    "abulk_create", "abulk_update", "aget_or_create", "aupdate_or_create", "asave", "adelete", "acreate", "aupdate",
    "_raw_delete",
}  # fmt: skip
# Of kit.bulk.
BULK_WRITES = {"insert", "update", "copy_in"}
RAW_SQL = {"execute", "executemany", "executescript", "callproc", "raw", "extra", "copy_expert"}
HTTP_MODULES = (
    "django.http",
    "django.shortcuts",
    "django.template",
    "django.urls",
    "django.views",
    "django.forms",
)


@dataclass(frozen=True)
class Finding:
    """One ban broken, at a line of a file (path relative to the package, with slashes)."""

    ban: str
    path: str
    line: int
    code: str

    def __str__(self) -> str:
        return f"perene/{self.path}:{self.line}: {self.ban}: {self.code}"


def in_package(package: Path) -> list[Finding]:
    """Every finding in the rooms of the package, unforgiven."""
    found: list[Finding] = []
    for room in ROOMS:
        for path in sorted((package / room).rglob("*.py")):
            found += in_source(path.read_text(), path.relative_to(package).as_posix())
        for path in sorted((package / room).rglob("*.sql")):
            relative = path.relative_to(package).as_posix()
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                if SQL_CLOCK.search(line.split("--")[0]):
                    found.append(Finding("clock in SQL", relative, number, line.strip()))
    return found


def in_source(source: str, path: str) -> list[Finding]:
    """Every finding in one file; `path` is relative to the package and says which room it is in."""
    room = path.split("/")[0]
    tree = ast.parse(source)
    found = [*_auto_now(tree, path), *_clock_in_sql(tree, path)]
    if room not in ROOMS_THAT_WRITE:
        found += [*_writes(tree, path), *_raw_sql(tree, path)]
    if room in ROOMS_WITHOUT_HTTP and "/migrations/" not in path:
        found += _http(tree, path)
    return sorted(found, key=lambda finding: finding.line)


def _auto_now(tree: ast.Module, path: str) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
            yield Finding("auto_now", path, node.value.lineno, f"{node.arg}={ast.unparse(node.value)}")


def _clock_in_sql(tree: ast.Module, path: str) -> Iterator[Finding]:
    prose = {id(node) for node in _docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            for match in SQL_CLOCK.finditer(_without_comments(node.value)):
                line = node.lineno + node.value[: match.start()].count("\n")
                yield Finding("clock in SQL", path, line, match.group())


def _without_comments(sql: str) -> str:
    """The text with `-- …` blanked out, every other character where it was."""
    return re.sub(r"--[^\n]*", lambda comment: " " * len(comment.group()), sql)


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value  # a string that stands alone is never SQL


def _writes(tree: ast.Module, path: str) -> Iterator[Finding]:
    querysets = _names_of_querysets(tree)
    for call in _method_calls(tree):
        name, receiver = call.func.attr, call.func.value
        on_queryset = _is_queryset(receiver, querysets)
        only_keywords = bool(call.keywords) and not call.args
        if (
            name in ALWAYS_WRITES
            or name == "save"
            or (name == "delete" and (on_queryset or not (call.args or call.keywords)))
            or (name == "update" and (on_queryset or only_keywords))
            or (name == "create" and on_queryset)
            or (name in BULK_WRITES and isinstance(receiver, ast.Name) and receiver.id == "bulk")
        ):
            yield Finding("write", path, call.lineno, ast.unparse(call.func))


def _raw_sql(tree: ast.Module, path: str) -> Iterator[Finding]:
    for call in _method_calls(tree):
        name = call.func.attr
        copies = name == "copy" and bool(call.args) and _is_text(call.args[0])
        if name in RAW_SQL or copies:
            yield Finding("raw SQL", path, call.lineno, ast.unparse(call.func))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RawSQL":
            yield Finding("raw SQL", path, node.lineno, "RawSQL")


def _http(tree: ast.Module, path: str) -> Iterator[Finding]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if any(name == module or name.startswith(f"{module}.") for module in HTTP_MODULES):
                yield Finding("HTTP", path, node.lineno, name)  # type: ignore[attr-defined]
                break


class _MethodCall(ast.Call):
    func: ast.Attribute


def _method_calls(tree: ast.Module) -> Iterator[_MethodCall]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node  # type: ignore[misc]


def _names_of_querysets(tree: ast.Module) -> set[str]:
    """Variables of the file that hold a queryset somewhere; grows until a pass finds no more (x = Y.objects; z = x)."""
    names: set[str] = set()
    while True:
        before = len(names)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if _is_queryset(node.value, names):
                    names |= {target.id for target in targets if isinstance(target, ast.Name)}
        if len(names) == before:
            return names


def _is_queryset(node: ast.expr, names: set[str]) -> bool:
    """Whether the expression leads through a manager or a queryset's method, or names one."""
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Attribute):
        return node.attr in MANAGERS
    if isinstance(node, ast.Subscript):
        return _is_queryset(node.value, names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in QUERYSET_STEPS
    return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
