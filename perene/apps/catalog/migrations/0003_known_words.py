from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_walls")]

    operations = [
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(interval_unit__in=["week", "month", "quarter", "half_year", "year"])
                & models.Q(interval_count__gte=1),
                name="plan_version_interval_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="planversion",
            constraint=models.CheckConstraint(
                condition=models.Q(charge_day_kind__in=["fixed", "before", "end"]),
                name="plan_version_charge_day_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(
                condition=models.Q(adjustment_kind__in=["money", "percent"]),
                name="plan_item_adjustment_known",
            ),
        ),
    ]
