"""The emulated qBittorrent, judged by published facts and by a real one."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from compat.content import SHOW, SINTEL, Release
from compat.emulators.bench import ManualClock
from compat.emulators.qbittorrent import Qbittorrent
from compat.emulators.qbittorrent_wire import DIALECTS
from qbitproxy.clock import SystemClock
from tests.providers.real_qbittorrent import MOMENT, PASSWORD, USERNAME, a_real_qbittorrent
from tests.support import DEADLINE

UNKNOWN = "f" * 40
H = SHOW.infohash
ID = {"hash": H, "id": "0", "priority": "1"}

Ask = tuple[str, str, dict[str, Any]]

BEFORE_LOGIN: list[Ask] = [
    ("GET", "app/version", {}),
    ("GET", "torrents/nonsense", {}),
    ("GET", "torrents/add", {}),
    ("GET", "auth/login", {"params": {"username": USERNAME, "password": PASSWORD}}),
    ("POST", "auth/login", {"data": {"username": USERNAME, "password": "wrong"}}),
    ("POST", "auth/login", {"data": {"username": USERNAME}}),
    ("POST", "auth/login", {"params": {"username": USERNAME, "password": PASSWORD}}),
    ("POST", "auth/login", {"json": {"username": USERNAME, "password": PASSWORD}}),
    ("GET", "app/version", {"headers": {"Origin": "http://elsewhere.example"}}),
    ("GET", "app/version", {"headers": {"Referer": "http://elsewhere.example/page"}}),
    ("GET", "app/version", {"headers": {"Authorization": "Bearer nonsense"}}),
]
LOGIN: Ask = ("POST", "auth/login", {"data": {"username": USERNAME, "password": PASSWORD}})
AFTER_LOGIN: list[Ask] = [
    ("GET", "torrents/info", {}),
    ("GET", "torrents/nonsense", {}),
    ("GET", "torrents/add", {}),
    ("POST", "torrents/add", {"data": {"urls": "magnet:?xt=urn:btih:1234"}}),
    ("POST", "torrents/add", {"data": {"urls": "magnet:?dn=nothing"}}),
    ("POST", "torrents/add", {"data": {}}),
    ("POST", "torrents/add", {"json": {"urls": "magnet:?xt=urn:btih:1234"}}),
    ("POST", "torrents/add", {"upload": b"no torrent"}),
    ("POST", "torrents/add", {"upload": SHOW.torrent, "data": {"paused": "true", "stopped": "true"}}),
]
WITH_TORRENT: list[Ask] = [
    ("POST", "torrents/add", {"upload": SHOW.torrent}),
    ("POST", "torrents/add", {"data": {"urls": SHOW.magnet()}}),
    ("GET", "torrents/files", {}),
    ("GET", "torrents/files", {"params": {"hash": UNKNOWN}}),
    ("GET", "torrents/files", {"params": {"hash": "xyz"}}),
    ("GET", "torrents/info", {"params": {"hashes": UNKNOWN}}),
    ("GET", "torrents/info", {"params": {"hashes": "all"}}),
    ("GET", "torrents/info", {"params": {"tag": "nobody"}}),
    ("POST", "torrents/filePrio", {"data": ID | {"priority": "4"}}),
    ("POST", "torrents/filePrio", {"data": ID | {"priority": "x"}}),
    ("POST", "torrents/filePrio", {"data": ID | {"id": "x"}}),
    ("POST", "torrents/filePrio", {"data": ID | {"id": ""}}),
    ("POST", "torrents/filePrio", {"data": ID | {"id": "99"}}),
    ("POST", "torrents/filePrio", {"data": {"hash": H, "priority": "1"}}),
    ("POST", "torrents/filePrio", {"data": ID | {"hash": UNKNOWN}}),
    ("POST", "torrents/filePrio", {"data": ID | {"hash": H.upper()}}),
    ("POST", "torrents/start", {"data": {"hashes": UNKNOWN}}),
    ("POST", "torrents/resume", {"data": {"hashes": UNKNOWN}}),
    ("POST", "torrents/addTags", {"data": {"hashes": H}}),
    ("POST", "torrents/addTags", {"data": {"hashes": H, "tags": "one,two"}}),
    ("POST", "torrents/removeTags", {"data": {"tags": "one"}}),
    ("POST", "torrents/removeTags", {"data": {"hashes": H, "tags": "one"}}),
    ("POST", "torrents/delete", {"data": {"hashes": H}}),
    ("POST", "torrents/delete", {"data": {"deleteFiles": "false"}}),
    ("POST", "torrents/delete", {"data": {"hashes": UNKNOWN, "deleteFiles": "true"}}),
]


class Browser:
    """Calls one Web UI; cookies are kept by hand, as the loopback address has none by itself."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self.cookie = ""

    async def ask(self, method: str, action: str, how: Mapping[str, Any]) -> tuple[int, str, str]:
        """(status, content type, body) of one call."""
        given = dict(how)
        headers = dict(given.pop("headers", {})) | ({"Cookie": self.cookie} if self.cookie else {})
        if upload := given.pop("upload", None):
            form = aiohttp.FormData(given.pop("data", {}))
            form.add_field("torrents", upload, filename="x.torrent", content_type="application/x-bittorrent")
            given["data"] = form
        url = f"{self._url}api/v2/{action}"
        async with self._session.request(method, url, headers=headers, **given) as response:
            if cookie := response.headers.get("Set-Cookie"):
                self.cookie = cookie.partition(";")[0]
            return response.status, response.headers.get("Content-Type", ""), await response.text()

    async def rows(self, action: str = "torrents/info", **params: str) -> Any:
        return json.loads((await self.ask("GET", action, {"params": params}))[2])


