from django.db import models

from perene.apps.customers.models import Customer
from perene.apps.ledger.models import Account, Entry
from perene.apps.organizations.models import Unit
from perene.kit import models as kit


class ReceivableStatus(models.TextChoices):
    OPEN = "open"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    WRITTEN_OFF = "written_off"


class Receivable(kit.TenantModel):
    """Título: an amount owed, due on a date. `source_kind` + `source_id` say from what, without a key that points up."""

    customer = kit.Key(Customer)
    unit = kit.Key(Unit)
    # native, or opening: owed already when the organization moved in, and never billed by us.
    origin = models.TextField(default="native")
    external_id = models.TextField(null=True)
    # Of one that no invoice of ours explains.
    description = models.TextField(db_default="")
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
            models.UniqueConstraint(
                fields=["organization_id", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="receivable_external_id_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ReceivableStatus.values), name="receivable_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "customer", "due_on"],
                condition=models.Q(status="open"),
                name="open_receivable_of_customer",
            ),
            models.Index(
                fields=["organization_id", "customer"],
                condition=models.Q(origin="opening"),
                name="opening_receivable",
            ),
            models.Index(
                fields=["organization_id", "due_on", "id"],
                # So that what is owed by age is summed from the index alone.
                include=["open_cents", "unit"],
                condition=models.Q(status="open"),
                name="open_receivable_by_due",
            ),
        ]


class Credit(kit.TenantModel):
    """What the organization owes a customer: a negative invoice, a surplus. Used by later invoices or refunded."""

    customer = kit.Key(Customer)
    unit = kit.Key(Unit)
    external_id = models.TextField(null=True)
    description = models.TextField(db_default="")
    source_kind = models.TextField()
    source_id = models.UUIDField()
    granted_on = models.DateField()
    amount_cents = models.BigIntegerField()
    open_cents = models.BigIntegerField()
    # The payment that it came from was reversed, or the invoice cancelled: nothing of it is owed any more.
    is_cancelled = models.BooleanField(db_default=False)

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
            models.UniqueConstraint(
                fields=["organization_id", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="credit_external_id_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization_id", "customer"], name="credit_of_customer"),
            # Few credits are open: a chunk of the billing run finds here at once that its customers have none.
            models.Index(
                fields=["organization_id", "customer"],
                condition=models.Q(open_cents__gt=0),
                name="open_credit_of_customer",
            ),
        ]


class SettlementKind(models.TextChoices):
    PAYMENT = "payment"
    CREDIT = "credit"
    WRITE_OFF = "write_off"


class SettlementMethod(models.TextChoices):
    """How a payment reached the organization."""

    BOLETO = "boleto"
    PIX = "pix"
    PIX_AUTOMATICO = "pix_automatico"
    CARD = "card"
    TRANSFER = "transfer"
    DEPOSIT = "deposit"
    CASH = "cash"
    CHECK = "check"
    OTHER = "other"


class Settlement(kit.TenantModel):
    """Baixa: what made a receivable smaller. `principal_cents` is by how much (the discount is part of it); of a payment,
    received = principal − discount + fine + interest + surplus. Never deleted: a reversal fills the `reversed_*` columns."""

    receivable = kit.Key(Receivable)
    customer = kit.Key(Customer)
    kind = models.TextField(choices=SettlementKind.choices)
    # The day on which the customer paid: late charges count to it. When it was noted is `settled_at`.
    paid_on = models.DateField()
    settled_at = models.DateTimeField()
    settled_by_id = models.UUIDField(null=True)
    method = models.TextField(default="")
    # Where the money went.
    account = kit.Key(Account, null=True)
    received_cents = models.BigIntegerField(default=0)
    principal_cents = models.BigIntegerField()
    discount_cents = models.BigIntegerField(default=0)
    fine_cents = models.BigIntegerField(default=0)
    interest_cents = models.BigIntegerField(default=0)
    # What was more than everything owed: a credit of the customer, whose source is this row.
    surplus_cents = models.BigIntegerField(default=0)
    # Late charges that were due and that a person let go.
    waived_cents = models.BigIntegerField(default=0)
    # Of kind credit: which one was used.
    credit = kit.Key(Credit, null=True)
    # From which the late charges can be computed again and explained; JSON text, compact.
    derivation = models.TextField(default="")
    reference = models.TextField(default="")
    note = models.TextField(default="")
    entry = kit.Key(Entry, null=True)
    # Said twice, done once.
    request_key = models.TextField(null=True)
    reversed_on = models.DateField(null=True)
    reversed_at = models.DateTimeField(null=True)
    reversed_by_id = models.UUIDField(null=True)
    reversal_reason = models.TextField(default="")
    reversal_entry = kit.Key(Entry, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=SettlementKind.values), name="settlement_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(principal_cents__gte=0)
                & models.Q(discount_cents__gte=0)
                & models.Q(fine_cents__gte=0)
                & models.Q(interest_cents__gte=0)
                & models.Q(surplus_cents__gte=0)
                & models.Q(waived_cents__gte=0)
                & (
                    ~models.Q(kind="payment")
                    | models.Q(
                        received_cents=models.F("principal_cents")
                        - models.F("discount_cents")
                        + models.F("fine_cents")
                        + models.F("interest_cents")
                        + models.F("surplus_cents")
                    )
                ),
                name="settlement_adds_up",
            ),
            models.UniqueConstraint(
                fields=["organization_id", "request_key"],
                condition=models.Q(request_key__isnull=False),
                name="settlement_asked_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization_id", "receivable"], name="settlement_of_receivable"),
            models.Index(fields=["organization_id", "customer", "paid_on"], name="settlement_of_customer"),
            models.Index(fields=["organization_id", "paid_on", "id"], name="settlement_by_day"),
            models.Index(
                fields=["organization_id", "credit"],
                condition=models.Q(credit__isnull=False),
                name="settlement_by_credit",
            ),
        ]


class DueDateChange(kit.TenantModel):
    """Prorrogação: a receivable is due later (or earlier) than it was; late charges count from the new day."""

    receivable = kit.Key(Receivable)
    from_on = models.DateField()
    to_on = models.DateField()
    reason = models.TextField()
    changed_at = models.DateTimeField()
    changed_by_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization_id", "receivable"], name="due_date_change_of_one")]


class CreditRefund(kit.TenantModel):
    """Devolução: a credit, or part of it, was paid back to the customer."""

    credit = kit.Key(Credit)
    refunded_on = models.DateField()
    refunded_at = models.DateTimeField()
    refunded_by_id = models.UUIDField(null=True)
    amount_cents = models.BigIntegerField()
    account = kit.Key(Account)
    reference = models.TextField(default="")
    entry = kit.Key(Entry)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_cents__gt=0), name="refund_is_positive")
        ]
        indexes = [models.Index(fields=["organization_id", "credit"], name="refund_of_credit")]
