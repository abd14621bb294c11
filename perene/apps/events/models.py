from django.db import models

from perene.kit import models as kit


class Event(kit.TenantModel):
    """Written in the transaction that made it true; listeners keep their own place. Its instant is inside its id (UUIDv7)."""

    kind = models.TextField()
    subject_id = models.UUIDField()
    occurred_on = models.DateField()
    payload = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # What happened to one thing, for its timeline. Not the issue of invoices: their own rows tell it, and a run
            # writes no index entry here.
            models.Index(
                fields=["organization_id", "subject_id"],
                condition=~models.Q(kind="invoice.issued"),
                name="event_of_a_subject",
            )
        ]
