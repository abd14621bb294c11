from django.db import models

from perene.kit import models as kit


class AccountKind(models.TextChoices):
    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    REVENUE = "revenue"
    EXPENSE = "expense"


class AccountRole(models.TextChoices):
    """The accounts that Perene itself looks for; an organization has at most one of each."""

    NONE = ""
    RECEIVABLES = "receivables"
    DEFERRED_REVENUE = "deferred_revenue"
    CUSTOMER_CREDITS = "customer_credits"
    REVENUE = "revenue"
    CASH = "cash"
    FINES = "fines"
    INTEREST = "interest"
    DISCOUNTS = "discounts"
    LOSSES = "losses"
    OPENING = "opening"


class Account(kit.TenantModel):
    """A line of the chart of accounts (plano de contas)."""

    code = models.TextField()
    name = models.TextField()
    kind = models.TextField(choices=AccountKind.choices)
    role = models.TextField(choices=AccountRole.choices, default="", blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "code"], name="account_code_once"),
            models.UniqueConstraint(
                fields=["organization_id", "role"], condition=~models.Q(role=""), name="account_role_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AccountKind.values), name="account_kind_known"
            ),
        ]


class Entry(kit.TenantModel):
    """A journal entry (lançamento). `source_kind` + `source_id` say what it records, without a key that points up."""

    posted_on = models.DateField()
    kind = models.TextField()
    source_kind = models.TextField()
    source_id = models.UUIDField()

    class Meta:
        constraints = [
            # Only the rare kind: an invoice's own entry is named by the invoice, and an index over every entry would cost
            # the billing run a twentieth.
            models.UniqueConstraint(
                fields=["organization_id", "source_id"],
                condition=models.Q(kind="invoice_cancelled"),
                name="invoice_cancelled_once",
            )
        ]


class Posting(kit.TenantLeaf):
    """One side of an entry: debit positive, credit negative. All postings of an entry go in by one INSERT."""

    pk = models.CompositePrimaryKey("entry_id", "number")
    entry = kit.Key(Entry)
    number = models.SmallIntegerField()
    account = kit.Key(Account)
    posted_on = models.DateField()
    amount_cents = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount_cents=0), name="posting_is_not_zero"),
        ]


class Closing(kit.TenantModel):
    """An accounting period was closed: no entry is posted on `through_on` or before while this stands. Taken back by
    `reopened_at`, never by deleting it."""

    through_on = models.DateField()
    closed_at = models.DateTimeField()
    closed_by_id = models.UUIDField(null=True)
    reopened_at = models.DateTimeField(null=True)
    reopened_by_id = models.UUIDField(null=True)
    reopening_reason = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "through_on"],
                condition=models.Q(reopened_at__isnull=True),
                name="period_closed_once",
            )
        ]


class Subtotal(kit.TenantLeaf):
    """Sums of the postings of one INSERT by account and day, written by the balance trigger: the trial balance reads
    these few rows instead of every posting, and `perene verify` proves them equal."""

    id = models.BigAutoField(primary_key=True)
    account = kit.Key(Account)
    posted_on = models.DateField()
    debit_cents = models.BigIntegerField()
    credit_cents = models.BigIntegerField()
