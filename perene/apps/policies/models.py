from django.db import models

from perene.kit import models as kit


class PaymentMethod(models.TextChoices):
    BOLETO = "boleto"
    PIX = "pix"
    PIX_AUTOMATICO = "pix_automatico"
    CARD = "card"


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
