"""The walls between organizations, compared with the database's own catalog."""

from collections.abc import Callable, Iterator

import pytest
from django.db import models
from django.test.utils import isolate_apps

from perene.apps.ledger.models import Account
from perene.apps.organizations.models import Unit
from perene.kit import models as kit
from perene.kit import unwalled
from perene.kit.walls import CURRENT_ORGANIZATION
from tests.architecture import walls
from tests.architecture.walls import Connection
from tests.ground import Database

CHECKS = [
    walls.policies,
    walls.lists,
    walls.keys,
    walls.model_keys,
    walls.privileges,
    walls.elevated_functions,
]


@pytest.fixture
def owner(module_database: Database) -> Iterator[Connection]:
    """The owner, in a transaction that leaves nothing behind."""
    connection = module_database.owner()
    with connection.transaction(force_rollback=True):
        yield connection
    connection.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_wall_stands(owner: Connection, check: Callable[[Connection], list[str]]) -> None:
    assert check(owner) == []


def test_the_checks_see_every_table_of_every_app(owner: Connection) -> None:
    tables = {model._meta.db_table for model in walls.our_models()}
    tenants = set(walls.tenant_tables(owner))
    assert {"billing_invoice", "billing_invoiceline", "ledger_posting", "organizations_unit"} <= tenants
    ours_without_wall = {name for name in unwalled.TABLES if name.startswith("organizations_")}
    assert tables == tenants | set(unwalled.OTHER_WALLS) | ours_without_wall


def test_every_exception_says_why() -> None:
    reasons = [*unwalled.TABLES.values(), *unwalled.OTHER_WALLS.values(), *unwalled.LOOKED_UP.values()]
    reasons += unwalled.KEPT.values()
    reasons += [reason for _, reason in unwalled.ELEVATED.values()]
    assert [reason for reason in reasons if len(reason.split()) < 3] == []


def test_the_application_only_reads_which_migrations_ran(owner: Connection) -> None:
    may = owner.execute(
        "SELECT privilege_type FROM pg_class, aclexplode(relacl)"
        " WHERE relname = 'django_migrations' AND grantee = 'perene_app'::regrole"
    ).fetchall()
    assert may == [("SELECT",)]


# ------------------------------------------------------------- the checks find what they are for

NO_POLICY = "rogue: its policy must be organization_wall alone, USING and WITH CHECK on organization_id"
NOT_FORCED = "rogue: row-level security is not enabled and forced"
WALLED = f"""
    ALTER TABLE rogue ENABLE ROW LEVEL SECURITY; ALTER TABLE rogue FORCE ROW LEVEL SECURITY;
    CREATE POLICY organization_wall ON rogue USING (organization_id = {CURRENT_ORGANIZATION})
        WITH CHECK (organization_id = {CURRENT_ORGANIZATION});
"""


def make(owner: Connection, columns: str, *, then: str = "") -> None:
    owner.execute(f"CREATE TABLE rogue ({columns}); {then}")


def test_a_table_without_policy_is_found(owner: Connection) -> None:
    make(owner, "organization_id bigint, id uuid")
    assert walls.policies(owner) == [NOT_FORCED, NO_POLICY]


def test_a_policy_that_is_not_forced_on_the_owner_is_found(owner: Connection) -> None:
    make(
        owner,
        "organization_id bigint, id uuid",
        then=WALLED + "ALTER TABLE rogue NO FORCE ROW LEVEL SECURITY",
    )
    assert walls.policies(owner) == [NOT_FORCED]


def test_a_policy_that_lets_anything_be_written_is_found(owner: Connection) -> None:
    make(owner, "organization_id bigint, id uuid", then=WALLED)
    assert walls.policies(owner) == []
    owner.execute("ALTER POLICY organization_wall ON rogue WITH CHECK (true)")
    assert walls.policies(owner) == [NO_POLICY]


def test_a_second_policy_beside_the_wall_is_found(owner: Connection) -> None:
    owner.execute("CREATE POLICY reports ON billing_invoice FOR SELECT USING (true)")
    owner.execute(
        "CREATE POLICY owner_looks_up ON customers_customer FOR SELECT TO perene_owner USING (true)"
    )
    assert walls.policies(owner) == [
        "billing_invoice: its policy must be organization_wall alone, USING and WITH CHECK on organization_id",
        "customers_customer: a policy for the owner that unwalled.LOOKED_UP does not have",
    ]


