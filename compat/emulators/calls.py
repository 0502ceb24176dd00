"""One call to an emulator, as its log keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

SECRETS = {"auth_token", "apikey", "api_key", "token", "access_token", "refresh_token", "password"}
SECRETS |= {"client_secret", "code", "link", "magnet"}  # a magnet link's trackers hold passkeys


@dataclass
class Request:
    """One call as it arrived. Its repr holds no secret."""

    method: str
    path: str  # without the emulator's base
    route: str  # "POST /torrents/selectFiles/{id}"
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]  # {} unless the body is URL-encoded
    at: float  # seconds since the epoch
    status: int = 0  # 0 until it is answered

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body)

    def __repr__(self) -> str:
        asked = _masked({**self.query, **self.form})
        return f"Request({self.route!r}, {asked}, size={self.size}, status={self.status}, at={self.at:.3f})"


def route_matches(pattern: str, request: Request) -> bool:
    """Compare a pattern ("GET /torrents*") with a call's route, then with its literal path."""
    subjects = (request.route, f"{request.method} {request.path}")
    return any(pattern == subject or fnmatchcase(subject, pattern) for subject in subjects)


def _masked(pairs: Mapping[str, str]) -> dict[str, str]:
    return {name: "***" if name.lower() in SECRETS else value for name, value in pairs.items()}
