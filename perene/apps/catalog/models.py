from django.contrib.postgres.fields import ArrayField
from django.db import models

from perene.apps.ledger.models import Account
from perene.apps.policies.models import DunningSchedule
from perene.kit import models as kit


class Item(kit.TenantModel):
    """A product or service of the registry. Its price here is a default; a plan version keeps its own (G17)."""

    code = models.TextField()
    name = models.TextField()
    calc_type = models.TextField()
    unit_cents = models.BigIntegerField(default=0)
    tiers = models.JSONField(null=True)
    package_size = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    account = kit.Key(Account, null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "code"], name="item_code_once")]


class PlanStatus(models.TextChoices):
    DRAFT = "draft"
    ACTIVE = "active"
    INACTIVE = "inactive"


class Plan(kit.TenantModel):
    """A plan; what it says stands in its versions. `external_code` is never reused, not even after deletion (G32)."""

    external_code = models.TextField()
    name = models.TextField()
    status = models.TextField(choices=PlanStatus.choices, default=PlanStatus.DRAFT)
    is_deleted = models.BooleanField(default=False)
    latest_version = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "external_code"], name="plan_external_code_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=PlanStatus.values), name="plan_status_known"
            ),
        ]


class PlanVersion(kit.TenantModel):
    """What a plan said at one time; a contract pins one. Never changed after it is made."""

    plan = kit.Key(Plan)
    number = models.IntegerField()
    name = models.TextField()
    payment_methods = ArrayField(models.TextField())
    interval_unit = models.TextField()
    interval_count = models.SmallIntegerField()
    total_cycles = models.IntegerField(null=True)
    charge_day_kind = models.TextField()
    charge_day = models.SmallIntegerField()
    due_after_days = models.SmallIntegerField()
    prorate_first = models.BooleanField(default=False)
    prorate_last = models.BooleanField(default=False)
    # None = the organization's standard schedule (G9).
    dunning_schedule = kit.Key(DunningSchedule, null=True)
    metadata = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "plan", "number"], name="plan_version_once"),
            models.CheckConstraint(
                condition=models.Q(interval_unit__in=["week", "month", "quarter", "half_year", "year"])
                & models.Q(interval_count__gte=1),
                name="plan_version_interval_known",
            ),
            models.CheckConstraint(
                condition=models.Q(charge_day_kind__in=["fixed", "before", "end"]),
                name="plan_version_charge_day_known",
            ),
        ]


class PricedLine(models.Model):
    """The columns that a price is made of: the same on a plan's item and on a contract's line."""

    calc_type = models.TextField()
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit_cents = models.BigIntegerField()
    # How surcharge and discount are read (G19): in reais (the *_cents) or in percent of the base.
    adjustment_kind = models.TextField(default="money")
    surcharge_cents = models.BigIntegerField(default=0)
    discount_cents = models.BigIntegerField(default=0)
    surcharge_percent = models.DecimalField(max_digits=9, decimal_places=4, default=0)
    discount_percent = models.DecimalField(max_digits=9, decimal_places=4, default=0)
    tiers = models.JSONField(null=True)
    package_size = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    recurrence = models.TextField(default="continuous")

    class Meta:
        abstract = True


class PlanItem(kit.TenantModel, PricedLine):
    version = kit.Key(PlanVersion)
    item = kit.Key(Item)
    position = models.SmallIntegerField()
    name = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "version", "position"], name="plan_item_position_once"
            ),
            models.CheckConstraint(
                condition=models.Q(adjustment_kind__in=["money", "percent"]),
                name="plan_item_adjustment_known",
            ),
        ]
