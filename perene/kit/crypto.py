"""Secrets that must be read again (a webhook's, a second factor's) rest sealed: AES-256-GCM, under a key that stands in no table.

A sealed text is `v1.KEY.DATA`; KEY names the key that opens it, so that keys can be changed: put a new one in front in
PERENE_ENCRYPTION_KEY (separated by commas), and the ones behind it still open what they sealed. What need not be read again
(a password, a key, a link) is not sealed but hashed.
"""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_VERSION = "v1"
_NONCE_BYTES = 12
_PURPOSE = b"perene: secrets in rest"


class Unreadable(RuntimeError):
    """A sealed text that none of our keys opens: it was changed, or its key is gone from PERENE_ENCRYPTION_KEY."""


def seal(text: str) -> str:
    """The text under the present key; twice the same text gives two different results."""
    name, key = next(iter(_keys(tuple(settings.ENCRYPTION_KEYS)).items()))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    hidden = nonce + AESGCM(key).encrypt(nonce, text.encode(), _head(name))
    return f"{_VERSION}.{name}.{base64.urlsafe_b64encode(hidden).decode().rstrip('=')}"


def open(text: str) -> str:
    """What `seal` was given. Raises Unreadable."""
    version, _, rest = text.partition(".")
    name, _, data = rest.partition(".")
    key = _keys(tuple(settings.ENCRYPTION_KEYS)).get(name)
    if version != _VERSION or key is None:
        raise Unreadable(
            "This secret was sealed with a key that is gone: put it back in PERENE_ENCRYPTION_KEY."
        )
    try:
        hidden = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
        return AESGCM(key).decrypt(hidden[:_NONCE_BYTES], hidden[_NONCE_BYTES:], _head(name)).decode()
    except (InvalidTag, ValueError):
        raise Unreadable("This secret was changed since it was sealed: make a new one.") from None


def names() -> list[str]:
    """The names of the keys that open what is sealed here, the present one first. They do not tell the keys."""
    return list(_keys(tuple(settings.ENCRYPTION_KEYS)))


def digest(secret: str) -> str:
    """What is kept of a secret of ours that is only ever compared: SHA-256 suffices, for it has no fewer than 128 random
    bits (a password has not: that is what Argon2 is for)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed_digest(secret: str) -> str:
    """The same for what has fewer bits (a code that a person types): nobody can try them out without our secret key."""
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()


def _head(name: str) -> bytes:
    return f"{_VERSION}.{name}".encode()


@lru_cache(maxsize=4)
def _keys(given: tuple[str, ...]) -> dict[str, bytes]:
    """Name → key, the present one first. The name is made from the key, and does not tell it."""
    found = {}
    for text in given:
        key = HKDF(hashes.SHA256(), 32, salt=None, info=_PURPOSE).derive(text.encode())
        found[hashlib.sha256(b"name:" + key).hexdigest()[:8]] = key
    return found
