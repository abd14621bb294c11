from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_closing_waits")]

    operations = [
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(
                fields=["organization_id", "source_id"],
                condition=models.Q(kind="invoice_cancelled"),
                name="invoice_cancelled_once",
            ),
        )
    ]
