from django.db import migrations, models

KNOWN = {
    "run": ["rehearsing", "rehearsed", "discarded", "running", "done", "reversing", "reversed"],
    "charge": ["pending", "held", "invoiced", "cancelled"],
    "invoice": ["open", "zero", "credit", "cancelled"],
    "deferral": ["waiting", "recognized", "cancelled"],
}


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_rehearsal_in_words")]

    operations = [
        migrations.AlterField(
            "deferral",
            "status",
            models.TextField(
                choices=[
                    ("waiting", "Waiting"),
                    ("recognized", "Recognized"),
                    ("cancelled", "Cancelled"),
                ],
                default="waiting",
            ),
        ),
        *(
            migrations.AddConstraint(
                model,
                models.CheckConstraint(condition=models.Q(status__in=words), name=f"{model}_status_known"),
            )
            for model, words in KNOWN.items()
        ),
    ]
