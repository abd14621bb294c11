from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("organizations", "0002_walls"),
        ("policies", "0002_walls"),
        ("ledger", "0002_walls"),
    ]

    operations = [
        walls.Wall("Item", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("Plan", app_may=("SELECT", "INSERT", "UPDATE")),
        walls.Wall("PlanVersion", app_may=("SELECT", "INSERT")),
        walls.Wall("PlanItem", app_may=("SELECT", "INSERT")),
        walls.Audited("Item"),
        walls.Audited("Plan"),
        walls.Audited("PlanVersion"),
        walls.Audited("PlanItem"),
        walls.AppendOnly("PlanVersion"),
        walls.AppendOnly("PlanItem"),
    ]
