"""The one-time code with which the account may be made from another machine."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

from qbitproxy.accounts.passwords import as_bytes

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
TRIES = 5


class SetupCode:
    """Shown where only the owner of the machine looks; a few wrong tries make it worthless."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """`show` tells a person a new code. There is none before `renew`."""
        self._show, self._code, self._tries = show, "", 0

    def renew(self) -> None:
        """Make another code, and show it."""
        self._code, self._tries = "".join(secrets.choice(ALPHABET) for _ in range(8)), 0
        self._show(f"{self._code[:4]}-{self._code[4:]}")

    def proves(self, guess: str) -> bool:
        """Whether `guess` is the code, however it is spelt; one wrong try too many makes another."""
        told = "".join(each for each in guess.upper() if each.isalnum())
        if self._code and hmac.compare_digest(as_bytes(told), as_bytes(self._code)):
            return True
        self._tries += 1
        if self._tries >= TRIES:
            self.renew()
        return False
