"""One call to an emulator, as its log keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl

SECRETS = {"auth_token", "apikey", "api_key", "token", "access_token", "refresh_token", "password"}
SECRETS |= {"client_secret", "code", "link", "magnet", "magnets"}  # a magnet link's trackers hold passkeys


@dataclass
class Request:
    """One call as it arrived. Its repr holds no secret."""

    method: str
    path: str  # without the emulator's base
    route: str  # "POST /torrents/selectFiles/{id}"
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]  # {} unless the body is a form; the last of fields that repeat
    at: float  # seconds since the epoch
    fields: Sequence[tuple[str, str]] = ()  # of a form, in order
    uploads: Sequence[tuple[str, str, bytes]] = ()  # (field, file name, content) of a multipart form
    status: int = 0  # 0 until it is answered

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body)

    def __repr__(self) -> str:
        asked = _masked({**self.query, **self.form})
        return f"Request({self.route!r}, {asked}, size={self.size}, status={self.status}, at={self.at:.3f})"


def read_form(content_type: str, body: bytes) -> tuple[list[tuple[str, str]], list[tuple[str, str, bytes]]]:
    """The fields and the uploads of a form, URL-encoded or multipart; nothing of any other body."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True), []
    if kind != "multipart/form-data":
        return [], []
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields, uploads = [], []
    for part in message.walk():
        if part.is_multipart():
            continue
        name = str(part.get_param("name", "", "content-disposition"))
        content = part.get_payload(decode=True)
        value = content if isinstance(content, bytes) else b""
        if filename := part.get_filename():
            uploads.append((name, filename, value))
        else:
            fields.append((name, value.decode("utf-8", "replace")))
    return fields, uploads


def route_matches(pattern: str, request: Request) -> bool:
    """Compare a pattern ("GET /torrents*") with a call's route, then with its literal path."""
    subjects = (request.route, f"{request.method} {request.path}")
    return any(pattern == subject or fnmatchcase(subject, pattern) for subject in subjects)


def _masked(pairs: Mapping[str, str]) -> dict[str, str]:
    return {
        name: "***" if name.lower().partition("[")[0] in SECRETS else value for name, value in pairs.items()
    }
