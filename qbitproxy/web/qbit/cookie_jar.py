"""Which of the cookies that a person keeps here go along with a fetch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from qbitproxy.web.qbit.client_routes import Cookie

NAME, VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"[^\x00-\x20\",;\\\x7f-\U0010ffff]*")
"""What may stand in a header. Source: RFC 6265, 4.1.1."""


def cookie_header(cookies: Iterable[Cookie], url: str, now: datetime) -> str:
    """The value of the `Cookie` header for `url`, "" for none. Source: RFC 6265, 5.4."""
    parts = urlsplit(url)
    host, path = (parts.hostname or "").lower(), parts.path or "/"
    fitting = [
        cookie
        for cookie in cookies
        if NAME.fullmatch(cookie.name)
        and VALUE.fullmatch(cookie.value)
        and _is_at(host, cookie.domain.lower().lstrip("."))
        and _is_below(path, cookie.path or "/")
        and (not cookie.expiration_date or cookie.expiration_date > now.timestamp())
    ]
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in fitting)


def _is_at(host: str, domain: str) -> bool:
    """A domain without a dot is that host alone: else a cookie for `com` would go nearly everywhere."""
    return bool(domain) and (host == domain or ("." in domain and host.endswith(f".{domain}")))


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")
