"""How each kind of value is written in the settings file."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Struct
from yarl import URL as Address

from qbitproxy.core.timetable import timetable, window
from qbitproxy.settings.secret import Secret


def taken(text: str) -> Any:
    """Text from the environment, as it stands."""
    return text


def parsed(text: str) -> Any:
    """The JSON or TOML value that `text` spells. Raises ValueError."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        document = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        raise ValueError("is neither a TOML nor a JSON value") from None
    if set(document) != {"value"}:
        raise ValueError("is more than one value")
    return document["value"]


class Form(Struct, frozen=True):
    """One way of writing a value. `read` raises ValueError with a text that never repeats the value."""

    says: str  # completes the sentence "write …"
    read: Callable[[Any], Any]  # a TOML value -> ours
    write: Callable[[Any], Any] = taken  # ours -> a TOML value
    of_text: Callable[[str], Any] = taken  # environment text -> a TOML value
    shown: Callable[[Any], Any] | None = None  # ours -> what may be shown, where that is less than `write`


class Between(Struct, frozen=True):
    """The range of a number, duration or size; `high` None leaves it open."""

    low: Any
    high: Any = None

    def admits(self, value: Any) -> bool:
        """Whether `value` lies in the range, both ends included."""
        return bool(value >= self.low and (self.high is None or value <= self.high))


def said(form: Form, bounds: Between | None) -> str:
    """What to write, range included."""
    if bounds is None:
        return form.says
    if bounds.high is None:
        return f"{form.says}, at least {form.write(bounds.low)}"
    return f"{form.says}, from {form.write(bounds.low)} to {form.write(bounds.high)}"


def kind_of(value: object) -> str:
    """What a TOML value is, in words."""
    kinds: dict[type, str] = {
        bool: "true or false",
        int: "a whole number",
        float: "a number with decimals",
        str: "text",
        list: "a list",
        dict: "a table",
    }
    return kinds.get(type(value), "a date or nothing")


def optional(form: Form) -> Form:
    """`form`, or "" for None."""
    return Form(
        f'{form.says}, or ""',
        lambda value: None if value == "" else form.read(value),
        lambda value: "" if value is None else form.write(value),
        lambda text: text if text == "" else form.of_text(text),
    )


def choice(words: Mapping[str, Any]) -> Form:
    """One of `words`, which say what each stands for."""

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in words:
            raise ValueError("is not one of the known words")
        return words[value]

    return Form(" or ".join(f'"{word}"' for word in words), read, str)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is {kind_of(value)} where text is expected")
    if not value.isprintable():
        raise ValueError("holds control characters or line ends")
    return value


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"is {kind_of(value)} where a whole number is expected")
    return value


