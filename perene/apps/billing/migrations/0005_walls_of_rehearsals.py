from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_rehearsal_and_by_hand"), ("ledger", "0004_walls_of_closings")]

    operations = [
        walls.Wall("Rehearsed"),
        migrations.RunSQL(
            "ALTER TABLE billing_charge ADD CONSTRAINT billing_charge_account_id_fk"
            " FOREIGN KEY (organization_id, account_id) REFERENCES ledger_account (organization_id, id)"
        ),
    ]
