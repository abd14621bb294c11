from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receivables", "0006_known_words")]

    operations = [
        migrations.RemoveIndex("receivable", "open_receivable_by_due"),
        migrations.AddIndex(
            "receivable",
            models.Index(
                fields=["organization_id", "due_on", "id"],
                include=["open_cents", "unit"],
                condition=models.Q(status="open"),
                name="open_receivable_by_due",
            ),
        ),
    ]
