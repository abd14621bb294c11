"""What is missing or wrong stops the start with one sentence that says what to set."""

from __future__ import annotations

import pytest

from perene.kit import roles
from tests.ground import Database
from tests.interfaces.cli.conftest import Said, said_by, start

KEY = "0123456789" * 5
NOWHERE = "postgresql://perene_app@/nothing?host=/nowhere"


@pytest.mark.parametrize(
    ("environment", "without", "sentence"),
    [
        ({"DATABASE_URL": NOWHERE}, ("PERENE_SECRET_KEY",), "Set PERENE_SECRET_KEY in the environment."),
        (
            {"DATABASE_URL": NOWHERE, "PERENE_SECRET_KEY": "short"},
            (),
            "Set PERENE_SECRET_KEY to at least 32 random characters.",
        ),
        (
            {"DATABASE_URL": "mysql://root@localhost/perene"},
            (),
            "Set DATABASE_URL to postgresql://user:password@host:5432/database; what is there is not of that form.",
        ),
        (
            {"DATABASE_URL": NOWHERE, "PERENE_HTTPS": "maybe"},
            (),
            "Set PERENE_HTTPS to 1 or 0; it is 'maybe'.",
        ),
        (
            {"DATABASE_OWNER_URL": NOWHERE},
            ("DATABASE_URL",),
            "Set DATABASE_URL too: DATABASE_OWNER_URL alone is only enough to own the tables.",
        ),
    ],
)
def test_a_bad_environment_is_one_sentence(
    environment: dict[str, str], without: tuple[str, ...], sentence: str
) -> None:
    said = said_by(start("organizations", without=without, **({"PERENE_SECRET_KEY": KEY} | environment)))
    assert said == Said(2, "", sentence + "\n")


def test_a_database_that_does_not_answer() -> None:
    said = said_by(start("organizations", DATABASE_URL=NOWHERE, PERENE_SECRET_KEY=KEY))
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith("The database does not answer (")
    assert said.err.endswith("): check DATABASE_URL and that the server runs.\n")


def test_migrate_wants_the_owner() -> None:
    said = said_by(
        start("migrate", without=("DATABASE_OWNER_URL",), DATABASE_URL=NOWHERE, PERENE_SECRET_KEY=KEY)
    )
    assert said == Said(
        2, "", "Set DATABASE_OWNER_URL to the address of the database as perene_owner, who owns the tables.\n"
    )


@pytest.mark.parametrize(
    ("role", "trouble"),
    [
        (roles.ADMIN, "is a superuser"),
        (roles.BACKUP, "bypasses row-level security"),
        (roles.OWNER, "owns tables"),
    ],
)
def test_a_role_that_no_wall_holds_is_refused(database: Database, role: str, trouble: str) -> None:
    said = said_by(start("organizations", DATABASE_URL=database.dsn(role)))
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        f"The role {role} of DATABASE_URL {trouble}, so the walls between organizations would not hold: use perene_app "
        "there (`perene roles --sql` prints how to make it) and the owner only in DATABASE_OWNER_URL.\n"
    )


def test_a_database_that_is_behind_is_told_to_migrate(database: Database) -> None:
    with database.owner() as owner:
        owner.execute("DELETE FROM django_migrations WHERE (app, name) = ('billing', '0008_known_words')")
    said = said_by(start("organizations"))
    assert said == Said(
        2, "", "The database lacks 1 of the migrations of this version of Perene: run `perene migrate`.\n"
    )


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.owner() as owner:
        owner.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '9999_future', now())"
        )
    said = said_by(start("organizations"))
    assert said == Said(
        2,
        "",
        "The database was migrated by a newer version of Perene (billing.9999_future): install that version.\n",
    )


def test_migrating_a_database_that_is_up_to_date_changes_nothing(database: Database) -> None:
    with database.everything() as reader:
        before = reader.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
        assert said_by(start("migrate")) == Said(0, "", "")
        assert reader.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall() == before


def test_roles_are_printed_for_the_dba() -> None:
    said = said_by(
        start("roles", "--sql", "--database", "cobranca", without=("DATABASE_URL", "PERENE_SECRET_KEY"))
    )
    assert said == Said(0, "\n".join(roles.roles_sql("cobranca")) + "\n", "")
    assert "CREATE ROLE perene_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;" in said.out
    assert '\\connect "cobranca"' in said.out


def test_roles_refuse_a_name_that_is_no_database() -> None:
    said = said_by(start("roles", "--sql", "--database", "x; DROP TABLE y"))
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "A database name is lower-case letters, digits and _, at most 63: 'x; DROP TABLE y'\n"
    )
