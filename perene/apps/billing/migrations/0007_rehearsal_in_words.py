from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_by_hand")]

    operations = [
        migrations.AddField("run", "accepts_anomalies", models.BooleanField(db_default=False)),
        migrations.AddField("rehearsed", "message", models.TextField(default="")),
        migrations.AddField("charge", "released_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "rehearsed",
            models.Index(fields=["organization_id", "run", "decision"], name="rehearsed_by_decision"),
        ),
        migrations.AddIndex(
            "rehearsed",
            models.Index(fields=["organization_id", "run", "customer"], name="rehearsed_of_customer"),
        ),
    ]
