from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0004_walls_of_alerts_and_webhooks")]

    operations = [
        migrations.AddField("Endpoint", "previous_secret", models.TextField(default="")),
        migrations.AddField("Endpoint", "previous_until", models.DateTimeField(null=True)),
        migrations.AddField("Delivery", "tries", models.IntegerField(default=0)),
        migrations.AddConstraint(
            "Endpoint",
            models.UniqueConstraint(fields=["organization_id", "url"], name="endpoint_url_once"),
        ),
        migrations.AddIndex(
            "Delivery",
            models.Index(
                fields=["organization_id", "endpoint", "next_attempt_at"],
                condition=models.Q(status="waiting"),
                name="delivery_waiting_of_endpoint",
            ),
        ),
    ]
