"""What a wall is, asked of the database's own catalog and of the models. Each check answers a list of sentences, empty when
all is well."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.db import models

from perene.kit import roles, unwalled

ROOT = Path(__file__).resolve().parents[2]
Connection = psycopg.Connection[Any]

INSIDE = (
    "( SELECT (NULLIF(current_setting('perene.organization'::text, true), ''::text))::bigint AS \"nullif\")"
)
WALL = f"(organization_id = {INSIDE})"

TABLES = """
SELECT c.relname::text, c.relrowsecurity, c.relforcerowsecurity,
       EXISTS (SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped)
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f') ORDER BY 1
"""
POLICIES = """
SELECT c.relname::text, p.polname::text, p.polcmd::text, p.polpermissive, p.polroles::regrole[]::text[],
       pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid ORDER BY 1, 2
"""
KEYS = """
SELECT k.conrelid::regclass::text, k.conname::text, k.contype::text, nullif(k.confrelid, 0)::regclass::text,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
               JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i)
  FROM pg_constraint k WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('p', 'f') ORDER BY 1, 2
"""
ELEVATED = """
SELECT f.oid::regprocedure::text, f.proowner::regrole::text, coalesce(f.proconfig, '{}'),
       f.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(f.proacl) g WHERE g.grantee = 0),
       has_function_privilege('perene_app', f.oid, 'EXECUTE')
  FROM pg_proc f WHERE f.prosecdef AND f.pronamespace = 'public'::regnamespace ORDER BY 1
"""
OWNED_BY_APP = """
SELECT d.classid::regclass::text || ' ' || d.objid FROM pg_shdepend d
 WHERE d.deptype = 'o' AND d.refclassid = 'pg_authid'::regclass AND d.refobjid = 'perene_app'::regrole
"""
# The application reads and writes rows: TRUNCATE, REFERENCES, TRIGGER and MAINTAIN are not its business.
FORBIDDEN_GRANTS = """
SELECT c.relname::text, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE 'perene_app' END, g.privilege_type
  FROM pg_class c, aclexplode(c.relacl) g
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND (g.grantee = 0 OR g.grantee = 'perene_app'::regrole
        AND g.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))
 ORDER BY 1, 3
"""

GRANTS_OF = """
SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE 'perene_app' END, g.privilege_type
  FROM pg_class c, aclexplode(c.relacl) g
 WHERE c.oid = %s::regclass AND (g.grantee = 0 OR g.grantee = 'perene_app'::regrole) ORDER BY 1, 2
"""


def tenant_tables(connection: Connection) -> list[str]:
    """Tables with a column organization_id."""
    return [name for name, _, _, is_tenant in connection.execute(TABLES) if is_tenant]


def policies(connection: Connection) -> list[str]:
    """Row security on, forced, one policy for reading and writing, and no second one that would widen it."""
    found = []
    of_table: dict[str, list[Any]] = {}
    for table, *policy in connection.execute(POLICIES):
        of_table.setdefault(table, []).append(policy)
    for table, is_enabled, is_forced, is_tenant in connection.execute(TABLES):
        if table in unwalled.TABLES:
            if is_tenant or table in of_table:
                found.append(f"{table} stands in unwalled.TABLES and looks like a tenant table")
            continue
        if not (is_enabled and is_forced):
            found.append(f"{table}: row-level security is not enabled and forced")
        if not is_tenant and table not in unwalled.OTHER_WALLS:
            found.append(f"{table} has no organization_id and stands in no list of perene/kit/unwalled.py")
        if is_tenant:
            found += _wall_of(table, of_table.get(table, []))
        found += _look_ups_of(table, of_table.get(table, []))
    return found


def _wall_of(table: str, policies: list[Any]) -> list[str]:
    everybody = [policy for policy in policies if policy[3] != [roles.OWNER]]
    if everybody != [["organization_wall", "*", True, ["-"], WALL, WALL]]:
        return [
            f"{table}: its policy must be organization_wall alone, USING and WITH CHECK on organization_id"
        ]
    return []


def _look_ups_of(table: str, policies: list[Any]) -> list[str]:
    """The owner's own policies: reading only, and only where listed."""
    owners = [policy for policy in policies if policy[3] == [roles.OWNER]]
    expected = (
        [["owner_looks_up", "r", True, [roles.OWNER], "true", None]] if table in unwalled.LOOKED_UP else []
    )
    if table in unwalled.KEPT:
        expected = [["owner_keeps", "*", True, [roles.OWNER], "true", "true"]]
    return (
        []
        if owners == expected
        else [f"{table}: a policy for the owner that unwalled.LOOKED_UP does not have"]
    )


def lists(connection: Connection) -> list[str]:
    """The lists name nothing that is not there."""
    tables = {name for name, *_ in connection.execute(TABLES)}
    listed = set(unwalled.TABLES) | set(unwalled.OTHER_WALLS) | set(unwalled.LOOKED_UP)
    return [
        f"{table} stands in perene/kit/unwalled.py and does not exist" for table in sorted(listed - tables)
    ]


