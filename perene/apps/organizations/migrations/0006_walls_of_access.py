"""What people sign in with goes behind functions of the owner: nobody's password, second factor or membership is read or changed
by the application's own SQL. A function that changes one wants the proof that only the person has (the hash of the password
they typed just now) or the digest of a link, and answers no more than whether it did (decision 0004)."""

from django.db import migrations

from perene.kit import walls
from perene.kit.walls import APP_ROLE, CURRENT_ORGANIZATION

CREDENTIALS = f"""
ALTER TABLE organizations_credential ADD CONSTRAINT organizations_credential_person_fk
    FOREIGN KEY (person_id) REFERENCES organizations_person (id);
ALTER TABLE organizations_credential ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations_credential FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_keeps ON organizations_credential TO perene_owner USING (true) WITH CHECK (true);
REVOKE ALL ON organizations_credential FROM PUBLIC, {APP_ROLE};
INSERT INTO organizations_credential (person_id, password, last_step, recovery_digests, link_drops_second_factor)
    SELECT id, password, 0, '{{}}', false FROM organizations_person;
"""

# A person comes by `perene_join_new`, a membership by that or by `perene_join_known`; neither is written in any other way.
RIGHTS = f"""
REVOKE INSERT, UPDATE ON organizations_person FROM {APP_ROLE};
GRANT UPDATE (name, last_login) ON organizations_person TO {APP_ROLE};
REVOKE INSERT, DELETE ON organizations_membership FROM {APP_ROLE};
CREATE FUNCTION perene_keep_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a membership stays with its person' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER stays_with_its_person BEFORE UPDATE OF id, organization_id, person_id ON organizations_membership
    FOR EACH ROW WHEN (OLD.person_id IS DISTINCT FROM NEW.person_id OR OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION perene_keep_person();
"""

AUDIT = f"""
-- What is audited of a person: their columns (none of them secret), in the organization where it was done.
CREATE FUNCTION perene_audit_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    _organization bigint := {CURRENT_ORGANIZATION};
BEGIN
    IF _organization IS NOT NULL THEN
        PERFORM perene_audit_write(TG_TABLE_NAME, lower(TG_OP), _organization,
            CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) - 'last_login' END, to_jsonb(NEW) - 'last_login');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_insert AFTER INSERT ON organizations_person FOR EACH ROW EXECUTE FUNCTION perene_audit_person();
CREATE TRIGGER audit_update AFTER UPDATE OF email, name, is_active ON organizations_person FOR EACH ROW
    WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION perene_audit_person();

-- That a credential changed, never what it is.
CREATE FUNCTION perene_audit_access(_person uuid, _what text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    _organization bigint := {CURRENT_ORGANIZATION};
BEGIN
    IF _organization IS NOT NULL THEN
        PERFORM perene_audit_write('organizations_person', 'update', _organization, jsonb_build_object('id', _person),
            jsonb_build_object('id', _person, 'access', _what));
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION perene_audit_person(), perene_audit_access(uuid, text) FROM PUBLIC;

DROP TRIGGER audit_update ON organizations_organization;
CREATE TRIGGER audit_update AFTER UPDATE OF name, legal_name, document, address, state, time_zone, lead_days,
    is_active, is_sandbox, requires_second_factor ON organizations_organization FOR EACH ROW
WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION perene_audit_update();
"""

PASSWORDS = """
-- How to hash what somebody typed (algorithm, parameters, salt), so that it can be compared in here: the hash stays inside.
CREATE FUNCTION perene_password_head(_person uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT regexp_replace(password, '[$][^$]*$', '') FROM organizations_credential
     WHERE person_id = _person AND password LIKE 'argon2$%'
$$;

CREATE FUNCTION perene_password_matches(_person uuid, _proof text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM organizations_credential
                    WHERE person_id = _person AND password = _proof AND _proof LIKE 'argon2$%')
$$;

CREATE FUNCTION perene_password_change(_person uuid, _proof text, _password text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE organizations_credential SET password = _password, link_digest = NULL, link_until = NULL
     WHERE person_id = _person AND perene_password_matches(_person, _proof);
    IF FOUND THEN PERFORM perene_audit_access(_person, 'password_changed'); END IF;
    RETURN FOUND;
END $$;
"""

