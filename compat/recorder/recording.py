"""Exchanges with a service, written down once it is known whose they are."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from compat.recorder.exchange import Exchange
from compat.recorder.fakes import Fakes
from compat.recorder.redaction import PRIVATE, SMALL, TELLS_NOTHING, Redaction

HEADERS = ("content-type", "retry-after", "x-total-count")
HEADER_PREFIX = "x-ratelimit-"
NAMES = frozenset({
    "name", "filename", "original_filename", "short_name", "title", "path", "folder", "hash",
    "hashstring", "infohash",
})  # fmt: skip
SHORTEST_NAME = 5  # characters; a shorter one would be found in every other word
SHORTEST_IDENTITY = 3
WITHHELD = "withheld: it could not be told apart from a secret"


class Recording:
    """Keeps what is heard until it is written: only the last answer may say who is meant in the first."""

    def __init__(self, key: str, domain: str, *, salt: bytes = b"") -> None:
        """`domain` is the service's own, whose host names may stay. Stand-ins depend on `salt`."""
        self._key, self._domain = key, domain
        self._fakes = Fakes(salt or secrets.token_bytes(16))
        self._kept: set[str] = set()
        self._exchanges: list[Exchange] = []
        self.case = ""

    def keep(self, *ours: str | int) -> None:
        """Names, paths, infohashes, sizes of the torrent that is used: they stay readable."""
        for each in ours:
            parts = str(each).lower().split("/")
            self._kept.update(part for part in (str(each).lower(), *parts) if part)

    def heard(self, exchange: Exchange) -> None:
        """Take over a call with its answer."""
        self._exchanges.append(exchange)

    def lines(self) -> list[str]:
        """One JSON object for each exchange."""
        private = {name for exchange in self._exchanges for name in self._identities(exchange)}
        redaction = Redaction(self._fakes, self._domain, self._kept - private, private)
        return [self._line(exchange, redaction) for exchange in self._exchanges]

    def write(self, path: Path) -> None:
        """Write a new file that only its owner may read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", opener=_privately) as out:
            out.writelines(f"{line}\n" for line in self.lines())

    def _line(self, exchange: Exchange, redaction: Redaction) -> str:
        told: dict[str, Any] = {
            "case": exchange.case,
            "method": exchange.method,
            "path": redaction.path(exchange.path),
            "query": redaction.pairs(exchange.query),
            "sent": _sent(exchange, redaction),
            "status": exchange.status,
            "headers": {
                name.lower(): redaction.spoken(value)
                for name, value in exchange.headers.items()
                if name.lower() in HEADERS or name.lower().startswith(HEADER_PREFIX)
            },
            "body": _body(exchange, redaction),
        }
        line = json.dumps(told, ensure_ascii=False)
        return json.dumps({"case": exchange.case, "body": WITHHELD}) if self._tells(line) else line

    def _tells(self, line: str) -> bool:
        """Whether the key is in there after all: the net, not the plan."""
        return bool(self._key) and (self._key in line or quote(self._key, safe="") in line)

    def _identities(self, exchange: Exchange) -> Iterator[str]:
        """What an exchange tells of an account or of what is in it, in lower case."""
        pairs = [*exchange.query, *exchange.form]
        for name, value in [*pairs, *_leaves(exchange.asked), *_leaves(exchange.answered)]:
            low = name.lower().removesuffix("[]")
            text = str(value).lower()
            if low in PRIVATE and len(text) >= SHORTEST_IDENTITY:
                yield text
            elif (low in NAMES or low.endswith("id")) and not isinstance(value, bool | float):
                yield from (part for part in text.split("/") if self._names_something(part))
        if self._key:
            yield self._key.lower()

    def _names_something(self, text: str) -> bool:
        if text in self._kept or TELLS_NOTHING.fullmatch(text):
            return False
        return len(text) >= SHORTEST_NAME and not (text.isdigit() and int(text) < SMALL)


def _sent(exchange: Exchange, redaction: Redaction) -> Any:
    if not exchange.sent:
        return None
    if (asked := exchange.asked) is not None:
        return redaction.value("", asked)
    return redaction.pairs(exchange.form) or f"{len(exchange.sent)} bytes"


def _body(exchange: Exchange, redaction: Redaction) -> Any:
    if not exchange.body.strip():
        return None
    answered = exchange.answered
    return f"{len(exchange.body)} bytes" if answered is None else redaction.value("", answered)


def _leaves(value: Any, name: str = "") -> Iterable[tuple[str, str | int | float]]:
    """Every text and number in a JSON value, with the field that it stands in."""
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from _leaves(each, inner)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)
    elif value is not None:
        yield name, value


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
