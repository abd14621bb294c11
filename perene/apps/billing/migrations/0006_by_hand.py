from importlib import import_module

from django.db import migrations, models

LOAD: str = import_module("perene.apps.billing.migrations.0003_load").LOAD


def _changed(old: str, new: str, text: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


# A charge that was given back has been deferred before, by the invoice that was cancelled; and a waiting charge is the
# contract's own, as a new one is by its line.
FUNCTION = LOAD[LOAD.index("CREATE FUNCTION") : LOAD.index("REVOKE EXECUTE")]
FUNCTION = _changed("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", FUNCTION)
FUNCTION = _changed(
    "SELECT _org, charge_id, charge_id, invoice_id",
    "SELECT _org, CASE WHEN is_new THEN charge_id ELSE gen_random_uuid() END, charge_id, invoice_id",
    FUNCTION,
)
FUNCTION = _changed(
    "JOIN billing_charge p ON p.id = n.charge_id\n",
    "JOIN billing_charge p ON p.id = n.charge_id AND p.contract_id = n.contract_id\n",
    FUNCTION,
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_walls_of_rehearsals")]

    operations = [
        migrations.AddField("charge", "request_key", models.TextField(null=True)),
        migrations.AddField("invoice", "cancelled_on", models.DateField(null=True)),
        migrations.AddField("invoice", "cancelled_at", models.DateTimeField(null=True)),
        migrations.AddField("invoice", "cancelled_by_id", models.UUIDField(null=True)),
        migrations.AddField("invoice", "cancel_reason", models.TextField(db_default="")),
        migrations.AddField("invoice", "request_key", models.TextField(null=True)),
        migrations.AddConstraint(
            "charge",
            models.UniqueConstraint(
                fields=["organization_id", "request_key"],
                condition=models.Q(request_key__isnull=False),
                name="charge_asked_once",
            ),
        ),
        migrations.AddConstraint(
            "invoice",
            models.UniqueConstraint(
                fields=["organization_id", "request_key"],
                condition=models.Q(request_key__isnull=False),
                name="invoice_asked_once",
            ),
        ),
        migrations.RemoveConstraint("deferral", "charge_deferred_once"),
        migrations.AddConstraint(
            "deferral",
            models.UniqueConstraint(
                fields=["organization_id", "charge"],
                condition=~models.Q(status="cancelled"),
                name="charge_deferred_once",
            ),
        ),
        migrations.RunSQL(FUNCTION),
    ]
