from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [
        ("receivables", "0001_initial"),
        ("organizations", "0002_walls"),
        ("customers", "0002_walls"),
    ]

    operations = [
        walls.Wall("Receivable", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Credit", app_may=("SELECT", "INSERT", "UPDATE")),
    ]
