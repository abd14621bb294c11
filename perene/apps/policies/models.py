from django.db import models

from perene.kit import models as kit


class SettlementPolicy(kit.TenantModel):
    """What paying late costs and paying on time saves, for receivables due on `valid_from` or later, until the next policy
    begins. For consumers the law bounds it: `rules.late_charges`."""

    valid_from = models.DateField()
    # Multa: once, of the overdue principal.
    fine_percent = models.DecimalField(max_digits=5, decimal_places=2)
    # Juros de mora: simple, a month of 30 days, by the day.
    interest_percent = models.DecimalField(max_digits=5, decimal_places=2)
    # Desconto por pontualidade: lapses after the due date.
    on_time_discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "valid_from"], name="settlement_policy_begins_once"
            ),
            models.CheckConstraint(
                condition=models.Q(fine_percent__range=(0, 10))
                & models.Q(interest_percent__range=(0, 10))
                & models.Q(on_time_discount_percent__range=(0, 100)),
                name="settlement_policy_within_bounds",
            ),
        ]


class Holiday(kit.TenantModel):
    """A day on which the banks of the organization's city are closed; national ones are known (`rules.banking_days`)."""

    on = models.DateField()
    name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "on"], name="holiday_once")]


class DunningSchedule(kit.TenantModel):
    """Régua de cobrança: when notices leave around a due date (G9–G13). One per organization is the standard one."""

    name = models.TextField()
    is_standard = models.BooleanField(default=False)
    pre_due_days = models.SmallIntegerField(null=True)
    post_due_start = models.SmallIntegerField(null=True)
    every_days = models.SmallIntegerField(null=True)
    for_days = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id"], condition=models.Q(is_standard=True), name="standard_dunning_once"
            ),
        ]
