"""What may be written down of what a service says: its own words, numbers that tell nothing, our torrent.

Everything else is replaced, known or not: a field that nobody has thought of comes out as a stand-in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from math import isfinite
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from compat.recorder.fakes import Fakes

SPOKEN = frozenset({
    "status", "state", "download_state", "error", "errors", "error_code", "error_details",
    "error_description", "errorstring", "message", "code", "detail", "details", "type", "host",
    "mime_type", "mimetype", "transcode_status", "virus_scan", "success", "method", "async", "filter",
})  # fmt: skip
"""Fields in which a service uses its own words; what is in them of anybody's is taken out."""

PRIVATE = frozenset({
    "username", "user", "email", "e-mail", "mail", "login", "pseudo", "nickname", "customer_id",
    "customer", "user_id", "userid", "auth_id", "ip", "remote_ip", "ip_address", "country",
})  # fmt: skip
"""Fields that tell whose account it is."""

MOMENTS = re.compile(r"(?i)expir|until|date|created|updated|added|ended|time")
SMALL = 10_000  # numbers below tell nothing
EPOCH = 10**9  # seconds; what is smaller is a duration

TELLS_NOTHING = re.compile(
    r"[-\w.]?|\d{1,4}(?:,\d{1,4})*|\d{1,4}\.\d{1,4}|true|false|all|none|null|root|\d+ bytes"
)
DATED = re.compile(r"(\d{4}-\d\d-\d\d)((?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)")
FIELD = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}\d?(?:\[\])?|\d{1,4}")
WORD = re.compile(r"[a-z]{1,16}(?:[A-Z][a-z]{1,16}){0,3}|v?\d{1,2}(?:\.\d{1,2})?|")
WORDS = re.compile(r"[A-Z]?[a-z]{1,16}(?:[A-Z][a-z]{1,16}){0,4}(?:[_/-][A-Z]?[a-z]{1,16}){0,5}")
"""What may stay of a long run of letters: `magnet_conversion`, `application/octet-stream`."""

HEXADECIMAL = re.compile(r"[0-9a-fA-F]{16,}")
WITHIN = re.compile(
    r"(?P<magnet>magnet:\S+)"
    r"|(?P<url>[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]+)"
    r"|(?P<email>[^\s@\"'<>]+@[^\s@\"'<>]+\.\w+)"
    r"|(?P<ipv4>(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d))"
    r"|(?P<ipv6>(?<![\w:])[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?<![.])(?!\w))"
    r"|(?P<long>[\w+/=-]{16,})"
    r"|(?P<code>\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{8,}\b)"
    r"|(?P<number>\d{7,})"
)
"""What is somebody's in the midst of a service's own words."""


