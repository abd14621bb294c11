from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [
        ("receivables", "0003_settlements"),
        ("ledger", "0004_walls_of_closings"),
        ("customers", "0002_walls"),
    ]

    operations = [
        walls.Wall("Settlement", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("DueDateChange", app_may=("SELECT", "INSERT")),
        walls.Wall("CreditRefund", app_may=("SELECT", "INSERT")),
        walls.AppendOnly("DueDateChange"),
        walls.AppendOnly("CreditRefund"),
    ]