def _switch(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError(f"is {kind_of(value)} where true or false is expected")
    return value


_MILLISECONDS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


def _duration(value: Any) -> timedelta:
    text = _text(value)
    if not re.fullmatch(r"([0-9]{1,17}(ms|s|m|h|d))+", text):
        raise ValueError("is not a duration")
    parts = re.findall(r"([0-9]+)(ms|s|m|h|d)", text)
    try:
        return timedelta(milliseconds=sum(int(count) * _MILLISECONDS[unit] for count, unit in parts))
    except OverflowError:
        raise ValueError("is too long a duration") from None


def _duration_text(value: timedelta) -> str:
    count = value // timedelta(milliseconds=1)
    unit = next((unit for unit, size in _MILLISECONDS.items() if count and count % size == 0), "s")
    return f"{count // _MILLISECONDS[unit]}{unit}"


_BYTES = {"b": 1} | {f"{p}{u}": b**n for n, p in enumerate("kmgt", 1) for u, b in (("b", 1000), ("ib", 1024))}
_WRITTEN = {
    "kb": "kB",
    "mb": "MB",
    "gb": "GB",
    "tb": "TB",
    "kib": "KiB",
    "mib": "MiB",
    "gib": "GiB",
    "tib": "TiB",
}


def _size(value: Any) -> int:
    if type(value) is int:
        return value
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([a-z]{1,3})?", _text(value).lower())
    if match is None or (match[2] or "b") not in _BYTES:
        raise ValueError("is not a size")
    return int(Decimal(match[1]) * _BYTES[match[2] or "b"])


def _size_text(value: int) -> str:
    exact = [(value // size, unit) for unit, size in _BYTES.items() if value and value % size == 0]
    count, unit = min(exact, default=(value, "b"))
    return f"{count}{_WRITTEN.get(unit, '')}"


def _mode(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"0?[0-7]{3}", value):
        raise ValueError("is not a file mode in octal digits, in quotes")
    return int(value, 8)


def _network(value: Any) -> IPv4Network | IPv6Network:
    text = _text(value)
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError("is not a network, or has bits set behind its prefix") from None


def _absolute(value: Any) -> str:
    text = _text(value)
    if text and not text.startswith("/"):
        raise ValueError("is a relative path where an absolute one is needed")
    if ".." in text.split("/") or text.strip("/") == "" != text:
        raise ValueError('may neither hold ".." nor be the root of the file system')
    return posixpath.normpath(text).replace("//", "/") if text else ""


def _address(value: Any) -> str:
    text = _text(value)
    try:
        parts = urlsplit(text)
        host = (Address(text).host or "").encode("idna")  # as whoever dials it will
        usable = parts.scheme in ("http", "https") and bool(host) and parts.port != 0
    except ValueError:
        usable = False
    if text and (not usable or " " in text):
        raise ValueError("is not an http or https URL")
    return text


def _url(value: Any) -> str:
    text = _address(value)
    if "?" in text or "#" in text or "@" in urlsplit(text).netloc:
        raise ValueError("holds more than scheme, host, port and path")
    return text.rstrip("/")


def _base_url(value: Any) -> str:
    text = _url(value)
    return f"{text}/" if text else ""


def _only_host(value: str) -> str:
    parts = urlsplit(value)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/***" if value else ""


def _place(value: Any) -> str:
    found = _absolute(value) if _text(value).startswith("/") else _url(value)
    if not found:
        raise ValueError("is empty")
    return found


def _below(value: Any) -> str:
    text = _text(value)
    if text.startswith("/") or {"..", "."} & set(text.split("/")):
        raise ValueError("is not a path below the mount")
    return text


def _url_base(value: Any) -> str:
    path = _text(value).strip("/")
    if path and not re.fullmatch(r"(?!\.)[A-Za-z0-9._~-]+(/(?!\.)[A-Za-z0-9._~-]+)*", path):
        raise ValueError("is not a plain URL path")
    return f"/{path}" if path else ""


def _category(value: Any) -> str:
    text = _text(value)
    if text and ("\\" in text or {"", ".", ".."} & set(text.split("/"))):
        raise ValueError("is not a category that can be a folder name")
    return text


def _extension(value: Any) -> str:
    text = _text(value).lower().removeprefix(".")
    if not re.fullmatch(r"[a-z0-9_-]{1,16}", text):
        raise ValueError("is not a file extension")
    return text


def _pattern(value: Any) -> str:
    text = _text(value)
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        raise ValueError("is not a regular expression") from None
    if not text:
        raise ValueError("is empty, so it would fit everything")
    return text


def _secret(value: Any) -> Secret:
    if not isinstance(value, str):
        raise ValueError(f"is {kind_of(value)} where text is expected")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("holds blanks, line ends or characters that no key has")
    return Secret(value)


def _timetable(value: Any) -> str:
    text = _text(value).strip()
    if text:
        timetable(text)
    return text


def _window(value: Any) -> str:
    text = _text(value).strip()
    if text:
        window(text)
    return text


TEXT = Form("text in quotes", _text)
INTEGER = Form("a whole number", _integer, of_text=parsed)
SWITCH = Form("true or false", _switch, of_text=parsed)
DURATION = Form('a duration such as "30s", "10m", "2h" or "1d"', _duration, _duration_text)
SIZE = Form('a size such as "300MB", "5MiB" or "0"', _size, _size_text)
MODE = Form('octal digits in quotes such as "0644"', _mode, lambda mode: f"{mode:04o}")
NETWORK = Form('a network such as "192.168.1.0/24" or one address', _network, str)
ABSOLUTE = Form('an absolute path such as "/srv/downloads"', _absolute)
PLACE = Form('an absolute path, or a URL such as "http://127.0.0.1:9999/dav"', _place)
BELOW = Form('a path below the mount such as "version.txt"', _below)
URL = Form('a URL such as "http://127.0.0.1:8989"', _url)
BASE_URL = Form('a URL such as "https://api.example.org/v1/"', _base_url)
CALLBACK = Form('a URL such as "https://example.org/hook"', _address, shown=_only_host)
URL_BASE = Form('a path such as "/qbit"', _url_base)
CATEGORY = Form('a category such as "tv-sonarr"', _category)
TIMETABLE = Form('an interval such as "24h", a time such as "04:00", or "0 4 * * 1"', _timetable)
WINDOW = Form('two times of day such as "01:00-06:00"', _window)
EXTENSION = Form('an extension such as "mkv"', _extension)
PATTERN = Form('a regular expression such as "not an upgrade"', _pattern)
SECRET = Form("the key in quotes", _secret, Secret.reveal, shown=lambda secret: str(secret) if secret else "")

Duration = Annotated[timedelta, DURATION]
Size = Annotated[int, SIZE]
Mode = Annotated[int, MODE]
Network = Annotated[IPv4Network | IPv6Network, NETWORK]
