from django.db import models

from perene.apps.contracts.models import BillingGroup, Contract, ContractLine
from perene.apps.customers.models import Customer
from perene.apps.ledger.models import Account, Entry
from perene.apps.organizations.models import Unit
from perene.apps.receivables.models import Receivable
from perene.kit import models as kit
from perene.rules.invoicing import InvoiceStatus


class RunStatus(models.TextChoices):
    """A rehearsed run goes rehearsing → rehearsed → running (approved) → done, or is discarded; a straight one begins
    with running. One that is done can go on: reversing → reversed."""

    REHEARSING = "rehearsing"
    REHEARSED = "rehearsed"
    DISCARDED = "discarded"
    RUNNING = "running"
    DONE = "done"
    REVERSING = "reversing"
    REVERSED = "reversed"


class Run(kit.TenantModel):
    """A billing run: everything whose charge date is `through_on` or earlier."""

    number = models.BigIntegerField()
    through_on = models.DateField()
    reason = models.TextField()
    # "Try again" for one parked contract; None = the whole organization.
    contract = kit.Key(Contract, null=True)
    status = models.TextField(choices=RunStatus.choices, default=RunStatus.RUNNING)
    started_by_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Only what was rehearsed is billed, and only as it was rehearsed.
    is_rehearsed = models.BooleanField(default=False)
    # A person looked at the contract and says "bill it anyway".
    accepts_anomalies = models.BooleanField(db_default=False)
    approved_by_id = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    reversed_by_id = models.UUIDField(null=True)
    reversed_at = models.DateTimeField(null=True)
    reversal_reason = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "number"], name="run_number_once"),
            # Asking twice for the same day joins the run that is under way.
            models.UniqueConstraint(
                fields=["organization_id", "through_on"],
                condition=models.Q(status="running", contract__isnull=True),
                name="run_of_a_day_under_way_once",
            ),
            models.CheckConstraint(condition=models.Q(status__in=RunStatus.values), name="run_status_known"),
        ]


class Batch(kit.TenantModel):
    """The chunk of a run that one transaction bills: contracts whose batch key lies in [first_key, last_key].
    It is claimed (FOR UPDATE SKIP LOCKED) and marked done in that very transaction."""

    run = kit.Key(Run)
    position = models.IntegerField()
    first_key = models.UUIDField()
    last_key = models.UUIDField()
    contracts = models.IntegerField()
    # Invoice numbers reserved when the run was planned: a chunk that is done again uses the same ones.
    first_number = models.BigIntegerField()
    is_rehearsed = models.BooleanField(default=False)
    is_done = models.BooleanField(default=False)
    is_reversed = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True)
    charges = models.IntegerField(default=0)
    invoices = models.IntegerField(default=0)
    lines = models.IntegerField(default=0)
    total_cents = models.BigIntegerField(default=0)
    parked = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "run", "position"], name="batch_position_once")
        ]


class Decision(models.TextChoices):
    """What becomes of a rehearsed contract: billed as rehearsed, held back (an anomaly until a person decides), and after the
    approval: billed, or held because it changed since."""

    BILL = "bill"
    HOLD = "hold"
    BILLED = "billed"
    CHANGED = "changed"


class Rehearsed(kit.TenantLeaf):
    """What a rehearsal found that one contract would be billed. `digest` is over everything that made it so: the approval
    bills the contract only if it comes to the same again."""

    pk = models.CompositePrimaryKey("run_id", "contract_id")
    run = kit.Key(Run)
    contract = kit.Key(Contract)
    customer = kit.Key(Customer)
    digest = models.BinaryField()
    lines = models.IntegerField()
    total_cents = models.BigIntegerField()
    # The last bill; null = this would be the first.
    previous_cents = models.BigIntegerField(null=True)
    # Code of what is odd about it or of why it cannot be priced, its sentence and what that needs; empty = nothing.
    anomaly = models.TextField(default="")
    message = models.TextField(default="")
    params = models.JSONField(default=dict)
    decision = models.TextField(choices=Decision.choices)
    decided_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision__in=Decision.values), name="rehearsed_decision_known"
            )
        ]
        indexes = [
            models.Index(fields=["organization_id", "run", "decision"], name="rehearsed_by_decision"),
            models.Index(fields=["organization_id", "run", "customer"], name="rehearsed_of_customer"),
        ]


class ChargeStatus(models.TextChoices):
    """Held: given back by a reversal; no run bills it until a person releases it."""

    PENDING = "pending"
    HELD = "held"
    INVOICED = "invoiced"
    CANCELLED = "cancelled"


