"""Organizations and people: the two tables whose wall compares something else, and what answers before an organization is."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from tests.walls.neighbours import Two


def people_of(two: Two, organization: int) -> list[UUID]:
    query = "SELECT person_id FROM organizations_membership WHERE organization_id = %s ORDER BY 1"
    return [row[0] for row in two.everything(query, [organization])]


def test_we_see_our_people_and_no_others(two: Two) -> None:
    with two.inside_a() as inside:
        seen = [row[0] for row in inside.execute("SELECT id FROM organizations_person ORDER BY id")]
    assert seen == people_of(two, two.a)
    assert len(seen) == 2
    assert not set(seen) & set(people_of(two, two.b))


def test_their_people_are_not_changed_or_deleted(two: Two) -> None:
    before = two.content("organizations_person")
    with two.inside_a() as inside:
        changed = inside.execute(
            "UPDATE organizations_person SET password = 'x' WHERE id = ANY(%s)", [people_of(two, two.b)]
        )
        assert changed.rowcount == 0
    with two.inside_a() as inside, pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        inside.execute("DELETE FROM organizations_person")
    assert two.content("organizations_person") == before


def test_nobody_is_written_outside_an_organization(two: Two) -> None:
    with (
        two.database.app() as outside,
        pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
    ):
        outside.execute(
            "INSERT INTO organizations_person (id, email, name, password, is_active)"
            " VALUES (uuidv7(), 'ninguem@example.com', 'Ninguém', '', true)"
        )
    assert two.everything(
        "SELECT count(*) FROM organizations_person WHERE email = 'ninguem@example.com'"
    ) == [(0,)]


def test_we_see_our_organization_alone_and_cannot_become_another(two: Two) -> None:
    before = two.content("organizations_organization")
    with two.inside_a() as inside:
        assert inside.execute("SELECT id, name FROM organizations_organization").fetchall() == [
            (two.a, "Provedor A")
        ]
        theirs = inside.execute("UPDATE organizations_organization SET name = 'x' WHERE id = %s", [two.b])
        assert theirs.rowcount == 0
    for statement in (
        "UPDATE organizations_organization SET id = %s",
        "INSERT INTO organizations_organization SELECT * FROM jsonb_populate_record(NULL::organizations_organization,"
        " (SELECT to_jsonb(o) FROM organizations_organization o) || jsonb_build_object('id', %s + 1000))",
    ):
        with (
            two.inside_a() as inside,
            pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
        ):
            inside.execute(statement, [two.b])
    with two.inside_a() as inside, pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        inside.execute("DELETE FROM organizations_organization")
    assert two.content("organizations_organization") == before


def test_what_is_asked_before_an_organization_answers_ids_alone(two: Two) -> None:
    (email,) = two.everything(
        "SELECT p.email FROM organizations_person p JOIN organizations_membership m ON m.person_id = p.id"
        " WHERE m.organization_id = %s AND m.role = 'owner'",
        [two.b],
    )[0]
    with two.database.app() as outside:
        answers: list[list[tuple[Any, ...]]] = [
            outside.execute(question, parameters).fetchall()
            for question, parameters in (
                ("SELECT * FROM perene_organizations_at_work()", []),
                ("SELECT * FROM perene_sign_in(%s)", [email]),
                ("SELECT * FROM perene_sign_in('ninguem@example.com')", []),
                ("SELECT * FROM perene_organizations_of(perene_person_id(%s))", [email]),
            )
        ]
    owner = next(person for person in people_of(two, two.b) if person == answers[1][0][0])
    assert answers == [[(two.a,), (two.b,)], [(owner, two.b)], [], [(two.b,)]]


def test_statistics_of_walled_tables_tell_nothing(two: Two) -> None:
    with two.database.owner() as owner:
        owner.execute("ANALYZE customers_customer")
    with two.database.admin() as admin:
        kept = admin.execute(
            "SELECT count(*) FROM pg_stats WHERE tablename = 'customers_customer'"
        ).fetchone()
    with two.inside_a() as inside:
        shown = inside.execute(
            "SELECT count(*) FROM pg_stats WHERE tablename = 'customers_customer'"
        ).fetchone()
    assert kept is not None and kept[0] > 10
    assert shown == (0,)


def test_a_failing_comparison_does_not_print_their_rows(two: Two) -> None:
    """An operator that may fail is not evaluated on rows behind the wall, or its error message would show them."""
    with two.inside_a() as inside, pytest.raises(psycopg.DataError) as caught:
        inside.execute("SELECT FROM customers_customer WHERE name::int = 1")
    assert "Ana 0" in str(caught.value)
    with two.inside_a() as inside:
        rows = inside.execute(
            "SELECT FROM customers_customer WHERE name = 'Ana 1' AND (name || 'x')::int = 1"
        ).fetchall()
    assert rows == []