def keys(connection: Connection) -> list[str]:
    """Identity within the organization, and keys that cannot cross to another one."""
    found = []
    tenants = set(tenant_tables(connection))
    rows = connection.execute(KEYS).fetchall()
    identity = {table: columns for table, _, kind, _, columns, _ in rows if kind == "p"}
    walled_columns: dict[str, set[str]] = {table: set() for table in tenants}
    rooted = set()
    for table, name, kind, target, columns, theirs in rows:
        if kind != "f" or table not in tenants:
            continue
        if target == "organizations_organization" and columns == ["organization_id"] and theirs == ["id"]:
            rooted.add(table)
        elif target in tenants:
            if len(columns) != 2 or columns[0] != "organization_id" or theirs != identity.get(target):
                found.append(
                    f"{table}: key {name} must be (organization_id, x) → (organization_id, id) of {target}"
                )
            else:
                walled_columns[table].add(columns[1])
        elif target not in unwalled.OTHER_WALLS:
            found.append(f"{table}: key {name} leads out of the organization to {target}")
    for table in sorted(tenants):
        columns = identity.get(table, [])
        is_leaf = len(columns) == 2 and columns[0] in walled_columns[table]  # (parent, number)
        if not is_leaf and (len(columns) != 2 or columns[0] != "organization_id"):
            found.append(
                f"{table}: its primary key must be (organization_id, id), or (parent, number) on a leaf"
            )
        if table not in rooted:
            found.append(f"{table}: organization_id is no key to the organization")
    return found


def model_keys(connection: Connection, models_: Iterable[type[models.Model]] | None = None) -> list[str]:
    """Every relation of a model is a key in the database, points down the order of the apps and leaves nothing on its target."""
    stored = {(row[0], row[4][-1], row[3]) for row in connection.execute(KEYS) if row[2] == "f"}
    order = app_order()
    found = []
    for model in models_ if models_ is not None else our_models():
        for field in model._meta.local_fields:
            remote = field.remote_field
            if remote is None:
                continue
            target = remote.model._meta
            where = f"{model._meta.label}.{field.name}"
            if (model._meta.db_table, field.column, target.db_table) not in stored:
                found.append(f"{where} is no foreign key in the database")
            ours, theirs = order[model._meta.app_label], order[target.app_label]
            if target.app_label != model._meta.app_label and ours >= theirs:
                found.append(
                    f"{where} points up or aside, from {model._meta.app_label} to {target.app_label}"
                )
            if not remote.hidden:
                found.append(f"{where} leaves an accessor on {target.label}: related_name must end with +")
    return found


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("perene.apps.")]


def app_order() -> dict[str, int]:
    """The app's floor, top first, as pyproject.toml has it for import-linter."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(each for each in contracts if each["id"] == "apps")["layers"]
    return {name.strip(): floor for floor, layer in enumerate(layers) for name in layer.split("|")}


def privileges(connection: Connection) -> list[str]:
    """The application's role owns nothing and may no more than read and write rows."""
    found = [f"the application owns {what}" for (what,) in connection.execute(OWNED_BY_APP)]
    found += [
        f"{role} may {privilege} {table}" for table, role, privilege in connection.execute(FORBIDDEN_GRANTS)
    ]
    found += [
        f"{role} may {privilege} {table}, which stands in unwalled.KEPT"
        for table in sorted(unwalled.KEPT)
        for role, privilege in connection.execute(GRANTS_OF, [table])
    ]
    role = connection.execute(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = %s",
        [roles.APP],
    ).fetchone()
    if role != (False,) * 5:
        found.append("the application's role has an attribute it must not have")
    found += [
        f"the application's role is a member of {group}"
        for (group,) in connection.execute(
            "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", [roles.APP]
        )
    ]
    found += [
        f"{kind} {name}: views read with their owner's rights"
        for kind, name in connection.execute(
            "SELECT relkind::text, relname::text FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
            " AND NOT coalesce('security_invoker=true' = ANY(reloptions), false)"
        )
    ]
    return found


def elevated_functions(connection: Connection) -> list[str]:
    """SECURITY DEFINER: those listed and no others, closed to the public, their names found where we say."""
    found = []
    present = {}
    for function, owner, settings, is_public, app_may in connection.execute(ELEVATED):
        present[function] = app_may
        path = next((each for each in settings if each.startswith("search_path=")), "")
        if path not in ("search_path=public, pg_temp", "search_path=pg_catalog, public, pg_temp"):
            found.append(f"{function}: search_path must be set, with pg_temp last")
        if is_public:
            found.append(f"{function}: EXECUTE is not revoked from PUBLIC")
        if owner != roles.OWNER:
            found.append(f"{function} runs as {owner}")
    expected = {function: app_may for function, (app_may, _) in unwalled.ELEVATED.items()}
    found += [
        f"{function}: differs from unwalled.ELEVATED"
        for function in sorted(set(present) | set(expected))
        if present.get(function) != expected.get(function)
    ]
    return found
