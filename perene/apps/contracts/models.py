from django.db import models

from perene.apps.catalog.models import Item, PlanVersion, PricedLine
from perene.apps.customers.models import Customer
from perene.apps.ledger.models import Account
from perene.apps.organizations.models import Unit
from perene.kit import models as kit
from perene.rules.charging import BillingMethod


class BillingGroup(kit.TenantModel):
    """Agrupador: charges of one group and one due date become one invoice (I16–I18)."""

    customer = kit.Key(Customer)
    name = models.TextField()
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "customer"],
                condition=models.Q(is_default=True),
                name="default_group_once",
            )
        ]


class ContractStatus(models.TextChoices):
    DRAFT = "draft"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    ENDED = "ended"


class TermKind(models.TextChoices):
    OPEN = "open"
    FIXED = "fixed"
    RENEWING = "renewing"


class Contract(kit.TenantModel):
    """A contract pins a plan version and has its own lines."""

    number = models.BigIntegerField()
    external_id = models.TextField(null=True)
    customer = kit.Key(Customer)
    unit = kit.Key(Unit)
    plan_version = kit.Key(PlanVersion)
    origin = models.TextField(default="native")
    status = models.TextField(choices=ContractStatus.choices, default=ContractStatus.DRAFT)
    started_on = models.DateField()
    signed_on = models.DateField()
    # Exclusive: the first day without the contract. A cancellation or the end of a fixed term sets it.
    ends_on = models.DateField(null=True)
    term_kind = models.TextField(choices=TermKind.choices)
    term_months = models.SmallIntegerField(null=True)
    term_number = models.IntegerField(default=1)
    term_ends_on = models.DateField(null=True)
    payment_method = models.TextField()
    delivery = models.TextField(default="email")
    cancel_reason = models.TextField(default="")
    notes = models.TextField(default="")
    # Said twice, made once.
    request_key = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "number"], name="contract_number_once"),
            models.UniqueConstraint(
                fields=["organization_id", "external_id"], name="contract_external_id_once"
            ),
            models.UniqueConstraint(
                fields=["organization_id", "request_key"],
                condition=models.Q(request_key__isnull=False),
                name="contract_asked_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ContractStatus.values), name="contract_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(term_kind__in=TermKind.values), name="contract_term_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["organization_id", "customer"], name="contract_of_customer")]


class BillingTerms(kit.TenantLeaf):
    """How a native contract is billed, and where its billing stands. Narrow, because every run rewrites its cursor:
    the `next_*` columns carry no index so that the rewrite stays on its page (HOT)."""

    contract = models.OneToOneField(
        Contract, models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    # What a chunk is cut by: the billing group, or the contract itself where nothing is grouped.
    batch_key = models.UUIDField()
    billing_group = kit.Key(BillingGroup, null=True)
    billing_method = models.TextField(choices=kit.choices(BillingMethod))
    due_day = models.SmallIntegerField(null=True)
    first_cycle = models.IntegerField(default=1)
    # The gates before a run (approved → activated → reviewed); a null date is a closed gate.
    approved_on = models.DateField(null=True)
    activated_on = models.DateField(null=True)
    review_before_billing = models.BooleanField(default=False)
    # Grows with every change that billing depends on: a chunk priced from an older state is done again.
    revision = models.IntegerField(default=1)
    # Real time of the confirmation: a run that began later must have billed this contract.
    confirmed_at = models.DateTimeField(null=True)
    next_cycle = models.IntegerField(default=1)
    # The first date on which a run has something to do here; null = nothing more to come.
    next_run_on = models.DateField(null=True)
    # What its last bill came to, recurring charges only: the next one is compared with it. Null = never billed.
    last_billed_cents = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=kit.known("billing_method", BillingMethod), name="billing_method_known"
            ),
            models.CheckConstraint(
                condition=models.Q(due_day__isnull=True) | models.Q(due_day__range=(1, 31)),
                name="due_day_in_month",
            ),
        ]
        indexes = [models.Index(fields=["organization_id", "batch_key"], name="terms_by_batch_key")]


class ContractLine(kit.TenantModel, PricedLine):
    """The contract's own line. Its price never changes: a change of plan ends this line and begins another."""

    contract = kit.Key(Contract)
    item = kit.Key(Item)
    position = models.SmallIntegerField()
    description = models.TextField()
    account = kit.Key(Account)
    # It is charged in the contract's cycles [from_cycle, until_cycle); its recurrence counts from from_cycle.
    from_cycle = models.IntegerField(default=1)
    until_cycle = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "contract", "position"], name="contract_line_position_once"
            ),
            models.CheckConstraint(
                condition=models.Q(adjustment_kind__in=["money", "percent"]),
                name="contract_line_adjustment_known",
            ),
        ]
