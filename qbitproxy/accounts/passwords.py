"""Passwords: what proves one, what a guess costs."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

LEGIBLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody mistakes for one another."""


class Cost(Struct, frozen=True):
    """What one guess at a password costs: the parameters of scrypt, about 64 MiB by default."""

    n: int = 2**16
    r: int = 8
    p: int = 2


def random_password() -> str:
    """Sixteen legible characters."""
    return "".join(secrets.choice(LEGIBLE) for _ in range(16))


def verifier_of(password: str, cost: Cost) -> str:
    """What proves `password` later, with its own parameters. Takes its time: not for the event loop."""
    salt = secrets.token_bytes(16)
    key = _scrypt(salt, cost).derive(as_bytes(password))
    return "$".join(("scrypt", str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(key)))


def proves(password: str, verifier: str) -> bool:
    """Whether `verifier` was made of `password`. Takes its time: not for the event loop."""
    _, n, r, p, salt, key = verifier.split("$")
    guess = _scrypt(b64decode(salt), Cost(int(n), int(r), int(p))).derive(as_bytes(password))
    return hmac.compare_digest(guess, b64decode(key))


def as_bytes(text: str) -> bytes:
    """Any text, malformed as it may be, for a comparison in constant time."""
    return text.encode("utf-8", "surrogatepass")


def _scrypt(salt: bytes, cost: Cost) -> Scrypt:
    return Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p)


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
