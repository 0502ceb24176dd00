"""Stand-ins for what must not be written down: the same for the same, of the same shape."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from string import ascii_lowercase, ascii_uppercase, digits

FURTHEST = 5000  # days by which dates are moved at most
DAY = 86400  # seconds
SUFFIXES = frozenset({
    "mkv", "mp4", "avi", "m4v", "ts", "iso", "srt", "sub", "nfo", "txt", "jpg", "png", "zip", "rar",
    "mp3", "flac", "m4b", "ogg", "epub", "pdf", "torrent",
})  # fmt: skip


class Fakes:
    """Stand-ins that nobody can lead back who does not have the salt."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._days = 365 + int.from_bytes(self._digest("days")[:4], "big") % FURTHEST

    def text(self, original: str) -> str:
        """Letters for letters, digits for digits, the rest as it is; a file keeps its kind."""
        stem, _, suffix = original.rpartition(".")
        if stem and suffix.lower() in SUFFIXES:
            return f"{self._shaped(stem, ascii_lowercase, digits)}.{suffix}"
        return self._shaped(original, ascii_lowercase, digits)

    def hexadecimal(self, original: str) -> str:
        """As many hex digits; the same whether the original is in capitals or not."""
        faked = self._shaped(original.lower(), "abcdef", digits)
        return faked.upper() if original.isupper() else faked

    def number(self, original: int) -> int:
        """A number with as many digits."""
        size = str(abs(original))
        faked = self._shaped(size, "", digits)
        faked = faked if faked[0] != "0" else f"1{faked[1:]}"
        return int(faked) if original >= 0 else -int(faked)

    def email(self, original: str) -> str:
        return f"someone-{self._digest(original.lower()).hex()[:8]}@example.org"

    def host(self, original: str) -> str:
        return f"host-{self._digest(original.lower()).hex()[:8]}.example"

    def address(self, original: str) -> str:
        """An IP address of those that are kept for documentation (RFC 5737, RFC 3849)."""
        last = self._digest(original)[0]
        return f"2001:db8::{last:x}" if ":" in original else f"192.0.2.{last}"

    def day(self, original: str) -> str:
        """A day as YYYY-MM-DD, moved by as many days as every other; "1970-01-01" for what is none."""
        try:
            return str(date.fromisoformat(original) - timedelta(days=self._days))
        except (ValueError, OverflowError):
            return "1970-01-01"

    def moment(self, original: float) -> float:
        """Seconds since the epoch, moved as days are."""
        return original - self._days * DAY

    def _shaped(self, original: str, letters: str, numerals: str) -> str:
        for attempt in count():
            bytes_ = self._stream(f"{attempt}\0{original}")
            faked = "".join(_like(char, next(bytes_), letters, numerals) for char in original)
            if faked != original or not any(map(str.isalnum, original)):
                return faked
        raise AssertionError("unreachable")

    def _stream(self, seed: str) -> Iterator[int]:
        for block in count():
            yield from self._digest(f"{block}\0{seed}")

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._salt, text.encode(errors="surrogatepass"), hashlib.sha256)


def _like(char: str, chance: int, letters: str, numerals: str) -> str:
    if char.isdigit():
        return numerals[chance % len(numerals)]
    if not char.isalpha() or not letters:
        return char if char.isascii() else "-"
    alphabet = ascii_uppercase[: len(letters)] if char.isupper() else letters
    return alphabet[chance % len(alphabet)]
