"""The cookies that a person keeps here for fetches."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from qbitproxy.web.qbit.client_routes import Cookie
from qbitproxy.web.qbit.cookie_jar import cookie_header

NOW = datetime(2026, 1, 1, tzinfo=UTC)
THEN = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("cookie", "url", "goes"),
    [
        ({"domain": "x.example"}, "http://x.example/1.torrent", True),
        ({"domain": "X.example"}, "https://x.EXAMPLE:81", True),
        ({"domain": ".x.example"}, "http://a.x.example/", True),
        ({"domain": "x.example"}, "http://evilx.example/", False),
        ({"domain": "x.example"}, "http://x.example.evil.example/", False),
        ({"domain": "x.example"}, "http://evil.example/?x.example", False),
        ({"domain": "example"}, "http://x.example/", False),
        ({"domain": "localhost"}, "http://localhost/", True),
        ({"domain": ""}, "http://x.example/", False),
        ({"domain": "."}, "http://x.example./", False),
        ({"domain": "x.example", "path": "/a"}, "http://x.example/a/b", True),
        ({"domain": "x.example", "path": "/a/"}, "http://x.example/a/b", True),
        ({"domain": "x.example", "path": "/a"}, "http://x.example/ab", False),
        ({"domain": "x.example", "expirationDate": THEN + 1}, "http://x.example/", True),
        ({"domain": "x.example", "expirationDate": THEN}, "http://x.example/", False),
        ({"domain": "x.example", "name": "a b"}, "http://x.example/", False),
        ({"domain": "x.example", "value": "1; b=2"}, "http://x.example/", False),
        ({"domain": "x.example", "value": "1\r\nX: y"}, "http://x.example/", False),
    ],
)
def test_a_cookie_goes_to_its_own_place_alone(cookie: dict[str, str | int], url: str, goes: bool) -> None:
    kept = msgspec.convert({"name": "uid", "value": "7", **cookie}, Cookie)

    assert cookie_header([kept], url, NOW) == ("uid=7" if goes else "")
