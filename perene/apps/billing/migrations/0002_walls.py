from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_initial"),
        ("organizations", "0002_walls"),
        ("contracts", "0002_walls"),
        ("receivables", "0002_walls"),
        ("ledger", "0002_walls"),
        ("customers", "0002_walls"),
    ]

    operations = [
        walls.Wall("Run", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Batch", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Charge", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Invoice", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("InvoiceLine", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Parked", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Deferral", app_may=("SELECT", "INSERT", "UPDATE")),
    ]
