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


class Alert(kit.TenantModel):
    """Something that a person must look at, until it is resolved. (kind, key) is open once at most."""

    kind = models.TextField()
    # What it is about, so that the same trouble raises no second alert: a date, an id.
    key = models.TextField()
    # A msgid and what its sentence needs, as a Refusal has them.
    message = models.TextField()
    params = models.JSONField(default=dict)
    raised_on = models.DateField()
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    # Null = it passed by itself.
    resolved_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "kind", "key"],
                condition=models.Q(resolved_at__isnull=True),
                name="alert_open_once",
            )
        ]


class Endpoint(kit.TenantModel):
    """Where an organization hears of its events (Standard Webhooks)."""

    url = models.TextField()
    description = models.TextField(default="")
    # Encrypted (kit.crypto).
    secret = models.TextField()
    # After a rotation: the secret before it, also encrypted, and how long it still signs beside the new one.
    previous_secret = models.TextField(default="")
    previous_until = models.DateTimeField(null=True)
    # Names of events; empty = all.
    kinds = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    # The sweep has looked at every event up to this one.
    seen_event_id = models.UUIDField()
    failing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "url"], name="endpoint_url_once"),
        ]


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Delivery(kit.TenantModel):
    """An event on its way to an endpoint."""

    endpoint = kit.Key(Endpoint)
    event = kit.Key(Event)
    status = models.TextField(choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING)
    # Tries that were begun; one without a DeliveryAttempt was cut off, and nobody knows what the receiver saw.
    attempts = models.IntegerField(default=0)
    # Tries since the last “send again”: how long to wait for the next.
    tries = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "endpoint", "event"], name="event_delivered_once_each"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "next_attempt_at"],
                condition=models.Q(status="waiting"),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["organization_id", "endpoint", "next_attempt_at"],
                condition=models.Q(status="waiting"),
                name="delivery_waiting_of_endpoint",
            ),
            models.Index(fields=["organization_id", "-created_at", "id"], name="delivery_by_time"),
        ]


class DeliveryAttempt(kit.TenantModel):
    """One try: what was answered, or why nobody did. `status_code` null = no answer."""

    delivery = kit.Key(Delivery)
    number = models.SmallIntegerField()
    at = models.DateTimeField()
    status_code = models.SmallIntegerField(null=True)
    error = models.TextField(default="")
    answer = models.TextField(default="")
    milliseconds = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "delivery", "number"], name="delivery_attempt_once"
            )
        ]
