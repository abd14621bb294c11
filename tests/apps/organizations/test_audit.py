"""The audit trail: who changed what, when, old and new, on every configuration row, written by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from psycopg import errors

from perene.apps.contracts.models import BillingTerms
from perene.apps.customers.models import Contact
from perene.apps.ledger.models import Account
from perene.apps.organizations import organizations
from perene.apps.organizations.models import AuditEntry, Membership, Organization, Unit
from perene.kit import tenancy
from tests import factories, ground
from tests.architecture import walls
from tests.ground import Database

# Tables that carry no configuration, with what they carry. Everything else must have the three triggers.
NOT_CONFIGURATION = {
    "billing_batch": "the work of a run",
    "billing_charge": "facts, with their derivation",
    "billing_deferral": "facts",
    "billing_invoice": "facts; what happens to one is an event",
    "billing_invoiceline": "facts",
    "billing_parked": "the work of a run",
    "billing_rehearsed": "the work of a run; a decision on it says itself who made it",
    "billing_run": "says itself who started it, when and why",
    "events_alert": "says itself who resolved it",
    "events_delivery": "facts",
    "events_deliveryattempt": "facts",
    "events_event": "the history itself",
    "inbox_idempotencykey": "what a caller was answered",
    "ledger_entry": "the books: only ever appended",
    "ledger_posting": "the books: only ever appended",
    "ledger_subtotal": "sums of the books",
    "organizations_auditentry": "the trail itself",
    "organizations_dailystep": "the work of a day",
    "organizations_invitationunit": "part of an invitation, which is audited and never changes its units",
    "organizations_numbersequence": "a counter",
    "receivables_credit": "facts",
    "receivables_creditrefund": "facts; say themselves who and when",
    "receivables_duedatechange": "facts; say themselves who and when",
    "receivables_receivable": "facts",
    "receivables_settlement": "facts; say themselves who and when, also of their reversal",
}


@pytest.fixture
def organization(database: Database) -> int:
    return factories.organization(sandbox_on=date(2026, 3, 10))


@pytest.fixture
def person_id(organization: int) -> UUID:
    with tenancy.organization(organization):
        return Membership.objects.get().person_id


@pytest.fixture
def inside(organization: int, person_id: UUID) -> Iterator[None]:
    """Inside the organization, as its owner."""
    with tenancy.organization(organization, person_id=person_id):
        yield


def trail(table: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(table=table).order_by("id"))


def test_a_new_row_is_written_down_with_who_and_when(
    inside: None, organization: int, person_id: UUID
) -> None:
    began = datetime.now(UTC)
    unit = organizations.add_unit(name="Filial Norte", code="NORTE")
    first, added = trail("organizations_unit")
    assert first.new["code"] == "MATRIZ" and first.person_id is None  # founding is the system's doing
    assert (added.action, added.row_id, added.person_id) == ("insert", str(unit.id), person_id)
    assert added.old is None
    assert added.new == {
        "id": str(unit.id),
        "organization_id": organization,
        "name": "Filial Norte",
        "code": "NORTE",
    }
    # Both clocks: the real instant, and the date on which this sandbox lives.
    assert timedelta(0) <= added.at - began < timedelta(minutes=1)
    assert added.on == date(2026, 3, 10)


def test_a_change_keeps_old_and_new(inside: None, person_id: UUID) -> None:
    Account.objects.filter(code="3.1.1.02").update(name="Receita de instalação")
    changed = trail("ledger_account")[-1]
    assert (changed.action, changed.person_id) == ("update", person_id)
    assert changed.row_id == str(Account.objects.get(code="3.1.1.02").id)
    assert changed.old is not None and changed.new is not None
    assert {
        name: (changed.old[name], changed.new[name])
        for name in changed.new
        if changed.old[name] != changed.new[name]
    } == {"name": ("Receita de adesão", "Receita de instalação")}


def test_a_deletion_keeps_the_whole_row(inside: None, person_id: UUID) -> None:
    factories.customer(email="ana@example.com")
    contact = Contact.objects.get()
    Contact.objects.filter(id=contact.id).delete()
    deleted = trail("customers_contact")[-1]
    assert (deleted.action, deleted.row_id, deleted.person_id) == ("delete", str(contact.id), person_id)
    assert deleted.old is not None and deleted.old["value"] == "ana@example.com"
    assert deleted.new is None


def test_a_change_of_the_organization_itself_is_written_down(inside: None, organization: int) -> None:
    Organization.objects.filter(id=organization).update(lead_days=5)
    (changed,) = trail("organizations_organization")
    assert (changed.action, changed.row_id) == ("update", str(organization))
    assert changed.old is not None and changed.new is not None
    assert (changed.old["lead_days"], changed.new["lead_days"]) == (0, 5)


def test_saying_the_same_again_is_no_change(inside: None) -> None:
    before = AuditEntry.objects.count()
    unit = Unit.objects.get()
    unit.save()
    assert AuditEntry.objects.count() == before


def test_what_is_rolled_back_was_never_done(inside: None) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        organizations.add_unit(name="Filial Sul", code="SUL")
        raise ZeroDivisionError
    assert (AuditEntry.objects.count(), Unit.objects.count()) == (before, 1)


def test_many_rows_at_once_leave_a_line_each(inside: None) -> None:
    Unit.objects.bulk_create(Unit(name=f"Filial {n}", code=f"F{n}") for n in range(50))
    Unit.objects.update(name="Filial")
    actions = [entry.action for entry in trail("organizations_unit")]
    assert (actions.count("insert"), actions.count("update")) == (51, 51)


def test_plain_sql_is_written_down_too(database: Database, organization: int) -> None:
    with database.app(organization=organization) as plain:
        plain.execute("UPDATE organizations_unit SET name = 'Sede'")
    with tenancy.organization(organization):
        changed = trail("organizations_unit")[-1]
    assert (changed.action, changed.person_id) == ("update", None)
    assert changed.new is not None and changed.new["name"] == "Sede"


def test_a_run_that_moves_the_cursors_leaves_no_line(inside: None) -> None:
    fiber = factories.plan("FIBRA", ("Internet 500", 9_990))
    on = date(2026, 3, 10)
    contract_id = factories.contract(fiber, due_day=10, on=on)
    before = AuditEntry.objects.count()
    cursor_before = BillingTerms.objects.get(contract_id=contract_id).next_cycle
    factories.run(date(2026, 4, 1))
    assert BillingTerms.objects.get(contract_id=contract_id).next_cycle == cursor_before + 1
    assert AuditEntry.objects.count() == before


def test_a_changed_due_day_of_the_same_row_leaves_one(inside: None) -> None:
    fiber = factories.plan("FIBRA", ("Internet 500", 9_990))
    contract_id = factories.contract(fiber, due_day=10, on=date(2026, 3, 10))
    BillingTerms.objects.filter(contract_id=contract_id).update(due_day=15)
    made, changed = trail("contracts_billingterms")
    assert (made.action, changed.action, changed.row_id) == ("insert", "update", str(contract_id))
    assert changed.old is not None and changed.new is not None
    assert (changed.old["due_day"], changed.new["due_day"]) == (10, 15)


@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_the_trail_itself_is_only_ever_appended(database: Database, organization: int, role: str) -> None:
    with database.everything() as reader:
        before = reader.execute("SELECT * FROM organizations_auditentry ORDER BY id").fetchall()
    for change in (
        "UPDATE organizations_auditentry SET person_id = NULL, new = NULL",
        "DELETE FROM organizations_auditentry",
        "TRUNCATE organizations_auditentry",
    ):
        connection_ = database.owner() if role == "owner" else database.admin()
        with connection_, connection_.transaction(force_rollback=True):
            connection_.execute("SET LOCAL session_replication_role = replica")
            ground.enter(connection_, organization)
            with pytest.raises(errors.IntegrityConstraintViolation, match="its rows are only ever appended"):
                connection_.execute(change)
    with database.everything() as reader:
        assert reader.execute("SELECT * FROM organizations_auditentry ORDER BY id").fetchall() == before
    assert len(before) > 5


def test_every_configuration_table_is_audited(module_database: Database) -> None:
    with module_database.everything() as reader:
        triggers: dict[str, set[str]] = {}
        rows: list[tuple[Any, ...]] = reader.execute(
            "SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger WHERE tgname LIKE 'audit_%' AND tgenabled <> 'D'"
        ).fetchall()
        for table, name in rows:
            triggers.setdefault(table, set()).add(name)
        tenants = set(walls.tenant_tables(reader))
    audited = {
        table
        for table, names in triggers.items()
        if names >= {"audit_insert", "audit_update", "audit_delete"}
    }
    assert audited == tenants - set(NOT_CONFIGURATION)
    assert set(NOT_CONFIGURATION) <= tenants
    # An organization is founded by the system, before anybody is in it, and never deleted.
    assert triggers["organizations_organization"] == {"audit_update"}


def test_the_trail_of_another_organization_is_not_seen(inside: None, organization: int) -> None:
    neighbour = factories.organization("Vizinho")
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT organization_id FROM organizations_auditentry")
        assert cursor.fetchall() == [(organization,)]
    with tenancy.organization(neighbour):
        assert {entry.organization_id for entry in AuditEntry.objects.all()} == {neighbour}