@asynccontextmanager
async def a_browser(url: str) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Browser(session, url)


@pytest.fixture
async def qb() -> AsyncIterator[Qbittorrent]:
    async with Qbittorrent() as running:
        yield running


@pytest.fixture
async def browser(qb: Qbittorrent) -> AsyncIterator[Browser]:
    async with a_browser(qb.url) as browser:
        username, _, password = qb.token.partition(":")
        await browser.ask("POST", "auth/login", {"data": {"username": username, "password": password}})
        yield browser


async def loaded(browser: Browser) -> dict[str, Any]:
    """The only torrent's row once it is stopped."""
    async with asyncio.timeout(DEADLINE):
        while True:
            for row in await browser.rows():
                if row["state"] in ("pausedDL", "stoppedDL"):
                    found: dict[str, Any] = row
                    return found
            await SystemClock().sleep(MOMENT)


async def conversation(url: str) -> tuple[list[object], dict[str, Any], list[dict[str, Any]]]:
    """What one Web UI says to everything above, with a torrent's row and its files."""
    async with a_browser(url) as browser:
        said: list[object] = [(ask, await browser.ask(*ask)) for ask in BEFORE_LOGIN]
        said += [(ask, await browser.ask(*ask)) for ask in (LOGIN, LOGIN, *AFTER_LOGIN)]
        row = await loaded(browser)
        said += [(ask, await browser.ask(*ask)) for ask in WITH_TORRENT]
        return said, row, await browser.rows("torrents/files", hash=H)


