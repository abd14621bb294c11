"""An auditor may see everything and change nothing: every address that takes a POST says no, and nothing is different after."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from perene.interfaces.backoffice import urls
from tests.architecture import walls
from tests.ground import Database
from tests.interfaces.backoffice import staff
from tests.interfaces.backoffice.staff import Staff

# Their own way in, and where they look: nobody else's business, and no data of the organization.
THEIR_OWN = {
    "choose_place", "myself", "my_password", "second_factor", "second_factor_off", "session_end", "sessions_end",
}  # fmt: skip
# Signing in and out themselves.
ALWAYS_CHANGING = {"organizations_session", "organizations_throttle"}


@pytest.fixture(scope="module")
def here(module_database: Database) -> Staff:
    return staff.build()


def addresses() -> dict[str, str]:
    """Every address that takes a POST, with ids that could be anybody's."""
    found = {}
    for pattern in urls.urlpatterns:
        view = pattern.callback
        if "POST" in getattr(view, "methods", ()) and pattern.name not in THEIR_OWN:
            values = {name: uuid.uuid4() if type(converter).__name__ == "UUIDConverter" else 1
                      for name, converter in pattern.pattern.converters.items()}  # fmt: skip
            found[pattern.name] = reverse(f"backoffice:{pattern.name}", kwargs=values)
    return found


def content(database: Database) -> dict[str, str]:
    with database.everything() as connection:
        return {
            table: str(connection.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t").fetchone())
            for table in (model._meta.db_table for model in walls.our_models())
            if table not in ALWAYS_CHANGING
        }  # fmt: skip


def test_the_walk_knows_acts_of_every_part() -> None:
    assert {"person_invite", "settings", "run_start", "parked_retry", "clock_move"} <= addresses().keys()


def test_an_auditor_changes_nothing(here: Staff, module_database: Database) -> None:
    auditor = staff.signed_in(staff.AUDITOR)
    before = content(module_database)
    said = {
        name: auditor.post(path, {"name": "x", "word": "x"}).status_code for name, path in addresses().items()
    }
    assert {name: status for name, status in said.items() if status != 403} == {}
    assert content(module_database) == before


def test_and_the_walk_would_see_a_change(here: Staff, module_database: Database) -> None:
    owner = staff.signed_in(staff.OWNER)
    before = content(module_database)
    assert owner.post("/configuracoes/unidades", {"name": "Nova", "code": "NOVA"}).status_code == 302
    after = content(module_database)
    assert {table for table in before if before[table] != after[table]} == {
        "organizations_unit", "organizations_auditentry",
    }  # fmt: skip
