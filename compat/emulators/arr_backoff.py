"""How long an Arr leaves a failing download client alone.

Source: Sonarr develop 97d24acf0 (ThingiProvider/Status: EscalationBackOff, ProviderStatusServiceBase),
read 2026-08.
"""

from __future__ import annotations

from dataclasses import dataclass

PERIODS = (60.0, 300.0, 900.0, 1800.0, 3600.0)  # seconds
GRACE = 300.0  # seconds of failures before the first period


@dataclass
class BackOff:
    """The failures of one client. Times are unix seconds."""

    failing_since: float | None = None
    until: float = 0.0  # nobody asks the client before
    level: int = 0

    def failed(self, now: float) -> None:
        """Note a failure; from five minutes of failures on, each disables the client for longer."""
        if self.failing_since is None:
            self.failing_since = now
        if now - self.failing_since >= GRACE:
            self.until = now + PERIODS[self.level]
            self.level = min(self.level + 1, len(PERIODS) - 1)

    def recovered(self) -> None:
        """Note a success."""
        self.failing_since, self.until, self.level = None, 0.0, 0
