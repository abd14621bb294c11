from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0003_last_billed")]

    operations = [
        migrations.AddField(model_name="contract", name="request_key", field=models.TextField(null=True)),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.UniqueConstraint(
                fields=["organization_id", "request_key"],
                condition=models.Q(request_key__isnull=False),
                name="contract_asked_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="contractline",
            constraint=models.CheckConstraint(
                condition=models.Q(adjustment_kind__in=["money", "percent"]),
                name="contract_line_adjustment_known",
            ),
        ),
    ]
