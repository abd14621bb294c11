from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [("policies", "0003_settlement"), ("organizations", "0002_walls")]

    operations = [
        walls.Wall("SettlementPolicy"),
        walls.Wall("Holiday"),
        walls.Audited("SettlementPolicy"),
        walls.Audited("Holiday"),
    ]
