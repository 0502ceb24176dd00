"""The qBittorrent face as a client holds it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, FormData
from msgspec import Struct

from compat.content import Release
from qbitproxy.core.events import Cached, Event, GaveUp, Placed, Seen, Submitted
from qbitproxy.core.faults import Reason
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import Remote, RemoteFile, Torrent
from qbitproxy.library import Library, Telemetry
from qbitproxy.settings import ProfileName
from qbitproxy.settings.sections import QbittorrentSettings
from tests.web.stand import ARR_KEY, PASSWORD, USERNAME, Stand, a_stand, usual_settings

SONARR_URL = "http://sonarr.example:8989"
PERSON = {"username": USERNAME, "password": PASSWORD}
SONARR = {"username": SONARR_URL, "password": ARR_KEY}
BUNNY = Release("Big.Buck.Bunny.2008.1080p.mkv", {"Big.Buck.Bunny.2008.1080p.mkv": 300_000})
SHOW = Release("Some.Show.S01.1080p", {"S01E01.mkv": 200_000, "S01E02.mkv": 150_000, "nfo.txt": 100})
NO_HEADERS: Mapping[str, str] = {}
REMOTE = Remote("realdebrid", "RD1")


class Answer(Struct):
    """What came back."""

    status: int
    text: str
    kind: str
    body: bytes
    cookies: list[str]
    json: Any = None


class Face(Struct):
    """One client: its cookie, its manners."""

    stand: Stand
    headers: dict[str, str] = {}

    async def get(self, path: str, **query: str) -> Answer:
        return await self.ask("GET", path, params=query)

    async def post(self, path: str, /, **form: str) -> Answer:
        return await self.ask("POST", path, data=form)

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] = NO_HEADERS, **how: Any
    ) -> Answer:
        self.stand.client.session.cookie_jar.clear()  # shared, while each face sends its own cookie
        async with self.stand.client.request(
            method, f"/api/v2/{path}", headers={**self.headers, **headers}, **how
        ) as answer:
            return await _read(answer)

    async def log_in(self, username: str, password: str) -> Answer:
        answer = await self.post("auth/login", username=username, password=password)
        for cookie in answer.cookies:
            self.headers = {"Cookie": cookie.partition(";")[0]}
        return answer

    async def upload(self, *releases: Release, field: str = "torrents", **fields: str) -> Answer:
        form = FormData(default_to_multipart=True)
        for release in releases:
            form.add_field(field, BytesIO(release.torrent), filename=f"{release.name}.torrent")
        for name, value in fields.items():
            form.add_field(name, value)
        return await self.ask("POST", "torrents/add", data=form)

    async def add(self, release: Release, **fields: str) -> Answer:
        return await self.post("torrents/add", urls=release.magnet(), **fields)

    async def listed(self, **query: str) -> list[dict[str, Any]]:
        answer = await self.get("torrents/info", **query)
        assert answer.status == 200, answer.text
        rows: list[dict[str, Any]] = answer.json
        return rows

    async def row(self, **query: str) -> dict[str, Any]:
        (row,) = await self.listed(**query)
        return row


async def a_face(stand: Stand, credentials: Mapping[str, str] = PERSON) -> Face:
    """A client that is logged in."""
    face = Face(stand, {})
    answer = await face.log_in(**credentials)
    assert answer.text == "Ok."
    return face


@asynccontextmanager
async def an_imitation(folder: Path, profile: ProfileName) -> AsyncIterator[Face]:
    """A client of an installation with this profile, not logged in."""
    settings = usual_settings(folder, qbittorrent=QbittorrentSettings(profile=profile))
    async with a_stand(folder, settings=settings) as stand:
        yield Face(stand, {})


@asynccontextmanager
async def a_person_at(folder: Path, profile: ProfileName) -> AsyncIterator[Face]:
    """A client of an installation with this profile, logged in as a person."""
    async with an_imitation(folder, profile) as face:
        await face.log_in(**PERSON)
        yield face


def basic(username: str, password: str, charset: str = "utf-8") -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode(charset)).decode()}


async def happen(library: Library, torrent: Torrent, *events: Event) -> Torrent:
    """Record `events` one after the other."""
    for event in events:
        torrent = await library.record(torrent.id, event)
    return torrent


def placing(torrent: Torrent) -> tuple[Event, ...]:
    """The events up to Placing."""
    files = tuple(RemoteFile(id=str(n), path=f.path, size=f.size) for n, f in enumerate(torrent.files)) or (
        RemoteFile(id="0", path="episode.mkv", size=1000),
    )
    return Submitted(REMOTE), Cached(torrent.name, files)


def path_of(torrent: Torrent) -> str:
    """Where a test has the content placed."""
    return f"{torrent.save_path}/{torrent.name.removesuffix('.mkv')}"


async def make_ready(library: Library, torrent: Torrent) -> Torrent:
    """Take `torrent` from its beginning to Ready."""
    return await happen(library, torrent, *placing(torrent), Placed(path_of(torrent)), Seen("sonarr"))


async def make_failed(library: Library, torrent: Torrent) -> Torrent:
    """Have everybody refuse `torrent`."""
    return await happen(library, torrent, GaveUp(Reason.NOT_CACHED, "nobody holds it"))


def show(library: Library, torrent: Torrent, state: ItemState, **seen: Any) -> None:
    """Let a provider show `torrent` in `state`."""
    item = RemoteItem(id=REMOTE.id, infohash=torrent.infohash, name=torrent.name, state=state)
    library.observe(torrent.id, Telemetry(item=item, **seen))


async def _read(answer: ClientResponse) -> Answer:
    body, kind = await answer.read(), answer.headers.get("Content-Type", "")
    return Answer(
        answer.status,
        body.decode("utf-8", "replace"),
        kind,
        body,
        answer.headers.getall("Set-Cookie", []),
        await answer.json() if kind == "application/json" else None,
    )
