"""How programs get into an AllDebrid account: by a PIN, after the owner's consent to a new address."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from compat.emulators.alldebrid_wire import Refused
from compat.emulators.bench import Clock

PIN_TTL = 600.0  # seconds


@dataclass
class Pin:
    """A program that waits for its user."""

    pin: str
    check: str
    asked: float  # seconds since the epoch
    approved: bool = False


@dataclass
class Login:
    """PINs that were handed out, the consent that a blocked key waits for."""

    clock: Clock
    pins: list[Pin] = field(default_factory=list)
    verdict: str = "waiting"  # or "allowed", "denied"
    verification: str = ""  # token of the consent asked for, "" when none is
    resent: bool = False

    def new_pin(self) -> dict[str, object]:
        """Hand out a PIN."""
        pin = Pin(secrets.token_hex(2).upper(), secrets.token_hex(16), self.clock.now())
        self.pins.append(pin)
        base = "https://alldebrid.com/pin/"
        return {
            "pin": pin.pin,
            "check": pin.check,
            "expires_in": int(PIN_TTL),
            "user_url": f"{base}?pin={pin.pin}",
            "base_url": base,
        }

    def approve(self, pin: str) -> None:
        """Let the user enter a PIN. Raises LookupError for an unknown one."""
        for waiting in self.pins:
            if waiting.pin == pin:
                waiting.approved = True
                return
        raise LookupError(f"no PIN {pin}")

    def check_pin(self, pin: str, check: str, key: str) -> dict[str, object]:
        """Whether the user has entered a PIN, then with the key. Raises Refused."""
        for waiting in self.pins:
            if waiting.pin == pin and waiting.check == check:
                left = int(waiting.asked + PIN_TTL - self.clock.now())
                if left <= 0:
                    raise Refused("PIN_EXPIRED")
                granted = {"apikey": key} if waiting.approved else {}
                return {"activated": waiting.approved, **granted, "expires_in": left}
        raise Refused("PIN_INVALID")

    def block(self) -> None:
        """Ask the owner for consent from now on."""
        self.verification, self.verdict, self.resent = secrets.token_hex(16), "waiting", False

    def verify(self, token: str, key: str) -> dict[str, object]:
        """How the owner has decided. Raises Refused."""
        if not token or token != self.verification:
            raise Refused("PIN_EXPIRED")
        if self.verdict == "waiting":
            return {"verif": "waiting", "resendable": not self.resent}
        return {"verif": self.verdict, **({"apikey": key} if self.verdict == "allowed" else {})}

    def resend(self, token: str) -> dict[str, object]:
        """Send the e-mail again, once. Raises Refused."""
        if token != self.verification:
            raise Refused("PIN_EXPIRED")
        if self.resent:
            raise Refused("ALREADY_SENT")
        self.resent = True
        return {"sent": True}
