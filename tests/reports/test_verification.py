"""`perene verify` is silent about a company of every shape, and names each violation there is, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from perene.apps.billing.models import Charge, Deferral, Invoice, Parked
from perene.kit import tenancy
from perene.kit.embedded_postgres import Server
from perene.reports import verification
from tests import ground
from tests.ground import Database
from tests.reports import (
    company,
    planted_books,
    planted_documents,
    planted_obligations,
    planted_rehearsals,
    planted_settlements,
)
from tests.reports.plants import PLANTS, Plant, Soil

TEMPLATE = "perene_company"
PLANTED_IN = (planted_obligations, planted_rehearsals, planted_documents, planted_books, planted_settlements)


@pytest.fixture(scope="module")
def organization(database_server: Server) -> int:
    """The company, once; its number in every copy."""
    with ground.fresh(database_server) as database:
        number = company.found()
        ground.save(database, template=TEMPLATE)
    return number


@pytest.fixture
def copy(database_server: Server, organization: int) -> Iterator[Database]:
    with ground.fresh(database_server, template=TEMPLATE) as database:
        yield database


@pytest.mark.capability("X1")
def test_a_company_of_every_shape_is_clean(copy: Database, organization: int) -> None:
    with tenancy.organization(organization):
        assert [str(violation) for violation in verification.verify()] == []
        # It is not clean for want of anything to look at.
        assert set(Invoice.objects.values_list("status", flat=True)) == {
            "open",
            "zero",
            "credit",
            "cancelled",
        }
        assert set(Charge.objects.values_list("status", flat=True)) == {
            "invoiced",
            "pending",
            "held",
            "cancelled",
        }
        assert set(Charge.objects.values_list("kind", "part")) == {
            ("recurring", 0),
            ("recurring", 1),
            ("credit", 0),
            ("credit", 1),
            ("by_hand", 0),
        }
        assert set(Deferral.objects.values_list("status", flat=True)) == {
            "waiting",
            "recognized",
            "cancelled",
        }
        assert [str(parked.contract.external_id) for parked in Parked.objects.filter(is_open=True)] == [
            "parked"
        ]
        silent = (
            "courtesy",
            "in review",
            "starts in May",
            "ahead from May",
            "activated in April",
            "draft",
            "parked",
            "sold late",
        )
        for name in silent:
            assert not Charge.objects.filter(contract_id=company.contract(name)).exists(), name


@pytest.mark.capability("X1")
@pytest.mark.parametrize("planted", PLANTS, ids=lambda planted: f"{planted.code}:{planted.name}")
def test_a_planted_violation_is_named(copy: Database, organization: int, planted: Plant) -> None:
    copy.expect_unbalanced_books("damage is what this test is about")
    with copy.admin() as connection:
        expected = planted.plant(Soil(connection, organization))
    with tenancy.organization(organization):
        found = verification.verify()
    assert {(violation.code, violation.subject) for violation in found} == expected
    assert planted.code in {code for code, _ in expected}
    assert all(violation.detail for violation in found)


def test_every_kind_of_violation_is_planted() -> None:
    assert PLANTED_IN
    assert {planted.code for planted in PLANTS} == _codes_in(Path(verification.__file__).parent)


def test_each_check_is_announced_before_it_begins(copy: Database, organization: int) -> None:
    heard: list[str] = []
    with tenancy.organization(organization):
        verification.verify(began=heard.append)
    assert heard == list(verification.CHECKS)


def _codes_in(package: Path) -> set[str]:
    """The codes that the package can name: the first argument of whatever makes a violation."""
    found = set()
    for path in package.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0]
            if name in ("Violation", "of_rows", "_violation") and isinstance(first, ast.Constant):
                found.add(first.value)
    return found
