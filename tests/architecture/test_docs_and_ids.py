"""Docs that are true, and capability ids that exist."""

import os
import re
from pathlib import Path

import pytest

from perene.interfaces.cli import main as cli
from tests import capability_report
from tests.architecture import docs

SHARED = Path(os.environ.get("PERENE_SHARED") or docs.ROOT.parent / "shared")
LIST = SHARED / "spec" / "capabilities.md"

# ------------------------------------------------------------- capability ids


def test_every_mark_names_rows() -> None:
    wrong = [
        f"{mark.path.name}:{mark.line}"
        for mark in capability_report.marks()
        if not mark.ids or not all(each and capability_report.ID.fullmatch(each) for each in mark.ids)
    ]
    assert wrong == []


def test_every_row_named_by_a_mark_exists() -> None:
    if not LIST.exists():
        if os.environ.get("PERENE_CI") == "1":
            pytest.fail(f"the capability list is not at {LIST}: set PERENE_SHARED")
        pytest.skip(f"the capability list is not at {LIST}: set PERENE_SHARED")
    rows = set(re.findall(r"^\| ([A-Z]\d+) \|", LIST.read_text("utf-8"), re.MULTILINE))
    assert len(rows) > 200
    named = {each for mark in capability_report.marks() for each in mark.ids}
    assert named - rows == set()


def test_the_page_of_capabilities_is_up_to_date() -> None:
    written = capability_report.REPORT.read_text("utf-8")
    expected = capability_report.report(capability_report.marks())
    assert written == expected, "write it anew: python -m tests.capability_report"


PLANTED = """
import pytest
pytestmark = pytest.mark.capability("G1")

@pytest.mark.capability("G14", "G2")
def test_a_notice_leaves(): ...

@pytest.mark.parametrize("kind", [pytest.param(1, marks=pytest.mark.capability("G3")), 2])
def test_kinds(kind): ...

@pytest.mark.capability(NAME)
def test_computed(): ...
"""


def test_marks_are_read_with_the_test_that_carries_them() -> None:
    found = list(capability_report.marks_of(PLANTED, capability_report.TESTS / "test_planted.py"))
    assert [(mark.test, mark.ids) for mark in found] == [
        ("", ("G1",)),
        ("test_a_notice_leaves", ("G14", "G2")),
        ("test_kinds", ("G3",)),
        ("test_computed", (None,)),
    ]
    rows = capability_report.report(found).splitlines()[-4:]
    assert rows == [
        "| G1 | [tests/test_planted.py](../tests/test_planted.py): the whole module |",
        "| G2 | [tests/test_planted.py](../tests/test_planted.py): a notice leaves |",
        "| G3 | [tests/test_planted.py](../tests/test_planted.py): kinds |",
        "| G14 | [tests/test_planted.py](../tests/test_planted.py): a notice leaves |",
    ]


# ------------------------------------------------------------- docs

each_page = pytest.mark.parametrize(
    "page", docs.pages(), ids=lambda page: page.relative_to(docs.ROOT).as_posix()
)


def test_there_is_a_readme() -> None:
    assert docs.ROOT / "README.md" in docs.pages()


@each_page
def test_commands_in_the_docs_exist(page: Path) -> None:
    parser = cli.parser()
    wrong = [(line, docs.wrong_command(line, parser)) for line in docs.commands(page.read_text("utf-8"))]
    assert [each for each in wrong if each[1]] == []


@each_page
def test_links_in_the_docs_lead_somewhere(page: Path) -> None:
    assert docs.broken_links(page.read_text("utf-8"), page) == []


@each_page
def test_files_and_variables_in_the_docs_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    assert (docs.missing_paths(text), docs.unknown_variables(text)) == ([], [])


def test_pages_that_the_code_sends_to_exist() -> None:
    named = docs.documents_named_in_code()
    assert {name: where for name, where in named.items() if not (docs.ROOT / name).exists()} == {}


# ------------------------------------------------------------- the checks find what they are for

PAGE = """
# A page

Run `python3 dev.py demo`, or `perene bill --organization 1`; `perene.kit` is a module.
See [below](#a-heading), [nowhere](nowhere.md), [no heading](#none), [outside](https://example.com).

```sh
$ python3 dev.py up --port 9000   # web and worker
PERENE_DATA=/tmp/x perene clock \\
    --organization 1 --days 3
python3 dev.py fly
perene bill --wings 2
python3 dev.py test --system
```

## A heading

`perene/kit/tenancy.py` and `perene/kit/tenancies.py`; set `DATABASE_URL`, not `DATABASE_ULR`.
"""


def test_commands_are_read_from_blocks_and_spans() -> None:
    assert docs.commands(PAGE) == [
        "up --port 9000",
        "clock      --organization 1 --days 3",
        "fly",
        "bill --wings 2",
        "test --system",
        "demo",
        "bill --organization 1",
    ]


def test_a_command_or_option_that_is_not_there_is_found() -> None:
    parser = cli.parser()
    assert [docs.wrong_command(line, parser) for line in docs.commands(PAGE)] == [
        None,
        None,
        "perene has no command fly",
        "perene bill has no option --wings",
        None,
        None,
        None,
    ]


def test_a_link_a_file_or_a_variable_that_is_not_there_is_found() -> None:
    page = docs.ROOT / "README.md"
    links = docs.broken_links(PAGE.replace("#a-heading", "docs/capabilities.md"), page)
    assert links[0] == "nowhere.md"
    assert docs.missing_paths(PAGE) == ["perene/kit/tenancies.py"]
    assert docs.unknown_variables(PAGE) == ["DATABASE_ULR"]
    assert docs.headings(PAGE) == {"a-page", "a-heading"}
