from django.db import models

from perene.apps.customers.models import Customer
from perene.apps.organizations.models import Unit
from perene.kit import models as kit


class ReceivableStatus(models.TextChoices):
    OPEN = "open"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Receivable(kit.TenantModel):
    """Título: an amount owed, due on a date. `source_kind` + `source_id` say from what, without a key that points up."""

    customer = kit.Key(Customer)
    unit = kit.Key(Unit)
    origin = models.TextField(default="native")
    source_kind = models.TextField()
    source_id = models.UUIDField()
    payment_method = models.TextField()
    due_on = models.DateField()
    amount_cents = models.BigIntegerField()
    open_cents = models.BigIntegerField()
    status = models.TextField(choices=ReceivableStatus.choices, default=ReceivableStatus.OPEN)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_cents__gt=0)
                & models.Q(open_cents__range=(0, models.F("amount_cents"))),
                name="receivable_open_within_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "customer", "due_on"],
                condition=models.Q(status="open"),
                name="open_receivable_of_customer",
            )
        ]


class Credit(kit.TenantModel):
    """What the organization owes a customer: a negative invoice, a surplus. Used by later invoices or refunded."""

    customer = kit.Key(Customer)
    unit = kit.Key(Unit)
    source_kind = models.TextField()
    source_id = models.UUIDField()
    granted_on = models.DateField()
    amount_cents = models.BigIntegerField()
    open_cents = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "source_kind", "source_id"], name="credit_granted_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_cents__gt=0)
                & models.Q(open_cents__range=(0, models.F("amount_cents"))),
                name="credit_open_within_amount",
            ),
        ]
        indexes = [models.Index(fields=["organization_id", "customer"], name="credit_of_customer")]