async def test_it_says_what_a_real_one_says(tmp_path: Path) -> None:
    async with a_real_qbittorrent(tmp_path / "real") as real, a_browser(real.url) as browser:
        theirs, row, files = await conversation(real.url)
        await browser.ask(*LOGIN)
        version = (await browser.ask("GET", "app/version", {}))[2].removeprefix("v")
    nearest = next(known for known in DIALECTS if known.split(".")[:2] == version.split(".")[:2])
    async with Qbittorrent(version=nearest, downloads=tmp_path / "emulated") as qb:
        qb.gate.username, qb.gate.password = USERNAME, PASSWORD
        ours, our_row, our_files = await conversation(qb.url)

    for mine, yours in zip(ours, theirs, strict=True):
        assert mine == yours
    assert set(our_row) <= set(row)
    same = (
        "hash",
        "infohash_v1",
        "infohash_v2",
        "name",
        "size",
        "total_size",
        "progress",
        "state",
        "category",
    )
    assert {key: our_row[key] for key in same} == {key: row[key] for key in same}
    named = ("index", "name", "size", "priority", "progress")
    assert [{k: f[k] for k in named} for f in our_files] == [{k: f[k] for k in named} for f in files]


@pytest.mark.parametrize(
    ("version", "right", "wrong", "cookie"),
    [
        ("4.6.7", (200, "Ok."), (200, "Fails."), "SID"),
        ("5.1.4", (200, "Ok."), (200, "Fails."), "SID"),
        ("5.2.3", (204, ""), (401, "Unauthorized"), "QBT_SID_{port}"),
    ],
)
async def test_logins_are_answered_as_the_release_does(
    version: str, right: tuple[int, str], wrong: tuple[int, str], cookie: str
) -> None:
    async with Qbittorrent(version=version) as qb, a_browser(qb.url) as browser:
        form = {"username": "admin", "password": "nonsense"}
        refused = await browser.ask("POST", "auth/login", {"data": form})
        welcomed = await browser.ask("POST", "auth/login", {"data": form | {"password": "adminadmin"}})

        assert (refused[0], refused[2]) == wrong
        assert (welcomed[0], welcomed[2]) == right
        assert browser.cookie.startswith(cookie.format(port=qb.origin.rpartition(":")[2]) + "=")


async def test_five_failures_ban_an_address_for_an_hour_right_password_or_not() -> None:
    clock = ManualClock()
    async with Qbittorrent(clock=clock) as qb, a_browser(qb.url) as browser:
        right = {"data": {"username": "admin", "password": "adminadmin"}}
        wrong = {"data": {"username": "admin", "password": "x"}}
        answers = [await browser.ask("POST", "auth/login", wrong) for _ in range(5)]
        banned = await browser.ask("POST", "auth/login", right)
        clock.advance(3600)

        assert {answer[2] for answer in answers} == {"Fails."}
        assert banned[0] == 403
        assert "banned" in banned[2]
        assert (await browser.ask("POST", "auth/login", right))[2] == "Ok."


async def test_a_session_ends_after_an_hour_of_silence() -> None:
    clock = ManualClock()
    async with Qbittorrent(clock=clock) as qb, a_browser(qb.url) as browser:
        await browser.ask("POST", "auth/login", {"data": {"username": "admin", "password": "adminadmin"}})
        answers = []
        for silence in (3599, 3599, 3600):
            clock.advance(silence)
            answers.append((await browser.ask("GET", "app/version", {}))[0])

    assert answers == [200, 200, 403]


async def test_api_keys_work_from_5_2_on() -> None:
    async with Qbittorrent(version="5.2.3") as qb, a_browser(qb.url) as browser:
        key = {"headers": {"Authorization": f"Bearer {qb.api_key}"}}

        assert re.fullmatch(r"qbt_[A-Za-z0-9]{28}", qb.api_key)
        assert (await browser.ask("GET", "app/version", key))[2] == "v5.2.3"
        assert (await browser.ask("POST", "auth/login", key))[0] == 403


