from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receivables", "0005_moved_in")]

    operations = [
        migrations.AddConstraint(
            "receivable",
            models.CheckConstraint(
                condition=models.Q(status__in=["open", "settled", "cancelled", "written_off"]),
                name="receivable_status_known",
            ),
        )
    ]