class Redaction:
    """Turns what was said into what may be kept. `kept` and `private` hold their texts in lower case."""

    def __init__(self, fakes: Fakes, domain: str, kept: Collection[str], private: Collection[str]) -> None:
        """`domain` is the service's own; `kept` are texts, numbers as texts that belong to our torrent."""
        self._fakes, self._domain, self._kept = fakes, domain, kept
        self._private = sorted(private, key=len, reverse=True)
        self._names = frozenset(private)

    def value(self, name: str, value: Any) -> Any:
        """A JSON value that stands in the field `name`."""
        match value:
            case None | bool():
                return value
            case dict():
                return self._object(value)
            case list():
                return [self.value(name, each) for each in value]
            case int() | float():
                return self._number(name, value)
        return self._string(name, str(value))

    def pairs(self, pairs: Collection[tuple[str, str]]) -> list[list[str]]:
        """The fields of a form or a query."""
        return [[self._field(name), self._string(name, value)] for name, value in pairs]

    def path(self, path: str) -> str:
        """The path of a call; what is no word of the service's is replaced."""
        return "/".join(self._segment(unquote(part)) for part in path.split("/"))

    def spoken(self, text: str) -> str:
        """The service's own words, without what is somebody's."""
        if text.lower() in self._kept:
            return text
        here = [re.escape(name) for name in self._private if name in text.lower()]
        if not here:
            return WITHIN.sub(self._within, text)
        names = rf"(?P<name>(?i:(?<![^\W_])(?:{'|'.join(here)})(?![^\W_])))"
        return re.sub(f"{WITHIN.pattern}|{names}", self._within, text)

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        whose = any(name.lower() in PRIVATE for name in value)
        return {
            self._field(name): self._identity(each)
            if name.lower() in PRIVATE or (whose and name.lower() == "id")
            else self.value(name, each)
            for name, each in value.items()
        }

    def _identity(self, value: Any) -> Any:
        match value:
            case bool() | None:
                return value
            case int():
                return self._fakes.number(value)
            case str():
                return "/".join(self._fake(part) for part in value.split("/"))
        return self.value("", value)

    def _number(self, name: str, value: float) -> float:
        if not isfinite(value) or abs(value) < SMALL or str(value) in self._kept:
            return value
        if MOMENTS.search(name) and value >= EPOCH:
            return self._fakes.moment(value)
        return self._fakes.number(int(value))

    def _string(self, name: str, value: str) -> str:
        low = name.lower().removesuffix("[]")
        if low in PRIVATE:
            return str(self._identity(value))
        if low in SPOKEN:
            return self.spoken(value)
        if value.isdigit() and value in self._kept:
            return value
        if dated := DATED.fullmatch(value):
            return f"{self._fakes.day(dated[1])}{dated[2]}"
        if TELLS_NOTHING.fullmatch(value) and value.lower() not in self._names:
            return value
        if value.startswith("magnet:"):
            return self._magnet(value)
        if "://" in value:
            return self._url(value)
        return "/".join(self._part(part) for part in value.split("/"))

    def _part(self, part: str) -> str:
        """One component of a path, or the whole of a text."""
        return part if not part or part.lower() in self._kept else self._fake(part)

    def _fake(self, text: str) -> str:
        if HEXADECIMAL.fullmatch(text):
            return self._fakes.hexadecimal(text)
        if "@" in text:
            return self._fakes.email(text)
        return self._fakes.address(text) if _is_address(text) else self._fakes.text(text)

    def _within(self, found: re.Match[str]) -> str:
        """What stands for something that was found within a sentence."""
        text = found[0]
        match found.lastgroup:
            case "magnet":
                return self._magnet(text)
            case "url":
                return self._url(text)
            case "ipv4" | "ipv6":
                return self._fakes.address(text) if _is_address(text) else text  # or a time of day
            case "long" if WORDS.fullmatch(text) and not any(name in text.lower() for name in self._private):
                return text
        return self._part(text)

    def _magnet(self, magnet: str) -> str:
        """Only which torrent it is: trackers hold passkeys."""
        topic = re.search(r"(?i)urn:btih:([0-9a-z]+)", magnet)
        return f"magnet:?xt=urn:btih:{self._part(topic[1])}" if topic else "magnet:?"

    def _url(self, url: str) -> str:
        """Scheme, the service's own host, the shape of the path: whatever signs it is replaced."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return "https://host.example/"
        own = host == self._domain or host.endswith(f".{self._domain}")
        if not own:
            host = self._fakes.address(host) if _is_address(host) else self._fakes.host(host)
        segments = [self._url_segment(unquote(segment)) for segment in parts.path.split("/")]
        pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
        query = "&".join(f"{self._field(name)}={self._fakes.text(value)}" for name, _, value in pairs)
        return f"{parts.scheme}://{host}{'/'.join(segments)}{'?' if query else ''}{query}"

    def _url_segment(self, segment: str) -> str:
        return segment if len(segment) <= 1 else quote(self._part(segment))

    def _segment(self, segment: str) -> str:
        if WORD.fullmatch(segment) and segment.lower() not in self._names:
            return segment
        return quote(self._string("", segment))

    def _field(self, name: str) -> str:
        if FIELD.fullmatch(name) and name.lower() not in self._names and not HEXADECIMAL.fullmatch(name):
            return name
        return self._part(name)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
