"""API keys: which organization a key opens must be known before an organization is, so the owner answers that, ids only."""

from django.db import migrations

from perene.kit import walls
from perene.kit.walls import APP_ROLE

BEFORE = f"""
CREATE POLICY owner_looks_up ON organizations_apikey FOR SELECT TO perene_owner USING (true);

CREATE FUNCTION perene_api_key(_digest text) RETURNS TABLE (api_key_id uuid, organization_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, k.organization_id FROM organizations_apikey k
      JOIN organizations_organization o ON o.id = k.organization_id AND o.is_active
     WHERE k.digest = _digest AND k.revoked_at IS NULL
$$;

REVOKE EXECUTE ON FUNCTION perene_api_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION perene_api_key(text) TO {APP_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0003_api_keys")]

    operations = [
        walls.Wall("ApiKey", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("ApiKeyUnit"),
        walls.Audited(
            "ApiKey",
            columns=("name", "prefix", "digest", "scopes", "all_units", "expires_at", "revoked_at"),
        ),
        walls.Audited("ApiKeyUnit"),
        migrations.RunSQL(BEFORE),
    ]
