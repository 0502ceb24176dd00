"""The cookies that a person keeps here for fetches."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qbitproxy.core.ports import Source
from qbitproxy.settings import ProfileName
from qbitproxy.settings.sections import QbittorrentSettings
from qbitproxy.web.qbit.cookies import KEPT_COOKIES, cookie_header
from tests.support import a_source
from tests.web.qbit.face import Face, a_face
from tests.web.stand import a_stand, usual_settings

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
        ({"domain": "x.example"}, "http://[", False),
    ],
)
def test_a_cookie_goes_to_its_own_place_alone(cookie: dict[str, str | int], url: str, goes: bool) -> None:
    kept = {KEPT_COOKIES: [{"name": "uid", "value": "7", "path": "/", "expirationDate": 0, **cookie}]}

    assert cookie_header(kept, url, NOW) == ("uid=7" if goes else "")


async def test_a_fetch_takes_along_what_was_kept_for_its_host(tmp_path: Path) -> None:
    sent: list[tuple[str, str]] = []

    async def fetch(url: str, cookie: str = "", /) -> Source:
        sent.append((url, cookie))
        return a_source(f"{len(sent)}" * 40)

    newest = QbittorrentSettings(profile=ProfileName.V5_1)
    async with a_stand(tmp_path, settings=usual_settings(tmp_path, qbittorrent=newest), fetch=fetch) as stand:
        person: Face = await a_face(stand)
        kept = [
            {"domain": "x.example", "name": "uid", "value": "7"},
            {"domain": "x.example", "name": "pass", "value": "8"},
            {"domain": "y.example", "name": "uid", "value": "9"},
        ]
        await person.post("app/setCookies", cookies=json.dumps(kept))
        urls = "http://x.example/1.torrent\nhttp://z.example/2.torrent"
        await person.post("torrents/add", urls=urls)
        await person.post("torrents/add", urls="http://y.example/3.torrent", cookie="a=b")

    assert sent == [
        ("http://x.example/1.torrent", "uid=7; pass=8"),
        ("http://z.example/2.torrent", ""),
        ("http://y.example/3.torrent", "a=b; uid=9"),
    ]
