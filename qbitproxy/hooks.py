"""What Arrs prove themselves by when their webhooks tell us something."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Collection
from hmac import compare_digest
from pathlib import Path

from qbitproxy.whole import put

NOBODYS = secrets.token_urlsafe(32)
"""What a guess is compared with where there is no such Arr, so that it takes as long."""


class Hooks:
    """A secret for each Arr that is to tell us of its library, good for nothing else."""

    def __init__(self, path: Path, arrs: Collection[str]) -> None:
        """Load the secrets of `arrs`, made on first use, from `path`, a file for its owner alone.

        That of an Arr which is not among them is forgotten: should it come back, it gets another one.
        """
        kept = _read(path)
        self._secrets = {name: kept.get(name) or secrets.token_urlsafe(32) for name in arrs}
        if self._secrets != kept:
            put(path, json.dumps(self._secrets, indent=2).encode())
        self._heard: Counter[str] = Counter()

    def secret(self, arr: str) -> str:
        """What `arr` is given; KeyError for one that is to tell nothing."""
        return self._secrets[arr]

    def proves(self, arr: str, secret: bytes) -> bool:
        """Whether `secret` is the one of `arr`; how long it takes tells neither that nor who there is."""
        return compare_digest(self._secrets.get(arr, NOBODYS).encode(), secret) and arr in self._secrets

    def hear(self, arr: str) -> None:
        """Note that `arr` has reached us."""
        self._heard[arr] += 1

    def heard(self, arr: str) -> int:
        """How often `arr` has reached us since we started."""
        return self._heard[arr]


def _read(path: Path) -> dict[str, str]:
    """What a file holds; nothing when there is none, or none that makes sense."""
    try:
        kept = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    fits = isinstance(kept, dict) and all(isinstance(secret, str) for secret in kept.values())
    return kept if fits else {}
