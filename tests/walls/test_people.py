"""Organizations and people: the two tables whose wall compares something else, and what answers before an organization is."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from perene.apps.organizations import passwords
from perene.kit import tenancy
from tests import factories
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


def test_nobody_is_changed_or_deleted_but_by_name(two: Two) -> None:
    """Not ours either: an e-mail, and whether a person exists for all their organizations, is not one organization's."""
    before = two.content("organizations_person")
    with two.inside_a() as inside:
        changed = inside.execute(
            "UPDATE organizations_person SET name = 'x' WHERE id = ANY(%s)", [people_of(two, two.b)]
        )
        assert changed.rowcount == 0
    for statement in (
        "UPDATE organizations_person SET email = 'x@example.com'",
        "UPDATE organizations_person SET is_active = false",
        "UPDATE organizations_person SET id = uuidv7()",
        "DELETE FROM organizations_person",
        "INSERT INTO organizations_person (id, email, name, is_active)"
        " VALUES (uuidv7(), 'ninguem@example.com', 'Ninguém', true)",
    ):
        with two.inside_a() as inside, pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            inside.execute(statement)
    assert two.content("organizations_person") == before


def an_owner_of(two: Two, organization: int) -> tuple[UUID, str]:
    query = (
        "SELECT p.id, p.email FROM organizations_person p JOIN organizations_membership m ON m.person_id = p.id"
        " WHERE m.organization_id = %s AND m.role = 'owner'"
    )
    found: tuple[UUID, str] = two.everything(query, [organization])[0]  # type: ignore[assignment]
    return found


def test_no_membership_is_made_for_somebody_of_theirs(two: Two) -> None:
    """Whose row could then be read, as a member's of ours: by INSERT, by moving a membership of ours, by the functions."""
    theirs, their_email = an_owner_of(two, two.b)
    before = two.content("organizations_membership")
    with two.inside_a() as inside, pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        inside.execute(
            "INSERT INTO organizations_membership (id, organization_id, person_id, role, all_units, is_active)"
            " VALUES (uuidv7(), %s, %s, 'auditor', true, true)",
            [two.a, theirs],
        )
    with two.inside_a() as inside, pytest.raises(errors.InsufficientPrivilege, match="stays with its person"):
        inside.execute("UPDATE organizations_membership SET person_id = %s", [theirs])
    with (
        two.inside_a() as inside,
        pytest.raises(errors.UniqueViolation, match="organizations_person_email_key"),
    ):
        inside.execute(
            "SELECT perene_join_new(uuidv7(), uuidv7(), %s, 'Ladrão', 'argon2$x', 'owner', true)",
            [their_email],
        )
    with two.inside_a() as inside, pytest.raises(errors.UniqueViolation, match="organizations_person_pkey"):
        inside.execute(
            "SELECT perene_join_new(%s, uuidv7(), 'l@example.com', 'Ladrão', 'argon2$x', 'owner', true)",
            [theirs],
        )
    with two.inside_a() as inside:
        guessed = "argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
        for proof in (guessed, "", "!", None):
            joined = inside.execute(
                "SELECT perene_join_known(%s, uuidv7(), %s, 'auditor', true)", [theirs, proof]
            ).fetchone()
            assert joined == (False,)
        seen = inside.execute("SELECT count(*) FROM organizations_person WHERE id = %s", [theirs]).fetchone()
        assert seen == (0,)
    assert two.content("organizations_membership") == before


def test_nothing_is_joined_outside_an_organization(two: Two) -> None:
    before = two.content("organizations_membership"), two.content("organizations_person")
    with (
        two.database.app() as outside,
        pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
    ):
        outside.execute(
            "SELECT perene_join_new(uuidv7(), uuidv7(), 'ninguem@example.com', 'Ninguém', 'argon2$x', 'owner', true)"
        )
    assert (two.content("organizations_membership"), two.content("organizations_person")) == before


@pytest.mark.parametrize("of_theirs", [True, False], ids=["theirs", "ours"])
def test_nobodys_password_or_second_factor_is_read_or_changed(two: Two, of_theirs: bool) -> None:
    person, email = an_owner_of(two, two.b if of_theirs else two.a)
    before = two.content("organizations_credential")
    for statement in (
        "SELECT password FROM organizations_credential",
        "UPDATE organizations_credential SET password = 'x'",
        "INSERT INTO organizations_credential (person_id, password) VALUES (uuidv7(), 'x')",
        "DELETE FROM organizations_credential",
        "SELECT perene_password_link_of_operator('x', 'x', '2099-01-01', true)",
        "SELECT perene_audit_access(uuidv7(), 'x')",
    ):
        with two.inside_a() as inside, pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            inside.execute(statement)
    with two.inside_a() as inside:
        (head,) = inside.execute("SELECT perene_password_head(%s)", [person]).fetchone() or ("",)
        hashed = two.everything(
            "SELECT password FROM organizations_credential WHERE person_id = %s", [person]
        )
        assert hashed[0][0].rpartition("$")[0] == head
        for proof in (head, head + "$", head + "$AAAA", None):
            for question, parameters in (
                ("SELECT perene_password_matches(%s, %s)", [person, proof]),
                ("SELECT perene_password_change(%s, %s, 'argon2$new')", [person, proof]),
                ("SELECT perene_second_factor_set(%s, %s, NULL, 0, '{}')", [person, proof]),
            ):
                assert inside.execute(question, parameters).fetchone() == (False,)
        links = (
            "SELECT perene_password_by_link(%s, 'argon2$new', '2026-01-01')",
            "SELECT count(*) FROM perene_password_link_of(%s)",
        )
        assert [inside.execute(link, [email]).fetchone() for link in links] == [(False,), (0,)]
    assert two.content("organizations_credential") == before


def test_no_link_is_made_for_somebody_of_theirs(two: Two) -> None:
    person, _email = an_owner_of(two, two.b)
    before = two.content("organizations_credential")
    with two.inside_a() as inside:
        made = inside.execute(
            "SELECT perene_password_link(%s, 'digest', '2099-01-01', true)", [person]
        ).fetchone()
        assert made == (False,)
    with two.database.app() as outside:
        made = outside.execute(
            "SELECT perene_password_link(%s, 'digest', '2099-01-01', true)", [person]
        ).fetchone()
        assert made == (False,)
    assert two.content("organizations_credential") == before


def test_the_hash_is_compared_where_it_lies(two: Two) -> None:
    """What the refusals above would be worth if nothing were ever let in: the right password is."""
    person, _email = an_owner_of(two, two.a)
    with tenancy.organization(two.a):
        assert passwords.matches(person, passwords.proof(person, factories.PASSWORD))
        assert not passwords.matches(person, passwords.proof(person, factories.PASSWORD + "x"))
        assert passwords.proof(None, "whatever") is None


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
