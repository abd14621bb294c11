"""What the application's role may not do, whatever organization it is in."""

import psycopg
import pytest
from psycopg import errors

from tests.walls.neighbours import Two

# Statement and what PostgreSQL says to it.
REFUSED = {
    "SET session_replication_role = replica": "permission denied to set parameter",
    "SET LOCAL session_replication_role = replica": "permission denied to set parameter",
    "SET ROLE perene_owner": "permission denied to set role",
    "SET SESSION AUTHORIZATION perene_owner": "permission denied to set session authorization",
    "ALTER ROLE perene_app BYPASSRLS": "permission denied to alter role",
    "CREATE TABLE public.mine (id bigint)": "permission denied for schema public",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'": "permission denied for schema public",
    "CREATE VIEW public.mine AS SELECT 1": "permission denied for schema public",
    "CREATE SCHEMA mine": "permission denied for database",
    "ALTER TABLE ledger_posting DISABLE TRIGGER ALL": "must be owner of table",
    "ALTER TABLE ledger_posting DISABLE TRIGGER entry_is_balanced": "must be owner of table",
    "ALTER TABLE billing_invoice DISABLE ROW LEVEL SECURITY": "must be owner of table",
    "ALTER TABLE billing_invoice NO FORCE ROW LEVEL SECURITY": "must be owner of table",
    "DROP POLICY organization_wall ON billing_invoice": "must be owner of relation",
    "CREATE POLICY mine ON billing_invoice USING (true)": "must be owner of table",
    "DROP TRIGGER append_only ON ledger_entry": "must be owner of relation",
    "ALTER FUNCTION perene_load_billing(uuid, date) RESET ALL": "must be owner of function",
    "DROP TABLE organizations_auditentry": "must be owner of table",
    "TRUNCATE ledger_posting": "permission denied for table",
    "TRUNCATE customers_contact": "permission denied for table",
    "UPDATE ledger_posting SET amount_cents = 1": "permission denied for table",
    "DELETE FROM ledger_entry": "permission denied for table",
    "DELETE FROM customers_customer": "permission denied for table",
    "DELETE FROM contracts_contract": "permission denied for table",
    "UPDATE events_event SET kind = 'x'": "permission denied for table",
    "UPDATE catalog_planversion SET charge_day = 2": "permission denied for table",
    "DELETE FROM django_migrations": "permission denied for table",
    "INSERT INTO ledger_subtotal SELECT * FROM ledger_subtotal": "permission denied for table",
    "UPDATE ledger_subtotal SET debit_cents = 0": "permission denied for table",
    "INSERT INTO organizations_auditentry SELECT * FROM organizations_auditentry": "permission denied for table",
    "UPDATE organizations_auditentry SET person_id = NULL": "permission denied for table",
    "DELETE FROM organizations_auditentry": "permission denied for table",
    "SELECT perene_audit_write('catalog_plan', 'update', 1, NULL, NULL)": "permission denied for function",
    "SELECT perene_check_load_tables()": "permission denied for function",
}


@pytest.mark.parametrize("statement", REFUSED)
def test_it_is_refused(two: Two, statement: str) -> None:
    with two.inside_a() as inside, pytest.raises(errors.InsufficientPrivilege, match=REFUSED[statement]):
        inside.execute(statement)


@pytest.mark.parametrize(
    ("function", "referencing"),
    [
        (
            "perene_audit_insert",
            "AFTER INSERT ON forged REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT",
        ),
        ("perene_audit_update", "AFTER UPDATE ON forged FOR EACH ROW"),
        (
            "perene_audit_delete",
            "AFTER DELETE ON forged REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT",
        ),
        (
            "perene_check_balance",
            "AFTER INSERT ON forged REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT",
        ),
    ],
)
def test_a_trigger_with_the_owners_rights_is_not_hung_on_a_table_of_its_own(
    two: Two, function: str, referencing: str
) -> None:
    """Otherwise a temporary table named like ours would forge the trail, or subtotals of the books."""
    with two.inside_a() as inside:
        inside.execute("CREATE TEMP TABLE forged (organization_id bigint, id uuid) ON COMMIT DROP")
        with pytest.raises(errors.InsufficientPrivilege, match=f"permission denied for function {function}"):
            inside.execute(f"CREATE TRIGGER forge {referencing} EXECUTE FUNCTION {function}()")


def test_nothing_is_copied_into_a_walled_table(two: Two) -> None:
    with (
        two.inside_a() as inside,
        pytest.raises(errors.FeatureNotSupported, match="COPY FROM not supported with row-level"),
    ):
        inside.execute("COPY customers_contact FROM STDIN")


def test_a_table_of_its_own_does_not_stand_before_ours(two: Two) -> None:
    """Names are found in pg_temp last by the functions with the owner's rights: the audit still goes to the real trail."""
    before = _trail_length(two)
    with two.inside_a() as inside:
        inside.execute(
            "CREATE TEMP TABLE organizations_auditentry (LIKE public.organizations_auditentry) ON COMMIT DROP"
        )
        inside.execute("UPDATE public.organizations_unit SET name = name || ' 2'")
        captured = inside.execute("SELECT count(*) FROM pg_temp.organizations_auditentry").fetchone()
        written = inside.execute("SELECT count(*) FROM public.organizations_auditentry").fetchone()
        inside.rollback()
    assert captured == (0,)
    assert written == (before + 1,)


def _trail_length(two: Two) -> int:
    rows = two.everything("SELECT count(*) FROM organizations_auditentry WHERE organization_id = %s", [two.a])
    return int(rows[0][0])


def test_it_is_rights_that_are_missing(two: Two) -> None:
    """The list above would be worth nothing if a statement were misspelt: for the superuser none fails for want of a right, a
    table or a function. (Append-only traps it too; the check is about tables of a load.)"""
    failed = {}
    for statement in REFUSED:
        with two.database.admin() as admin:
            try:
                with admin.transaction(force_rollback=True):
                    admin.execute("SELECT set_config('perene.organization', %s, true)", [str(two.a)])
                    admin.execute(statement)
            except psycopg.Error as error:
                failed[statement] = str(error.sqlstate)
    assert [statement for statement, state in failed.items() if state.startswith("42")] == [
        "SELECT perene_check_load_tables()"
    ]