LINKS = f"""
-- Whoever holds the link becomes the person, so an organization makes one only for who works nowhere else.
CREATE FUNCTION perene_password_link(_person uuid, _digest text, _until timestamptz, _drops_second_factor boolean)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    _organization bigint := {CURRENT_ORGANIZATION};
BEGIN
    IF _organization IS NULL OR EXISTS (SELECT FROM organizations_membership m
                                         WHERE m.person_id = _person AND m.organization_id <> _organization)
       OR NOT EXISTS (SELECT FROM organizations_membership m
                       WHERE m.person_id = _person AND m.organization_id = _organization) THEN
        RETURN false;
    END IF;
    UPDATE organizations_credential SET link_digest = _digest, link_until = _until,
           link_drops_second_factor = _drops_second_factor WHERE person_id = _person;
    PERFORM perene_audit_access(_person, 'link_made');
    RETURN true;
END $$;

-- The same without that condition, for whoever has the database's own keys.
CREATE FUNCTION perene_password_link_of_operator(_email text, _digest text, _until timestamptz, _drops_second_factor boolean)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH made AS (
        UPDATE organizations_credential c SET link_digest = _digest, link_until = _until,
               link_drops_second_factor = _drops_second_factor
          FROM organizations_person p WHERE p.id = c.person_id AND p.email = _email RETURNING 1)
    SELECT EXISTS (SELECT FROM made)
$$;

CREATE FUNCTION perene_password_link_of(_digest text) RETURNS TABLE (person_id uuid, organization_id bigint, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.person_id, m.organization_id, c.link_until FROM organizations_credential c
      JOIN organizations_membership m ON m.person_id = c.person_id AND m.is_active
      JOIN organizations_organization o ON o.id = m.organization_id AND o.is_active
     WHERE c.link_digest = _digest ORDER BY m.organization_id LIMIT 1
$$;

CREATE FUNCTION perene_password_by_link(_digest text, _password text, _at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    _person uuid;
BEGIN
    UPDATE organizations_credential SET password = _password, link_digest = NULL, link_until = NULL,
           second_factor = CASE WHEN link_drops_second_factor THEN NULL ELSE second_factor END,
           recovery_digests = CASE WHEN link_drops_second_factor THEN '{{}}' ELSE recovery_digests END,
           link_drops_second_factor = false
     WHERE link_digest = _digest AND link_until > _at RETURNING person_id INTO _person;
    IF _person IS NULL THEN RETURN false; END IF;
    PERFORM perene_audit_access(_person, 'link_used');
    RETURN true;
END $$;
"""

SECOND_FACTOR = """
CREATE FUNCTION perene_second_factor(_person uuid) RETURNS TABLE (secret text, last_step bigint, codes_left integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT second_factor, last_step, cardinality(recovery_digests) FROM organizations_credential
     WHERE person_id = _person AND second_factor IS NOT NULL
$$;

-- A null secret turns it off.
CREATE FUNCTION perene_second_factor_set(_person uuid, _proof text, _secret text, _step bigint, _recovery_digests text[])
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE organizations_credential SET second_factor = _secret, last_step = _step, recovery_digests = _recovery_digests
     WHERE person_id = _person AND perene_password_matches(_person, _proof);
    IF FOUND THEN
        PERFORM perene_audit_access(_person,
            CASE WHEN _secret IS NULL THEN 'second_factor_off' ELSE 'second_factor_on' END);
    END IF;
    RETURN FOUND;
END $$;

CREATE FUNCTION perene_second_factor_step(_person uuid, _step bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE organizations_credential SET last_step = _step
     WHERE person_id = _person AND second_factor IS NOT NULL AND last_step < _step;
    RETURN FOUND;
END $$;

CREATE FUNCTION perene_recovery_use(_person uuid, _digest text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE organizations_credential SET recovery_digests = array_remove(recovery_digests, _digest)
     WHERE person_id = _person AND second_factor IS NOT NULL AND _digest = ANY (recovery_digests);
    IF FOUND THEN PERFORM perene_audit_access(_person, 'recovery_used'); END IF;
    RETURN FOUND;
END $$;
"""

