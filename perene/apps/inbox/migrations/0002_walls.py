from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial"), ("organizations", "0002_walls")]

    operations = [
        walls.Wall("IdempotencyKey"),
    ]
