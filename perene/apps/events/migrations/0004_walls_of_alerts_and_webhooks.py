from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [("events", "0003_alerts_and_webhooks"), ("organizations", "0002_walls")]

    operations = [
        walls.Wall("Alert", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Endpoint"),
        walls.Wall("Delivery"),
        walls.Wall("DeliveryAttempt", app_may=("SELECT", "INSERT", "DELETE")),
        walls.Audited("Endpoint", columns=("url", "description", "secret", "kinds", "is_active")),
    ]
