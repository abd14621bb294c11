"""What is told outside is listed, and what is listed is explained."""

import re
from pathlib import Path

from perene.apps.events import kinds

ROOT = Path(__file__).resolve().parents[3]
NAME = re.compile(
    r"""["']((?:charge|contract|credit|customer|invoice|receivable|run|settlement)\.[a-z_]+)["']"""
)
RECORDS = re.compile(r"outbox\.record(?:_many)?\((.*?)(?:subject_id|,\s*[a-z_.]+\s*,)", re.DOTALL)


def recorded() -> set[str]:
    """Kinds that the program writes."""
    found = set()
    for room in ("actions", "apps"):
        for path in (ROOT / "perene" / room).rglob("*.py"):
            for call in RECORDS.findall(path.read_text("utf-8")):
                found |= set(NAME.findall(call))
    return found


def test_every_kind_that_is_written_is_told() -> None:
    assert {"invoice.issued", "receivable.partly_settled", "contract.confirmed"} <= recorded()
    assert recorded() - set(kinds.KINDS) == set()


def test_every_kind_is_explained() -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
    explained = re.findall(r"^\| `([a-z._]+)` \|", page, re.MULTILINE)
    assert explained == [*sorted(kinds.KINDS), kinds.PING]
