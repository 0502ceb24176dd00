"""Addresses from which credentials fail."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_address

from msgspec import Struct

from qbitproxy.accounts.passwords import as_bytes
from qbitproxy.core.clock import Clock

MOST_ADDRESSES = 10_000
LONGEST_BAN = timedelta(days=1)
TOKENS_REMEMBERED = 8
BAN_HELD_AGAINST = timedelta(days=1)  # after its end


class Banned(Exception):
    """Too many failed logins came from this address."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"too many failed logins; try again after {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


class _Record(Struct):
    """What is held against one address."""

    last: datetime
    failures: int = 0  # in a row since the last ban
    bans: int = 0  # one after the other
    until: datetime | None = None  # the end of the last ban
    tokens: tuple[bytes, ...] = ()  # the last ones that were wrong, hashed


class Attempts:
    """Counts what fails, whichever way it came, and bans: each further ban lasts twice as long."""

    def __init__(self, clock: Clock, failures: int, ban: timedelta) -> None:
        """After `failures` in a row an address is banned for `ban`."""
        self._clock, self._failures, self._ban = clock, failures, ban
        self._records: dict[str, _Record] = {}

    def banned(self, address: str) -> bool:
        """Whether credentials from `address` are refused unread."""
        return self._until(address) is not None

    def refuse_banned(self, address: str) -> None:
        """Raise Banned when `address` is."""
        until = self._until(address)
        if until is not None:
            raise Banned(until)

    def failed(self, address: str, token: str | None = None) -> None:
        """Credentials from `address` were wrong.

        A token that is sent again and again is one mistake of a program, not many guesses: it counts once,
        also where a few programs behind one address take turns.
        """
        now, key = self._clock.now(), _site(address)
        record = self._records.pop(key, None) or _Record(now)
        self._records[key] = record  # the last of all, so that the longest quiet one is forgotten first
        if now - record.last >= self._ban:
            record.failures = 0
        if record.until is not None and now - record.until >= BAN_HELD_AGAINST:
            record.bans = 0
        guess = b"" if token is None else hashlib.sha256(as_bytes(token)).digest()
        record.last = now
        if guess and guess in record.tokens:
            return
        record.failures += 1
        if guess:
            record.tokens = (*record.tokens, guess)[-TOKENS_REMEMBERED:]
        if record.failures >= self._failures:
            record.until = now + self._length(record.bans)
            record.failures, record.bans = 0, record.bans + 1
        if len(self._records) > MOST_ADDRESSES:
            del self._records[next(iter(self._records))]

    def succeeded(self, address: str) -> None:
        """A login from `address` succeeded: what failed before is forgiven."""
        self._records.pop(_site(address), None)

    def _length(self, bans: int) -> timedelta:
        """How long the next ban lasts after so many of them."""
        return max(self._ban, min(self._ban * (1 << min(bans, 20)), LONGEST_BAN))

    def _until(self, address: str) -> datetime | None:
        record = self._records.get(_site(address))
        until = record.until if record else None
        return until if until is not None and until > self._clock.now() else None


def _site(address: str) -> str:
    """Whom an address stands for: in IPv6 one client has a whole /64."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return address
    return str(ip.ipv4_mapped) if ip.ipv4_mapped else ip.exploded[:19]