JOINING = f"""
-- A new person, a member of the present organization at once.
CREATE FUNCTION perene_join_new(_person uuid, _membership uuid, _email text, _name text, _password text, _role text,
    _all_units boolean)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO organizations_person (id, email, name, is_active) VALUES (_person, _email, _name, true);
    INSERT INTO organizations_credential (person_id, password, last_step, recovery_digests, link_drops_second_factor)
        VALUES (_person, _password, 0, '{{}}', false);
    INSERT INTO organizations_membership (id, organization_id, person_id, role, all_units, is_active)
        VALUES (_membership, {CURRENT_ORGANIZATION}, _person, _role, _all_units, true);
$$;

-- Somebody known becomes a member of the present organization: only by their own password.
CREATE FUNCTION perene_join_known(_person uuid, _membership uuid, _proof text, _role text, _all_units boolean)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO organizations_membership (id, organization_id, person_id, role, all_units, is_active)
    SELECT _membership, {CURRENT_ORGANIZATION}, p.id, _role, _all_units, true FROM organizations_person p
     WHERE p.id = _person AND p.is_active AND perene_password_matches(_person, _proof);
    RETURN FOUND;
END $$;

CREATE POLICY owner_looks_up ON organizations_invitation FOR SELECT TO perene_owner USING (true);

CREATE FUNCTION perene_invitation(_digest text) RETURNS TABLE (invitation_id uuid, organization_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.id, i.organization_id FROM organizations_invitation i
      JOIN organizations_organization o ON o.id = i.organization_id AND o.is_active
     WHERE i.digest = _digest AND i.accepted_at IS NULL AND i.revoked_at IS NULL
$$;
"""

OPEN_TO_APP = (
    "perene_password_head(uuid)",
    "perene_password_matches(uuid, text)",
    "perene_password_change(uuid, text, text)",
    "perene_password_link(uuid, text, timestamptz, boolean)",
    "perene_password_link_of(text)",
    "perene_password_by_link(text, text, timestamptz)",
    "perene_second_factor(uuid)",
    "perene_second_factor_set(uuid, text, text, bigint, text[])",
    "perene_second_factor_step(uuid, bigint)",
    "perene_recovery_use(uuid, text)",
    "perene_join_new(uuid, uuid, text, text, text, text, boolean)",
    "perene_join_known(uuid, uuid, text, text, boolean)",
    "perene_invitation(text)",
)
OPERATOR = "perene_password_link_of_operator(text, text, timestamptz, boolean)"
GRANTS = f"""
REVOKE EXECUTE ON FUNCTION {", ".join(OPEN_TO_APP)}, {OPERATOR} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {", ".join(OPEN_TO_APP)} TO {APP_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0005_access")]

    operations = [
        walls.Wall("Invitation", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("InvitationUnit", app_may=("SELECT", "INSERT")),
        walls.Audited("Invitation", columns=("role", "accepted_at", "revoked_at")),
        migrations.RunSQL(CREDENTIALS),
        migrations.RemoveField("person", "password"),
        migrations.RunSQL(RIGHTS),
        migrations.RunSQL(AUDIT),
        migrations.RunSQL(PASSWORDS),
        migrations.RunSQL(LINKS),
        migrations.RunSQL(SECOND_FACTOR),
        migrations.RunSQL(JOINING),
        migrations.RunSQL(GRANTS),
        # Sessions have a table of ours; whoever is signed in signs in again.
        migrations.RunSQL("DROP TABLE IF EXISTS django_session"),
    ]