def test_a_table_that_knows_no_organization_is_found(owner: Connection) -> None:
    make(owner, "id uuid")
    assert walls.policies(owner) == [
        NOT_FORCED,
        "rogue has no organization_id and stands in no list of perene/kit/unwalled.py",
    ]


def test_a_key_that_could_cross_is_found(owner: Connection) -> None:
    make(
        owner,
        """organization_id bigint REFERENCES organizations_organization, id uuid, account_id uuid,
           PRIMARY KEY (organization_id, id)""",
    )
    assert walls.keys(owner) == []
    owner.execute("ALTER TABLE ledger_account ADD CONSTRAINT loose UNIQUE (id)")
    owner.execute(
        "ALTER TABLE rogue ADD CONSTRAINT rogue_account FOREIGN KEY (account_id) REFERENCES ledger_account (id)"
    )
    assert walls.keys(owner) == [
        "rogue: key rogue_account must be (organization_id, x) → (organization_id, id) of ledger_account"
    ]


def test_a_key_with_its_columns_crossed_is_found(owner: Connection) -> None:
    make(
        owner,
        """organization_id bigint REFERENCES organizations_organization, id uuid, account_id uuid, other bigint,
           PRIMARY KEY (organization_id, id)""",
        then="""ALTER TABLE rogue ADD CONSTRAINT rogue_account FOREIGN KEY (other, account_id)
                REFERENCES ledger_account (organization_id, id)""",
    )
    assert walls.keys(owner) == [
        "rogue: key rogue_account must be (organization_id, x) → (organization_id, id) of ledger_account"
    ]


def test_an_identity_of_its_own_and_a_missing_root_are_found(owner: Connection) -> None:
    make(owner, "organization_id bigint, id uuid PRIMARY KEY")
    assert walls.keys(owner) == [
        "rogue: its primary key must be (organization_id, id), or (parent, number) on a leaf",
        "rogue: organization_id is no key to the organization",
    ]


@isolate_apps("perene.apps.organizations")
def test_a_relation_that_points_up_or_leaves_an_accessor_is_found(owner: Connection) -> None:
    class Rogue(kit.TenantModel):
        unit = models.ForeignKey(Unit, models.DO_NOTHING)
        account = kit.Key(Account)

        class Meta:
            app_label = "organizations"

    assert walls.model_keys(owner, [Rogue]) == [
        "organizations.Rogue.unit is no foreign key in the database",
        "organizations.Rogue.unit leaves an accessor on organizations.Unit: related_name must end with +",
        "organizations.Rogue.account is no foreign key in the database",
        "organizations.Rogue.account points up or aside, from organizations to ledger",
    ]


def test_rights_that_the_application_must_not_have_are_found(owner: Connection) -> None:
    owner.execute(
        "GRANT TRUNCATE ON customers_contact TO perene_app; GRANT SELECT ON billing_invoice TO PUBLIC"
    )
    owner.execute("CREATE VIEW everything AS SELECT * FROM billing_invoice")
    assert walls.privileges(owner) == [
        "PUBLIC may SELECT billing_invoice",
        "perene_app may TRUNCATE customers_contact",
        "v everything: views read with their owner's rights",
    ]


def test_objects_of_the_application_are_found(module_database: Database) -> None:
    with module_database.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute("ALTER TABLE customers_contact OWNER TO perene_app")
        (found,) = [each for each in walls.privileges(admin) if "owns" in each]
    assert found.startswith("the application owns pg_class ")


def test_functions_with_the_owners_rights_are_found(owner: Connection) -> None:
    owner.execute("CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'")
    owner.execute("GRANT EXECUTE ON FUNCTION perene_audit_insert() TO perene_app")
    assert walls.elevated_functions(owner) == [
        "peek(): search_path must be set, with pg_temp last",
        "peek(): EXECUTE is not revoked from PUBLIC",
        "peek(): differs from unwalled.ELEVATED",
        "perene_audit_insert(): differs from unwalled.ELEVATED",
    ]
