from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
        ("organizations", "0002_walls"),
    ]

    operations = [
        # No DELETE: a customer must not vanish under a chunk that is being loaded (a merge marks, it does not delete).
        walls.Wall("Customer", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Contact"),
        walls.Audited("Customer"),
        walls.Audited("Contact"),
    ]
