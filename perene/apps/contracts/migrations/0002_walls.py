from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0001_initial"),
        ("organizations", "0002_walls"),
        ("catalog", "0002_walls"),
        ("customers", "0002_walls"),
        ("ledger", "0002_walls"),
    ]

    operations = [
        walls.Wall("BillingGroup", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Contract", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("BillingTerms", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("ContractLine", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Audited("BillingGroup"),
        walls.Audited("Contract"),
        # Not the cursor: a run moves it for every contract, and that is no change of configuration.
        walls.Audited(
            "BillingTerms",
            columns=(
                "batch_key",
                "billing_group_id",
                "billing_method",
                "due_day",
                "first_cycle",
                "approved_on",
                "activated_on",
                "review_before_billing",
            ),
        ),
        walls.Audited("ContractLine"),
        migrations.RunSQL("ALTER TABLE contracts_billingterms SET (fillfactor = 60)"),
    ]