async def test_content_lies_below_the_save_path_as_far_as_it_is_wanted(
    qb: Qbittorrent, browser: Browser
) -> None:
    qb.knows(SHOW)
    await browser.ask("POST", "torrents/add", {"upload": SHOW.torrent, "data": {"paused": "true"}})
    await browser.ask("POST", "torrents/filePrio", {"data": ID | {"id": "1|2|3|4", "priority": "0"}})
    await browser.ask("POST", "torrents/resume", {"data": {"hashes": H}})

    [row] = await browser.rows()

    [path] = [path for path in qb.downloads.rglob("*") if path.is_file()]
    assert (row["state"], row["progress"], row["size"]) == ("stalledUP", 1, SHOW.files[path.name])
    assert path.read_bytes() == SHOW.read(path.name)
    assert row["content_path"] == str(qb.downloads / SHOW.name)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("Original", SINTEL.name),
        ("Subfolder", f"Sintel.2010.1080p/{SINTEL.name}"),
        ("NoSubfolder", SINTEL.name),
        ("nonsense", SINTEL.name),
    ],
)
async def test_a_single_file_lies_as_its_layout_says(
    qb: Qbittorrent, browser: Browser, layout: str, expected: str
) -> None:
    qb.knows(SINTEL)
    await browser.ask("POST", "torrents/add", {"upload": SINTEL.torrent, "data": {"contentLayout": layout}})

    [file] = await browser.rows("torrents/files", hash=SINTEL.infohash)

    assert file["name"] == expected
    assert (qb.downloads / expected).is_file()


@pytest.mark.parametrize("files", [False, True])
async def test_deleting_takes_files_along_only_when_told(
    qb: Qbittorrent, browser: Browser, files: bool
) -> None:
    qb.knows(SHOW)
    await browser.ask("POST", "torrents/add", {"upload": SHOW.torrent})

    form = {"hashes": H, "deleteFiles": str(files).lower()}
    await browser.ask("POST", "torrents/delete", {"data": form})

    assert qb.items() == []
    assert (qb.downloads / SHOW.name).exists() is not files


async def test_a_timed_course_goes_by_the_clock() -> None:
    clock = ManualClock()
    async with Qbittorrent("timed", clock=clock, pace=10) as qb:
        qb.knows(SINTEL, cached=False)
        qb.added_elsewhere(SINTEL, downloaded=False)
        seen = []
        for _ in range(7):
            clock.advance(20)
            [item] = qb.items()
            seen.append(item.progress)

    assert seen == [0, 0.125, 0.37, 0.635, 0.88, 1, 1]


async def test_what_nobody_has_stays_where_it_is(qb: Qbittorrent, browser: Browser) -> None:
    stuck = Release("stuck", {"stuck.mkv": 5})
    qb.knows(stuck, profile="stuck")
    await browser.ask("POST", "torrents/add", {"data": {"urls": SINTEL.magnet()}})
    await browser.ask("POST", "torrents/add", {"upload": stuck.torrent})
    for _ in range(6):
        rows = await browser.rows()

    assert [(row["state"], row["progress"]) for row in rows] == [("metaDL", 0), ("stalledDL", 0.63)]


async def test_files_that_are_lost_are_noticed(qb: Qbittorrent, browser: Browser) -> None:
    qb.knows(SHOW)
    qb.added_elsewhere(SHOW)
    qb.loses(H)

    [row] = await browser.rows()

    assert row["state"] == "missingFiles"
    assert not [path for path in qb.downloads.rglob("*") if path.is_file()]


async def test_its_own_folder_ends_with_it() -> None:
    async with Qbittorrent() as qb:
        assert qb.downloads.is_dir()

    assert not qb.downloads.exists()


async def test_the_command_line_says_where_it_is(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "compat.emulators.qbittorrent"),
        *("--downloads", str(tmp_path), "--knows", "sintel", "--version", "5.1.4"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(DEADLINE):
            lines = [(await process.stdout.readline()).decode().strip() for _ in range(4)]
    finally:
        process.terminate()
        await process.wait()

    facts = dict(line.split("=", 1) for line in lines)
    assert facts["token"] == "admin:adminadmin"
    assert facts["downloads"] == str(tmp_path)
    assert facts["magnet[sintel]"].startswith("magnet:?")
