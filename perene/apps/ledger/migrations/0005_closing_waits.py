from importlib import import_module

from django.db import migrations

OPEN_PERIOD: str = import_module("perene.apps.ledger.migrations.0004_walls_of_closings").OPEN_PERIOD

# Whoever posts shares this lock until its transaction ends; who closes a period takes it alone (`closings.close`). Without it
# an entry that is not yet committed would be overlooked by the closing, and the closing by the entry.
SHARED = """BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('perene.period', o.organization_id))
       FROM (SELECT DISTINCT organization_id FROM new_rows) o;
    SELECT c.through_on"""


def _function() -> str:
    text = OPEN_PERIOD[: OPEN_PERIOD.index("CREATE TRIGGER")]
    for old, new in (
        ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
        ("BEGIN\n    SELECT c.through_on", SHARED),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_walls_of_closings")]

    operations = [migrations.RunSQL(_function())]
