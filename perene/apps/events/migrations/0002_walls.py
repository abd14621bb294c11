from django.db import migrations

from perene.kit import walls


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial"), ("organizations", "0002_walls")]

    operations = [
        walls.Wall("Event", app_may=("SELECT", "INSERT")),
        walls.AppendOnly("Event"),
    ]
