"""The cookies that clients keep here, of which those for its host go with a fetch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

KEPT_COOKIES = "cookies kept for a client"
"""Where they are stored among the preferences; no preference has such a name."""

NAME, VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"[^\x00-\x20\",;\\\x7f-\U0010ffff]*")
"""What may stand in a header. Source: RFC 6265, 4.1.1."""


class Cookie(Struct, frozen=True, kw_only=True, rename="camel"):
    """A cookie in app/cookies."""

    domain: str = ""
    expiration_date: int = 0  # epoch seconds; 0: never
    name: str = ""
    path: str = ""
    value: str = ""


def cookie_header(preferences: Mapping[str, Any], url: str, now: datetime) -> str:
    """The value of the header that goes with a fetch of `url`, "" for none."""
    kept = msgspec.convert(preferences.get(KEPT_COOKIES, []), list[Cookie])
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in _meant(kept, url, now))


def _meant(cookies: Iterable[Cookie], url: str, now: datetime) -> Iterable[Cookie]:
    try:
        address = urlsplit(url)
        host, path = (address.hostname or "").lower(), address.path or "/"
    except ValueError:
        return ()
    return (
        cookie
        for cookie in cookies
        if _is_for_host(cookie.domain.lower(), host)
        and _is_for_path(cookie.path, path)
        and not 0 < cookie.expiration_date <= now.timestamp()
        and NAME.fullmatch(cookie.name)
        and VALUE.fullmatch(cookie.value)
    )


def _is_for_host(domain: str, host: str) -> bool:
    """A domain without a dot in it is nobody's but its own: else one of `com` would go everywhere."""
    bare = domain.lstrip(".")
    return bare != "" and (host == bare or ("." in bare and host.endswith(f".{bare}")))


def _is_for_path(wanted: str, path: str) -> bool:
    return wanted in ("", "/", path) or path.startswith(f"{wanted.rstrip('/')}/")
