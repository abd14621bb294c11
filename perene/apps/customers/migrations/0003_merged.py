import django.db.models.deletion
from django.db import migrations, models

import perene.kit.models


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_walls")]

    operations = [
        migrations.AddField(model_name="customer", name="merged_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="customer",
            name="merged_into",
            field=perene.kit.models.Key(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE customers_customer ADD CONSTRAINT customers_customer_merged_into_id_fk"
            " FOREIGN KEY (organization_id, merged_into_id) REFERENCES customers_customer (organization_id, id)"
        ),
    ]
