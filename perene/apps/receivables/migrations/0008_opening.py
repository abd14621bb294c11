from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receivables", "0007_owed_by_age")]

    operations = [
        migrations.AddIndex(
            "receivable",
            models.Index(
                fields=["organization_id", "customer"],
                condition=models.Q(origin="opening"),
                name="opening_receivable",
            ),
        )
    ]
