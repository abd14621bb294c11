"""Migration operations that wall a tenant table: policy, composite keys, grants, audit, append-only.

Each reads the model's state, so a table and its wall cannot drift apart; `tests/architecture` compares the result with the
database's own catalog.
"""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations.base import Operation

APP_ROLE = "perene_app"

# nullif: once a local setting has ended it is '' and not NULL. (select …) makes it one InitPlan instead of one call per row.
CURRENT_ORGANIZATION = "(select nullif(current_setting('perene.organization', true), '')::bigint)"


class _ModelOperation(Operation):
    reversible = False

    def __init__(self, model: str) -> None:
        self.model = model

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing changes for Django."""

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        raise RuntimeError("walls are not taken down")

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        for statement in self.statements(model):
            schema_editor.execute(statement, params=None)

    def statements(self, model: Any) -> list[str]:
        return []


class Wall(_ModelOperation):
    """Row-level security (enabled and forced), primary key (organization_id, id), composite foreign keys.

    `app_may`: what the application's role may do; leave out DELETE where a row must never vanish under a chunk being loaded.
    """

    def __init__(
        self, model: str, *, app_may: Sequence[str] = ("SELECT", "INSERT", "UPDATE", "DELETE")
    ) -> None:
        super().__init__(model)
        self.app_may = tuple(app_may)

    def deconstruct(self) -> Any:
        return (type(self).__name__, [self.model], {"app_may": self.app_may})

    def describe(self) -> str:
        return f"Wall {self.model}"

    def statements(self, model: Any) -> list[str]:
        table = model._meta.db_table
        found = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY organization_wall ON {table} USING (organization_id = {CURRENT_ORGANIZATION})"
            f" WITH CHECK (organization_id = {CURRENT_ORGANIZATION})",
            f"REVOKE ALL ON {table} FROM PUBLIC, {APP_ROLE}",
            f"GRANT {', '.join(self.app_may)} ON {table} TO {APP_ROLE}",
        ]
        if not isinstance(model._meta.pk, _composite()):
            # One index serves as identity, as target of composite keys and for look-ups under the policy.
            found += [
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey",
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (organization_id, {model._meta.pk.column})",
            ]
        found.append(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_organization_fk FOREIGN KEY (organization_id)"
            " REFERENCES organizations_organization (id)"
        )
        for field in model._meta.local_fields:
            if field.remote_field is None:
                continue
            target = field.remote_field.model._meta
            is_tenant = any(f.attname == "organization_id" for f in target.local_fields)
            ours = f"organization_id, {field.column}" if is_tenant else field.column
            theirs = f"organization_id, {target.pk.column}" if is_tenant else target.pk.column
            found.append(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{field.column}_fk FOREIGN KEY ({ours})"
                f" REFERENCES {target.db_table} ({theirs})"
            )
        return found


class Audited(_ModelOperation):
    """Every change of a row is written to the audit trail by the database itself: who, when, old, new.

    `columns`: only changes of these are configuration (a table may also carry running state); empty = all.
    """

    def __init__(self, model: str, *, columns: Sequence[str] = ()) -> None:
        super().__init__(model)
        self.columns = tuple(columns)

    def deconstruct(self) -> Any:
        return (type(self).__name__, [self.model], {"columns": self.columns})

    def describe(self) -> str:
        return f"Audit {self.model}"

    def statements(self, model: Any) -> list[str]:
        table = model._meta.db_table
        update_of = f" OF {', '.join(self.columns)}" if self.columns else ""
        # One statement trigger per kind of change: loading 40,000 rows writes their audit in one INSERT … SELECT.
        return [
            f"CREATE TRIGGER audit_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows"
            " FOR EACH STATEMENT EXECUTE FUNCTION perene_audit_insert()",
            f"CREATE TRIGGER audit_update AFTER UPDATE{update_of} ON {table} FOR EACH ROW"
            " WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION perene_audit_update()",
            f"CREATE TRIGGER audit_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows"
            " FOR EACH STATEMENT EXECUTE FUNCTION perene_audit_delete()",
        ]


class AppendOnly(_ModelOperation):
    """UPDATE, DELETE and TRUNCATE are revoked, and trapped for everybody (ENABLE ALWAYS: also under replica)."""

    def describe(self) -> str:
        return f"Append-only {self.model}"

    def deconstruct(self) -> Any:
        return (type(self).__name__, [self.model], {})

    def statements(self, model: Any) -> list[str]:
        table = model._meta.db_table
        return [
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}",
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
            " EXECUTE FUNCTION perene_refuse_change()",
            f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            " EXECUTE FUNCTION perene_refuse_change()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_truncate",
        ]


def _composite() -> type:
    from django.db.models.fields.composite import CompositePrimaryKey

    return CompositePrimaryKey
