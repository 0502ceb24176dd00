"""In what an answer differs from the recorded one.

Always compared: status, content type, cookies of logins, text, the keys of JSON at every level with the types
of their values (an integer and a float are one number, null is a type). Rows of a list are matched by what
names them. Values are compared where the recording keeps only what matters, or where they are fixed.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compat.replay.recording import Entry
from compat.replay.wire import Answer

IDENTITIES = ("hash", "url", "index", "name")
"""The keys that name a row, the best first."""

VOLATILE = frozenset({
    "added_on", "completion_on", "last_activity", "seen_complete", "time_active", "seeding_time", "seconds",
    "eta", "timestamp", "dlspeed", "upspeed", "free_space_on_disk", "availability",
})  # fmt: skip
"""What no two runs have in common: never compared by value."""

FIXED = frozenset({
    "torrents/tags", "torrents/categories", "torrents/downloadLimit", "torrents/uploadLimit",
    "torrents/pieceHashes", "torrents/pieceStates", "torrents/webseeds", "torrents/addPeers", "torrents/add",
    "torrents/files", "app/cookies", "clientdata/load",
})  # fmt: skip
"""Endpoints whose values follow from what was done."""

CLOSE = 0.01
"""How far two numbers with a fraction may be apart: a progress is never known better."""

UNTOLD = re.compile(r"<(\d+) entries>|\(a page of the web UI.*")
ATTRIBUTES = re.compile(r"(expires|max-age)=[^;]*", re.IGNORECASE)


@dataclass(frozen=True)
class Difference:
    """`at` is where: status, type, text, cookie, body or a path in the JSON.

    `[]` is any row of a list, `{}` any entry of a map, such as torrents by their hash. `what`: missing,
    extra, kind (of value), value, order.
    """

    at: str
    what: str
    recorded: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.at} {self.what}: {_short(self.recorded)} | {_short(self.ours)}"


def differences(entry: Entry, answer: Answer, ours: Any, cookie: str | None) -> list[Difference]:
    """All of them; `ours` is the JSON or text of `answer` in the words of the recording, as is `cookie`."""
    recorded = entry.response
    found: list[Difference] = []
    if answer.status != recorded["status"]:
        return [Difference("status", "value", _said(recorded), f"{answer.status} {_short(ours)}")]
    if answer.kind != recorded["content_type"]:
        found.append(Difference("type", "value", recorded["content_type"], answer.kind))
    found += _cookies(entry, recorded.get("headers", {}).get("set-cookie"), cookie)
    if "content-encoding" in recorded.get("headers", {}) and "content-encoding" not in answer.headers:
        found.append(Difference("encoding", "missing", recorded["headers"]["content-encoding"], None))
    if "body_base64" in recorded:
        if b64decode(recorded["body_base64"]) != answer.body:
            found.append(
                Difference("body", "value", f"{recorded['body_bytes']} bytes", f"{len(answer.body)} bytes")
            )
    elif recorded.get("json") is not None:
        found += _json(entry, recorded["json"], ours)
    elif "text" in recorded and not UNTOLD.fullmatch(recorded["text"]) and recorded["text"] != ours:
        found.append(Difference("text", "value", recorded["text"], ours))
    return found


def _json(entry: Entry, recorded: Any, ours: Any) -> list[Difference]:
    if isinstance(ours, str) and not isinstance(recorded, str):
        return [Difference("json", "kind", _kind(recorded), _short(ours))]
    if entry.is_course:
        recorded = [{key: value for key, value in recorded[-1].items() if key != "seconds"}]
    walk = _Walk(valued=entry.shows or entry.is_course or entry.endpoint in FIXED, cut="cut" in entry.note)
    found = list({str(each): each for each in walk.value("json", recorded, ours)}.values())
    key = entry.request.get("query", {}).get("sort")
    if key and isinstance(ours, list) and not _is_sorted(entry, key, ours):
        found.append(Difference("json[]", "order", key, [row.get(key) for row in ours]))
    return found


@dataclass(frozen=True)
class _Walk:
    """Down two JSON values at once."""

    valued: bool
    cut: bool

    def value(self, at: str, recorded: Any, ours: Any) -> Iterator[Difference]:
        untold = UNTOLD.fullmatch(recorded) if isinstance(recorded, str) else None
        if untold and isinstance(ours, dict | list):
            if untold[1] and len(ours) != int(untold[1]):
                yield Difference(at, "value", recorded, f"<{len(ours)} entries>")
        elif _kind(recorded) != _kind(ours):
            yield Difference(at, "kind", _kind(recorded), _kind(ours))
        elif isinstance(recorded, dict):
            yield from self._object(at, recorded, ours)
        elif isinstance(recorded, list):
            yield from self._list(at, recorded, ours)
        elif self.valued and not _same(at, recorded, ours):
            yield Difference(at, "value", recorded, ours)

    def _object(self, at: str, recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[Difference]:
        if _is_map(at, recorded) or (not recorded and _is_map(at, ours)):
            yield from self._map(f"{at}{{}}", recorded, ours)
            return
        for key in recorded:
            if key in ours:
                yield from self.value(f"{at}.{key}", recorded[key], ours[key])
            else:
                yield Difference(f"{at}.{key}", "missing", recorded[key], None)
        if not self.cut:
            for key in ours.keys() - recorded.keys():
                yield Difference(f"{at}.{key}", "extra", None, ours[key])

    def _map(self, at: str, recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[Difference]:
        for key in [*recorded, *(key for key in ours if key not in recorded)]:
            if key not in ours:
                yield Difference(at, "missing", key, None)
            elif key not in recorded:
                yield Difference(at, "extra", None, key)
            else:
                yield from self.value(at, recorded[key], ours[key])

    def _list(self, at: str, recorded: Sequence[Any], ours: Sequence[Any]) -> Iterator[Difference]:
        at = f"{at}[]"
        identity = _identity(recorded or ours)
        if identity:
            ours = [row for row in ours if isinstance(row, dict)]
            yield from self._rows(at, _by(identity, recorded), _by(identity, ours))
        elif recorded and isinstance(recorded[0], dict):
            if not ours:
                yield Difference(at, "missing", f"{len(recorded)} rows", None)
            for row in ours:
                yield from self.value(at, recorded[0], row)
        elif self.valued and sorted(map(str, recorded)) != sorted(map(str, ours)):
            yield Difference(at, "value", list(recorded), list(ours))
        elif not self.valued and bool(recorded) != bool(ours):
            yield Difference(at, "missing" if recorded else "extra", list(recorded), list(ours))

    def _rows(self, at: str, recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[Difference]:
        for name in [*recorded, *(name for name in ours if name not in recorded)]:
            if name not in ours:
                yield Difference(at, "missing", name, None)
            elif name not in recorded:
                yield Difference(at, "extra", None, name)
            else:
                yield from self._object(at, recorded[name], ours[name])


def _is_map(at: str, value: Mapping[str, Any]) -> bool:
    """Whether the keys are data: hashes, addresses, names of categories."""
    if re.search(r"\.(torrents|categories|trackers|peers)$", at):
        return True
    named = any(re.fullmatch(r"[0-9a-f]{40}|.*[^A-Za-z_0-9].*|[^A-Za-z].*|", key) for key in value)
    return at == "json" and bool(value) and (named or all(isinstance(each, dict) for each in value.values()))


def _identity(rows: Sequence[Any]) -> str:
    for key in IDENTITIES:
        if rows and all(isinstance(row, dict) and key in row for row in rows):
            return key
    return ""


def _by(key: str, rows: Sequence[Any]) -> dict[str, Any]:
    return {str(row.get(key)): row for row in rows}


def _same(at: str, recorded: Any, ours: Any) -> bool:
    if at.rpartition(".")[2] in VOLATILE:
        return True
    if isinstance(recorded, float) or isinstance(ours, float):
        return bool(abs(recorded - ours) < CLOSE)
    return bool(recorded == ours)


def _is_sorted(entry: Entry, key: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    values = [row[key] for row in rows if key in row]
    backwards = entry.request["query"].get("reverse") == "true"
    return values == sorted(values, reverse=backwards)


def _cookies(entry: Entry, recorded: str | None, ours: str | None) -> Iterator[Difference]:
    """A cookie where none was recorded is a difference at logins alone: 5.3 renews them when it likes."""
    if recorded is None and (ours is None or entry.endpoint != "auth/login"):
        return
    is_renewal = not entry.endpoint.startswith("auth/") and entry.request.get("session_cookie") is not False
    if ours is None and is_renewal:
        return
    if _attributes(recorded) != _attributes(ours):
        yield Difference("cookie", "value", recorded, ours)


def _attributes(cookie: str | None) -> set[str]:
    """The cookie's name with its attributes, without what changes."""
    if cookie is None:
        return set()
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    return {pair.partition("=")[0], *(ATTRIBUTES.sub(r"\1", each) for each in attributes)}


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
    return "object"


def _said(response: Mapping[str, Any]) -> str:
    return f"{response['status']} {_short(response.get('text', response.get('json')))}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
