"""Work is enqueued by name: each name must be a task's."""

import ast
from pathlib import Path

import pytest

from perene.kit import queue

PACKAGE = Path(queue.__file__).resolve().parents[1]


def names_in(source: str) -> list[str]:
    """The first argument of every `queue.enqueue(…)`; "?" where it is not a plain text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "enqueue"
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "queue"
        ):
            first = node.args[0] if node.args else None
            found.append(first.value if isinstance(first, ast.Constant) else "?")
    return found


def test_every_enqueued_name_is_a_task() -> None:
    app = queue.app()
    app.perform_import_paths()
    enqueued = {name for path in PACKAGE.rglob("*.py") for name in names_in(path.read_text())}
    assert {"day", "move_clock", "work_run"} <= enqueued <= set(app.tasks)


def test_the_scan_sees_a_wrong_name() -> None:
    assert names_in("queue.enqueue('dya', on='x')\nqueue.enqueue(name)") == ["dya", "?"]


def test_an_unknown_name_is_an_error_at_once() -> None:
    with pytest.raises(KeyError):
        queue.enqueue("dya", organization_id=1)
