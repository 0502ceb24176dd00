"""The examples of Decypharr's API page, run with the real curl.

Source: Decypharr v1.1.6 (2025-10-27), "API Documentation", usage examples. Two lines of the first one end
without the backslash that joins them to the next; they have it here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from compat.content import SHOW, SINTEL
from tests.support import DEADLINE
from tests.web.stand import PASSWORD, USERNAME, Stand, a_stand

ADD_WITH_TOKEN = r"""
curl -H "Authorization: Bearer $API_TOKEN" -X POST http://localhost:8080/api/add \
-F "arr=sonarr" \
-F "debrid=realdebrid" \
-F "urls=magnet:?xt=urn:btih:..." \
-F "downloadUncached=true" \
-F "file=@/path/to/torrent/file.torrent" \
-F "callbackUrl=http://your.callback.url/endpoint"
"""
LOGIN = r"""
curl -c cookies.txt -X POST http://localhost:8080/login \
-H "Content-Type: application/json" \
-d '{"username": "your_username", "password": "your_password"}'
"""
ADD_WITH_COOKIE = r"""
curl -b cookies.txt -X POST http://localhost:8080/api/add \
-F "arr=sonarr" \
-F "debrid=realdebrid" \
-F "urls=magnet:?xt=urn:btih:..." \
-F "downloadUncached=true"
"""
LIST = r"""
curl -H "Authorization: Bearer $API_TOKEN" -X GET http://localhost:8080/api/torrents
"""


class Terminal:
    """A shell in a folder of its own; what the examples leave to the reader is filled in."""

    def __init__(self, stand: Stand, folder: Path) -> None:
        self.folder = folder
        self._environ = os.environ | {"API_TOKEN": stand.token, "NO_PROXY": "127.0.0.1"}
        self.fill = {
            "http://localhost:8080": str(stand.client.make_url("/")).rstrip("/"),
            "/path/to/torrent/file.torrent": str(folder / "file.torrent"),
            "your_username": USERNAME,
            "your_password": PASSWORD,
            "curl ": "curl --silent --show-error --fail ",
        }
        (folder / "file.torrent").write_bytes(SHOW.torrent)

    async def run(self, example: str) -> Any:
        """What the example prints, read as JSON; None when it prints nothing."""
        for placeholder, value in self.fill.items():
            example = example.replace(placeholder, value)
        async with asyncio.timeout(DEADLINE):
            shell = await asyncio.create_subprocess_exec(
                "sh",
                "-ec",
                example,
                cwd=self.folder,
                env=self._environ,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            said, complaint = await shell.communicate()
        assert shell.returncode == 0, complaint.decode()
        return msgspec.json.decode(said) if said else None


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path) as stand:
        yield stand


@pytest.fixture
def terminal(stand: Stand, tmp_path: Path) -> Terminal:
    folder = tmp_path / "terminal"
    folder.mkdir()
    return Terminal(stand, folder)


async def test_add_with_the_api_token(stand: Stand, terminal: Terminal) -> None:
    terminal.fill["magnet:?xt=urn:btih:..."] = SINTEL.magnet()

    said = await terminal.run(ADD_WITH_TOKEN)

    assert said.keys() == {"results"}
    assert [result["magnet"]["infoHash"] for result in said["results"]] == [SINTEL.infohash, SHOW.infohash]
    for torrent in stand.library.listed():
        assert torrent.category == "tv-sonarr"
        assert torrent.request.arr == "sonarr"
        assert torrent.request.provider == "realdebrid"
        assert torrent.request.uncached is True
        assert torrent.request.callback_url == "http://your.callback.url/endpoint"


async def test_add_to_the_letter_takes_the_file_and_explains_the_dots(
    stand: Stand, terminal: Terminal
) -> None:
    said = await terminal.run(ADD_WITH_TOKEN)

    assert [result["magnet"]["infoHash"] for result in said["results"]] == [SHOW.infohash]
    assert len(said["errors"]) == 1
    assert said["errors"][0].startswith("URL magnet:?xt=urn:btih:...: ")


async def test_add_with_the_cookie_of_a_login(stand: Stand, terminal: Terminal) -> None:
    terminal.fill["magnet:?xt=urn:btih:..."] = SINTEL.magnet()

    assert await terminal.run(LOGIN) is None
    said = await terminal.run(ADD_WITH_COOKIE)

    assert "auth-session" in (terminal.folder / "cookies.txt").read_text()
    assert [result["magnet"]["infoHash"] for result in said["results"]] == [SINTEL.infohash]


async def test_list_with_the_api_token(stand: Stand, terminal: Terminal) -> None:
    await terminal.run(ADD_WITH_TOKEN)

    said = await terminal.run(LIST)

    assert [torrent["hash"] for torrent in said] == [SHOW.infohash]
