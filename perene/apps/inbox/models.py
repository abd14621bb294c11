from django.db import models

from perene.kit import models as kit


class IdempotencyKey(kit.TenantModel):
    """A POST that was asked with a key of the caller's: the same key and body get the stored answer again. A row without
    `status_code` is being worked on, or was given up by a process that died."""

    # Who asked: an API key's id. Two callers may use the same words.
    caller_id = models.UUIDField()
    key = models.TextField()
    # Method, path and SHA-256 of the body: the same key for something else is refused.
    request_digest = models.TextField()
    created_at = models.DateTimeField()
    status_code = models.SmallIntegerField(null=True)
    answer = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "caller_id", "key"], name="idempotency_key_once"
            )
        ]
        indexes = [models.Index(fields=["organization_id", "created_at"], name="idempotency_key_by_age")]
