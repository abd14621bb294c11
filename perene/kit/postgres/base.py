"""Database backend `perene.kit.postgres` (ENGINE). Everything is Django's but what stands here."""

from typing import Any

from django.db.backends.postgresql import base, features

from perene.kit import tenancy


class DatabaseFeatures(features.DatabaseFeatures):
    # Primary keys of tenant tables are (organization_id, id): PostgreSQL does not derive the other columns from `id` alone.
    allows_group_by_selected_pks = False

    def allows_group_by_selected_pks_on_model(self, model: Any) -> bool:
        return False


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(tenancy.guard)

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        super().set_autocommit(autocommit, *args, **kwargs)
        if not autocommit:
            # Local to the transaction: a session-level setting would leak through the connection pool.
            # A connection that died since the last transaction is found here: said in Django's words, as everywhere.
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('perene.organization', %s, true), set_config('perene.person', %s, true)",
                    tenancy.settings_at_begin(),
                )
