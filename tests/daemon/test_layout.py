"""Moved, renamed, chosen by a client while the daemon is killed: every file comes whole to its place."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from compat.content import SHOW
from qbitproxy.settings.sections import QbittorrentSettings
from tests.stage import Stage
from tests.support import DEADLINE

READY = 5
"""Journal transactions until it is ready: added, submitted, cached, placed, seen."""

LATER = 7
"""Some of those that follow: four wishes, up to three rounds with a beginning and an end each."""

FIRST, SECOND, THIRD, *_ = SHOW.files


class Client:
    """A program that speaks qBittorrent's API as the stage's Sonarr does, but decides by itself."""

    def __init__(self, stage: Stage, session: aiohttp.ClientSession) -> None:
        self._stage, self._session = stage, session

    async def log_in(self) -> None:
        arr = self._stage.sonarr
        assert await self.post("auth/login", username=arr.url, password=arr.api_key) == 200

    async def post(self, path: str, **form: str) -> int:
        async with self._session.post(f"{self._stage.url}/api/v2/{path}", data=form) as answer:
            return answer.status

    async def get(self, path: str, **query: str) -> Any:
        async with self._session.get(f"{self._stage.url}/api/v2/{path}", params=query) as answer:
            return await answer.json()

    async def until(self, **shown: str) -> Mapping[str, Any]:
        """Wait until the torrent's row shows this."""
        async with asyncio.timeout(DEADLINE):
            while True:
                rows = await self.get("torrents/info")
                if rows and all(rows[0][key] == value for key, value in shown.items()):
                    return dict(rows[0])

    async def wish(self, place: Path) -> None:
        """Ask for everything; what is so already is refused or changes nothing."""
        root, wishes = SHOW.name, dict[str, dict[str, str]]()
        wishes["setLocation"] = {"hashes": SHOW.infohash, "location": str(place)}
        wishes["renameFile"] = {"oldPath": f"{root}/{FIRST}", "newPath": f"{root}/{SECOND}.new"}
        wishes["renameFolder"] = {"oldPath": root, "newPath": "Series"}
        wishes["filePrio"] = {"id": "2", "priority": "0"}
        for path, form in wishes.items():
            status = await self.post(f"torrents/{path}", **{"hash": SHOW.infohash, **form})
            assert status == 200 or (path.startswith("rename") and status == 409)


@pytest.mark.parametrize("count", range(READY + 1, READY + LATER + 1))
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_daemon_killed_while_content_is_arranged_loses_no_file(
    tmp_path: Path, moment: str, count: int
) -> None:
    downloads = bool(count % 2)
    place = tmp_path / "downloads" / "elsewhere"
    async with Stage(tmp_path) as stage, aiohttp.ClientSession(cookie_jar=jar()) as session:
        stage.realdebrid.knows(SHOW)
        stage.save_settings(stage.settings(qbittorrent=QbittorrentSettings(refresh_arr=False)))
        client = Client(stage, session)

        async with stage.process("tests.daemon.mortal", DIE_AT=f"{moment}:{count}") as mortal:
            assert await stage.answering(mortal)
            await client.log_in()
            await client.post(
                "torrents/add",
                urls=SHOW.magnet(),
                category="tv-sonarr",
                sequentialDownload=str(downloads).lower(),
            )
            await client.until(state="pausedUP")
            with suppress(aiohttp.ClientError):
                await client.wish(place)
            async with asyncio.timeout(DEADLINE):
                await mortal.wait()
            assert mortal.returncode == -signal.SIGKILL

        async with stage.process() as survivor:
            assert await stage.answering(survivor)
            await client.log_in()
            await client.wish(place)
            row = await client.until(state="pausedUP", content_path=str(place / "Series"))
            files = await client.get("torrents/files", hash=SHOW.infohash)
            survivor.send_signal(signal.SIGTERM)
            async with asyncio.timeout(DEADLINE):
                assert await survivor.wait() == 0

        assert row["size"] == SHOW.files[FIRST] + SHOW.files[SECOND]
        assert [file["name"] for file in files[:2]] == [f"Series/{SECOND}.new", f"Series/{SECOND}"]
        assert contents(place / "Series") == {
            f"{SECOND}.new": SHOW.read(FIRST),
            SECOND: SHOW.read(SECOND),
        }
        assert contents(tmp_path / "downloads" / "tv-sonarr") == {}
        assert stage.realdebrid.calls("POST /torrents/addMagnet") == 1


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if not p.is_dir()}


def jar() -> aiohttp.CookieJar:
    return aiohttp.CookieJar(unsafe=True)
