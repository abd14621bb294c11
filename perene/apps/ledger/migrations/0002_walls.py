from django.db import migrations

from perene.kit import walls

# Per INSERT, not per row: a chunk's 12,000 postings are proved by one pass. SECURITY DEFINER because the application may
# read the subtotals but never write them.
BALANCE = """
CREATE FUNCTION perene_check_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    _entry uuid;
BEGIN
    SELECT entry_id INTO _entry FROM new_rows GROUP BY organization_id, entry_id HAVING sum(amount_cents) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'debits and credits of entry % differ', _entry
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_balanced';
    END IF;
    INSERT INTO ledger_subtotal (organization_id, account_id, posted_on, debit_cents, credit_cents)
    SELECT organization_id, account_id, posted_on,
           coalesce(sum(amount_cents) FILTER (WHERE amount_cents > 0), 0),
           coalesce(-sum(amount_cents) FILTER (WHERE amount_cents < 0), 0)
      FROM new_rows GROUP BY organization_id, account_id, posted_on;
    RETURN NULL;
END $$;

-- Whoever may execute it may hang it on a temporary table of their own, and forge subtotals.
REVOKE EXECUTE ON FUNCTION perene_check_balance() FROM PUBLIC;

CREATE TRIGGER entry_is_balanced AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION perene_check_balance();
ALTER TABLE ledger_posting ENABLE ALWAYS TRIGGER entry_is_balanced;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("organizations", "0002_walls")]

    operations = [
        walls.Wall("Account", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Entry", app_may=("SELECT", "INSERT")),
        walls.Wall("Posting", app_may=("SELECT", "INSERT")),
        walls.Wall("Subtotal", app_may=("SELECT",)),
        walls.Audited("Account"),
        walls.AppendOnly("Entry"),
        walls.AppendOnly("Posting"),
        walls.AppendOnly("Subtotal"),
        migrations.RunSQL(BALANCE),
    ]
