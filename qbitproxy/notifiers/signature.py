"""Signatures by which a receiver knows that a webhook is from us, unchanged and of just now.

Source: Standard Webhooks specification 1.0.0: headers webhook-id, webhook-timestamp, webhook-signature;
HMAC-SHA256 over "id.timestamp.body", base64, after "v1,"; secrets are "whsec_" with base64 behind.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime

PREFIX = "whsec_"


class Signer:
    """Signs with the key of this installation."""

    def __init__(self, key: bytes) -> None:
        """`key` is 24 to 64 random bytes."""
        self._key = key

    @property
    def secret(self) -> str:
        """The key as receivers' libraries take it."""
        return PREFIX + b64encode(self._key).decode("ascii")

    def headers(self, event_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
        """What goes along with `body` when it is sent `at`."""
        timestamp = str(int(at.timestamp()))
        signed = b".".join((event_id.encode(), timestamp.encode(), body))
        signature = b64encode(hmac.digest(self._key, signed, hashlib.sha256)).decode("ascii")
        return {
            "webhook-id": event_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{signature}",
        }
