"""The wall itself: policies, the audit functions, and the few functions that answer before an organization is known."""

from django.db import migrations

from perene.kit import walls
from perene.kit.walls import APP_ROLE, CURRENT_ORGANIZATION

ORGANIZATION_WALL = f"""
ALTER TABLE organizations_organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations_organization FORCE ROW LEVEL SECURITY;
CREATE POLICY organization_wall ON organizations_organization
    USING (id = {CURRENT_ORGANIZATION}) WITH CHECK (id = {CURRENT_ORGANIZATION});
REVOKE ALL ON organizations_organization FROM PUBLIC, {APP_ROLE};
GRANT SELECT, INSERT, UPDATE ON organizations_organization TO {APP_ROLE};
"""

# A person may belong to several organizations: the row is seen and changed from each of them, and from no other.
PERSON_WALL = f"""
ALTER TABLE organizations_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations_person FORCE ROW LEVEL SECURITY;
CREATE POLICY member_reads ON organizations_person FOR SELECT USING (
    EXISTS (SELECT 1 FROM organizations_membership m
            WHERE m.person_id = organizations_person.id AND m.organization_id = {CURRENT_ORGANIZATION}));
CREATE POLICY member_changes ON organizations_person FOR UPDATE USING (
    EXISTS (SELECT 1 FROM organizations_membership m
            WHERE m.person_id = organizations_person.id AND m.organization_id = {CURRENT_ORGANIZATION}));
CREATE POLICY anyone_enters ON organizations_person FOR INSERT WITH CHECK ({CURRENT_ORGANIZATION} IS NOT NULL);
REVOKE ALL ON organizations_person FROM PUBLIC, {APP_ROLE};
GRANT SELECT, INSERT, UPDATE ON organizations_person TO {APP_ROLE};
"""

# They write as the owner, so that the application itself cannot write, change or lose a line of the trail. Real time and
# the organization's own date are both kept: this is the one place where SQL reads the clock.
AUDIT = """
CREATE FUNCTION perene_audit_write(_table text, _action text, _organization bigint, _old jsonb, _new jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO organizations_auditentry (organization_id, at, "on", person_id, "table", row_id, action, old, new)
    SELECT _organization, clock_timestamp(),
           (SELECT coalesce(o.clock_on, (clock_timestamp() AT TIME ZONE o.time_zone)::date)
              FROM organizations_organization o WHERE o.id = _organization),
           nullif(current_setting('perene.person', true), '')::uuid, _table,
           coalesce(_new, _old)->>CASE WHEN coalesce(_new, _old) ? 'id' THEN 'id' ELSE 'contract_id' END,
           _action, _old, _new
$$;

CREATE FUNCTION perene_audit_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    -- MATERIALIZED: else every mention of the row would make its JSON anew, half the cost of an import.
    WITH d AS MATERIALIZED (SELECT to_jsonb(n) AS new FROM new_rows n)
    INSERT INTO organizations_auditentry (organization_id, at, "on", person_id, "table", row_id, action, new)
    SELECT o.id, clock_timestamp(),
           coalesce(o.clock_on, (clock_timestamp() AT TIME ZONE o.time_zone)::date),
           nullif(current_setting('perene.person', true), '')::uuid, TG_TABLE_NAME,
           d.new->>CASE WHEN d.new ? 'id' THEN 'id' ELSE 'contract_id' END, 'insert', d.new
      FROM d JOIN organizations_organization o ON o.id = (d.new->>'organization_id')::bigint;
    RETURN NULL;
END $$;

CREATE FUNCTION perene_audit_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    _old jsonb := to_jsonb(OLD);
    _new jsonb := to_jsonb(NEW);
    _organization bigint := coalesce(_new->>'organization_id', _new->>'id')::bigint;
BEGIN
    PERFORM perene_audit_write(TG_TABLE_NAME, 'update', _organization, _old, _new);
    RETURN NULL;
END $$;

CREATE FUNCTION perene_audit_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM perene_audit_write(TG_TABLE_NAME, 'delete', (to_jsonb(o)->>'organization_id')::bigint, to_jsonb(o), NULL)
       FROM old_rows o;
    RETURN NULL;
END $$;

CREATE FUNCTION perene_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are only ever appended', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- The trigger functions too: whoever may execute one may hang it on a temporary table of their own, and forge the trail.
REVOKE EXECUTE ON FUNCTION perene_audit_write(text, text, bigint, jsonb, jsonb), perene_audit_insert(),
    perene_audit_update(), perene_audit_delete() FROM PUBLIC;
"""

# What must be known before an organization is: functions that return ids only. They run as the owner, who may read these
# three tables across organizations (and no other): everything further is then read inside, under the ordinary policy.
BEFORE = f"""
CREATE POLICY owner_looks_up ON organizations_organization FOR SELECT TO perene_owner USING (true);
CREATE POLICY owner_looks_up ON organizations_person FOR SELECT TO perene_owner USING (true);
CREATE POLICY owner_looks_up ON organizations_membership FOR SELECT TO perene_owner USING (true);

CREATE FUNCTION perene_sign_in(_email text) RETURNS TABLE (person_id uuid, organization_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, m.organization_id
      FROM organizations_person p
      JOIN organizations_membership m ON m.person_id = p.id AND m.is_active
      JOIN organizations_organization o ON o.id = m.organization_id AND o.is_active
     WHERE p.email = _email AND p.is_active ORDER BY m.organization_id
$$;

CREATE FUNCTION perene_organizations_of(_person uuid) RETURNS TABLE (organization_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.organization_id FROM organizations_membership m
      JOIN organizations_organization o ON o.id = m.organization_id AND o.is_active
     WHERE m.person_id = _person AND m.is_active ORDER BY m.organization_id
$$;

CREATE FUNCTION perene_person_id(_email text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM organizations_person WHERE email = _email
$$;

CREATE FUNCTION perene_organizations_at_work() RETURNS TABLE (organization_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM organizations_organization WHERE is_active ORDER BY id
$$;

REVOKE EXECUTE ON FUNCTION perene_sign_in(text), perene_organizations_of(uuid), perene_person_id(text),
    perene_organizations_at_work() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION perene_sign_in(text), perene_organizations_of(uuid), perene_person_id(text),
    perene_organizations_at_work() TO {APP_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0001_initial")]

    operations = [
        migrations.RunSQL(ORGANIZATION_WALL),
        # No DELETE: a unit must not vanish under a chunk that is being loaded.
        walls.Wall("Unit", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Membership"),
        walls.Wall("MembershipUnit"),
        walls.Wall("AuditEntry", app_may=("SELECT",)),
        walls.Wall("NumberSequence", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("DailyStep", app_may=("SELECT", "INSERT", "UPDATE")),
        migrations.RunSQL(PERSON_WALL),
        migrations.RunSQL(AUDIT),
        walls.AppendOnly("AuditEntry"),
        migrations.RunSQL(
            """
            -- Not the sandbox's clock, which moves every day: that is no change of configuration.
            CREATE TRIGGER audit_update AFTER UPDATE OF name, legal_name, document, address, state, time_zone, lead_days,
                is_active, is_sandbox ON organizations_organization FOR EACH ROW
            WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION perene_audit_update();
            """
        ),
        walls.Audited("Unit"),
        walls.Audited("Membership"),
        walls.Audited("MembershipUnit"),
        migrations.RunSQL(BEFORE),
        # The program may see which migrations ran, and no more.
        migrations.RunSQL(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APP_ROLE}"),
    ]
