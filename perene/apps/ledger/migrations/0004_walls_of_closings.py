from django.db import migrations

from perene.kit import walls

# Per INSERT; ALWAYS, so that a chunk that is loaded with the row-by-row key checks off is refused too.
OPEN_PERIOD = """
CREATE FUNCTION perene_check_period() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    _closed date;
BEGIN
    SELECT c.through_on INTO _closed FROM ledger_closing c
     WHERE c.reopened_at IS NULL AND EXISTS (
        SELECT 1 FROM new_rows n WHERE n.organization_id = c.organization_id AND n.posted_on <= c.through_on)
     ORDER BY c.through_on DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the books are closed through %', _closed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_is_open';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER period_is_open AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION perene_check_period();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER period_is_open;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_closings"), ("organizations", "0002_walls")]

    operations = [
        walls.Wall("Closing", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Audited("Closing"),
        migrations.RunSQL(OPEN_PERIOD),
    ]
