"""Secrets of webhooks by Standard Webhooks 1.0.0: `whsec_` and a key in base64, with or without padding."""

import base64
import secrets

PREFIX = "whsec_"
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64


def new_secret() -> str:
    """Creates a random secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(MIN_KEY_BYTES)).decode()


def parse_key(secret: str) -> bytes | None:
    """Returns the key of a secret of any size; `None` if it is not valid."""
    text = secret.removeprefix(PREFIX)
    unpadded = text.rstrip("=")
    try:
        key = base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True)
    except ValueError:
        return None
    padded = base64.b64encode(key).decode()
    # The functions accept no other spelling of the key.
    is_canonical = text in (padded, unpadded) and unpadded == padded.rstrip("=")
    return key if key and is_canonical and secret.startswith(PREFIX) else None


def is_endpoint_secret(secret: str) -> bool:
    """Returns true if an endpoint can have the secret. As in infra/payment_endpoints.py."""
    key = parse_key(secret)
    return key is not None and MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES
