"""Secrets and signatures of Standard Webhooks (standardwebhooks.com)."""

import base64
import secrets as randomness
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32
PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh secret, as receivers' libraries take it."""
    return PREFIX + base64.b64encode(randomness.token_bytes(SECRET_BYTES)).decode()


def headers(message_id: str, body: str, *, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The headers of one try. More than one secret (the new and the one it replaces): a signature by each, and the receiver
    needs to know either. `at` is aware, in UTC."""
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
