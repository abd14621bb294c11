from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receivables", "0004_walls_of_settlements")]

    operations = [
        migrations.AddField("receivable", "description", models.TextField(db_default="")),
        migrations.AddField("credit", "external_id", models.TextField(null=True)),
        migrations.AddField("credit", "description", models.TextField(db_default="")),
        migrations.AddConstraint(
            "credit",
            models.UniqueConstraint(
                fields=["organization_id", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="credit_external_id_once",
            ),
        ),
        migrations.AddIndex(
            "credit",
            models.Index(
                fields=["organization_id", "customer"],
                condition=models.Q(open_cents__gt=0),
                name="open_credit_of_customer",
            ),
        ),
        migrations.AddIndex(
            "settlement",
            models.Index(
                fields=["organization_id", "credit"],
                condition=models.Q(credit__isnull=False),
                name="settlement_by_credit",
            ),
        ),
    ]