class Charge(kit.TenantModel):
    """Conta: one obligation. (contract line, kind, cycle, part) exists once; the line is the contract's own row. One made by
    hand has no line but an account and a description of its own, and perhaps no contract; its identity is its id."""

    contract = kit.Key(Contract, null=True)
    line = kit.Key(ContractLine, null=True)
    account = kit.Key(Account, null=True)
    description = models.TextField(db_default="")
    kind = models.TextField()
    cycle = models.IntegerField()
    part = models.SmallIntegerField(default=0)
    status = models.TextField(choices=ChargeStatus.choices)
    charge_on = models.DateField()
    due_on = models.DateField()
    period_start = models.DateField()
    period_end = models.DateField()
    amount_cents = models.BigIntegerField()
    # From which the amount can be computed again and explained (rules.pricing); JSON text, compact.
    derivation = models.TextField()
    # Said twice, done once.
    request_key = models.TextField(null=True)
    # A person let it go after a reversal: from then on it waits again.
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "kind", "cycle", "part"], name="cycle_charged_once"),
            models.UniqueConstraint(
                fields=["organization_id", "request_key"],
                condition=models.Q(request_key__isnull=False),
                name="charge_asked_once",
            ),
            models.CheckConstraint(
                condition=models.Q(line__isnull=False, contract__isnull=False)
                | models.Q(kind="by_hand", account__isnull=False),
                name="charge_has_a_line_or_is_by_hand",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ChargeStatus.values), name="charge_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "contract"],
                condition=models.Q(status="pending"),
                name="charge_pending",
            ),
            models.Index(
                fields=["organization_id", "contract"],
                condition=models.Q(status="held"),
                name="charge_held",
            ),
        ]


class Invoice(kit.TenantModel):
    """Fatura. A zero one is settled at birth; a negative one became a customer's credit; else it has a receivable."""

    number = models.BigIntegerField()
    customer = kit.Key(Customer)
    unit = kit.Key(Unit)
    # The contract, where all lines come from one.
    contract = kit.Key(Contract, null=True)
    billing_group = kit.Key(BillingGroup, null=True)
    run = kit.Key(Run, null=True)
    issued_on = models.DateField()
    due_on = models.DateField()
    payment_method = models.TextField()
    total_cents = models.BigIntegerField()
    status = models.TextField(choices=kit.choices(InvoiceStatus))
    receivable = kit.Key(Receivable, null=True)
    entry = kit.Key(Entry, null=True)
    # By a person, one by one; an end of the contract or the reversal of a run says its reason there.
    cancelled_on = models.DateField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by_id = models.UUIDField(null=True)
    cancel_reason = models.TextField(db_default="")
    # Said twice, done once.
    request_key = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "number"], name="invoice_number_once"),
            models.UniqueConstraint(
                fields=["organization_id", "request_key"],
                condition=models.Q(request_key__isnull=False),
                name="invoice_asked_once",
            ),
            models.CheckConstraint(condition=kit.known("status", InvoiceStatus), name="invoice_status_known"),
        ]
        indexes = [models.Index(fields=["organization_id", "customer"], name="invoice_of_customer")]


class InvoiceLine(kit.TenantLeaf):
    """Consumes a charge, once among lines not reversed."""

    pk = models.CompositePrimaryKey("invoice_id", "number")
    invoice = kit.Key(Invoice)
    number = models.SmallIntegerField()
    charge = kit.Key(Charge)
    account = kit.Key(Account)
    description = models.TextField()
    amount_cents = models.BigIntegerField()
    is_reversed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charge"], condition=models.Q(is_reversed=False), name="charge_invoiced_once"
            )
        ]


class Parked(kit.TenantModel):
    """A contract that a run could not bill, with the reason, until a try succeeds."""

    contract = kit.Key(Contract)
    run = kit.Key(Run)
    code = models.TextField()
    message = models.TextField()
    params = models.JSONField(default=dict)
    tries = models.IntegerField(default=1)
    first_on = models.DateField()
    last_on = models.DateField()
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "contract"],
                condition=models.Q(is_open=True),
                name="contract_parked_once",
            )
        ]


class DeferralStatus(models.TextChoices):
    WAITING = "waiting"
    RECOGNIZED = "recognized"
    CANCELLED = "cancelled"


class Deferral(kit.TenantModel):
    """Revenue invoiced before its period begins (I13): waits in a liability and is recognized on the first day of the period."""

    charge = kit.Key(Charge)
    invoice = kit.Key(Invoice)
    account = kit.Key(Account)
    amount_cents = models.BigIntegerField()
    recognize_on = models.DateField()
    status = models.TextField(choices=DeferralStatus.choices, default=DeferralStatus.WAITING)
    entry = kit.Key(Entry, null=True)

    class Meta:
        constraints = [
            # A charge that was given back waits again when it is invoiced again.
            models.UniqueConstraint(
                fields=["organization_id", "charge"],
                condition=~models.Q(status="cancelled"),
                name="charge_deferred_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DeferralStatus.values), name="deferral_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "recognize_on"],
                condition=models.Q(status="waiting"),
                name="deferral_waiting",
            )
        ]
