"""What .torrent files say, those of torrents and others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from compat.content import Release
from qbitproxy.core.events import Submitted
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.ports import ItemState, Source
from qbitproxy.settings import ProfileName
from qbitproxy.settings.sections import QbittorrentSettings
from qbitproxy.sources import BadSource, from_metainfo
from qbitproxy.web.qbit.metadata_routes import MOST_BYTES, Fetched
from tests.support import a_draft, a_source
from tests.web.qbit.face import (
    BUNNY,
    PERSON,
    REMOTE,
    SHOW,
    SONARR,
    Answer,
    Face,
    a_person_at,
    happen,
    make_ready,
    show,
)
from tests.web.stand import a_stand, usual_settings

GOOD, PAGE, DOWN = "http://indexer.example/1", "http://indexer.example/page", "http://indexer.example/down"
TRACKED = Release(
    'Tr"ckéd',
    {"a.mkv": 600_000, "sub/b.mkv": 400_000},
    trackers=("http://t/one", "http://t/two"),
    private=True,
)


async def fetch(url: str, cookie: str = "") -> Source:
    if url == PAGE:
        raise BadSource("indexer.example answered with no torrent: a web page")
    if url == DOWN:
        raise Unreachable("indexer.example", "no route")
    return from_metainfo(TRACKED.torrent)


@asynccontextmanager
async def a_client(folder: Path) -> AsyncIterator[Face]:
    settings = usual_settings(folder, qbittorrent=QbittorrentSettings(profile=ProfileName.V5_3))
    async with a_stand(folder, settings=settings, fetch=fetch) as stand:
        face = Face(stand, {})
        await face.log_in(**PERSON)
        yield face


async def parsed(face: Face, *bodies: bytes) -> Answer:
    form = FormData(default_to_multipart=True)
    for number, body in enumerate(bodies):
        form.add_field("torrents", body, filename=f"{number}.torrent")
    if not bodies:
        form.add_field("source", "none")
    return await face.ask("POST", "torrents/parseMetadata", data=form)


def told(release: Release) -> dict[str, Any]:
    """What clients are told of `release`."""
    pieces = -(-release.size // release.piece_length)
    folder = "" if release.single_file else f"{release.name}/"
    return {
        "comment": "",
        "created_by": "",
        "creation_date": -1,
        "hash": release.infohash,
        "info": {
            "files": [{"length": size, "path": folder + path} for path, size in release.files.items()],
            "length": release.size,
            "name": release.name,
            "piece_length": release.piece_length,
            "pieces_num": pieces,
            "private": release.private,
        },
        "infohash_v1": release.infohash,
        "infohash_v2": "",
        "trackers": [{"tier": tier, "url": url} for tier, url in enumerate(release.trackers)],
        "webseeds": [],
    }


async def test_uploaded_files_are_parsed_and_nothing_is_added(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        answer = await parsed(person, TRACKED.torrent, BUNNY.torrent)
        bad, none = await parsed(person, BUNNY.torrent, b"rubbish"), await parsed(person)

        assert answer.json == [told(TRACKED), told(BUNNY)]
        assert (bad.status, bad.text) == (415, "Error: '1.torrent' is not a valid torrent file.")
        assert (none.status, none.text) == (400, "Must specify torrent file(s)")
        assert await person.listed() == []


async def test_metadata_at_an_address_are_fetched_and_can_be_saved(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        early = await person.get("torrents/saveMetadata", source=GOOD)
        fetched = await person.post("torrents/fetchMetadata", source=GOOD)
        saved = await person.get("torrents/saveMetadata", source=GOOD)

    assert early.status == 404
    assert (fetched.status, fetched.json) == (200, told(TRACKED))
    assert (saved.status, saved.kind, saved.body) == (200, "application/x-bittorrent", TRACKED.torrent)


async def test_metadata_of_a_magnet_are_known_once_the_caller_has_the_torrent(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        hashes = {"hash": BUNNY.infohash, "infohash_v1": BUNNY.infohash, "infohash_v2": ""}
        waiting = await person.post("torrents/fetchMetadata", source=BUNNY.magnet())
        unsaved = await person.get("torrents/saveMetadata", source=BUNNY.magnet())
        await person.upload(BUNNY)
        known = await person.post("torrents/fetchMetadata", source=BUNNY.infohash)
        saved = await person.get("torrents/saveMetadata", source=BUNNY.magnet())

    assert (waiting.status, waiting.json) == (202, hashes)
    assert (unsaved.status, unsaved.text) == (409, "Metadata is not yet available")
    assert (known.status, known.json) == (200, told(BUNNY))
    assert saved.body == BUNNY.torrent


async def test_metadata_of_somebody_elses_torrent_are_not_told(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        await person.stand.library.accept(
            a_draft(category="elsewhere", source=a_source(BUNNY.infohash, metainfo=BUNNY.torrent))
        )
        sonarr = Face(person.stand, {})
        await sonarr.log_in(**SONARR)

        assert (await sonarr.post("torrents/fetchMetadata", source=BUNNY.infohash)).status == 202
        assert (await person.post("torrents/fetchMetadata", source=BUNNY.infohash)).status == 200


@pytest.mark.parametrize(
    ("source", "status"), [("nonsense", 400), ("", 400), (PAGE, 415), (DOWN, 409), ("magnet:?xt=x", 400)]
)
async def test_what_has_no_metadata_is_refused(tmp_path: Path, source: str, status: int) -> None:
    async with a_client(tmp_path) as person:
        assert (await person.post("torrents/fetchMetadata", source=source)).status == status
        assert (await person.get("torrents/saveMetadata", source=source)).status == 404


def test_the_oldest_metadata_make_room_for_new_ones() -> None:
    fetched = Fetched()
    for name in "abc":
        fetched.put(name, a_source(metainfo=b"x" * (MOST_BYTES // 2)))

    assert [fetched.get(name) is not None for name in "abc"] == [False, True, True]


@pytest.mark.parametrize(
    ("profile", "kind", "name"),
    [
        ("4.6", "text/plain; charset=UTF-8", None),
        ("5.1", "application/x-bittorrent", f'attachment; filename="{TRACKED.infohash}.torrent"'),
        (
            "5.3",
            "application/x-bittorrent",
            "attachment; filename=\"Tr_ck_d.torrent\"; filename*=UTF-8''Tr%22ck%C3%A9d.torrent",
        ),
    ],
)
async def test_an_export_is_named_as_by_the_release(
    tmp_path: Path, profile: ProfileName, kind: str, name: str | None
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.upload(TRACKED)
        url = f"/api/v2/torrents/export?hash={TRACKED.infohash}"
        async with person.stand.client.get(url, headers=person.headers) as answer:
            assert answer.headers["Content-Type"] == kind
            assert answer.headers.get("Content-Disposition") == name
            assert await answer.read() == TRACKED.torrent


async def test_pieces_are_told_as_far_as_progress_goes(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        await person.upload(TRACKED)
        library, name = person.stand.library, TRACKED.infohash
        (torrent,) = library.listed()
        await happen(library, torrent, Submitted(REMOTE))
        show(library, torrent, ItemState.FETCHING, progress=0.5, seeders=3)

        assert (await person.get("torrents/pieceStates", hash=name)).json == [2, 2, 0, 0]
        assert (await person.get("torrents/pieceAvailability", hash=name)).json == [3, 3, 3, 3]
        assert (await person.get("torrents/properties", hash=name)).json["pieces_have"] == 2


async def test_nobody_counts_the_pieces_of_what_is_ready(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        await person.upload(BUNNY)
        await make_ready(person.stand.library, person.stand.library.listed()[0])

        assert (await person.get("torrents/pieceAvailability", hash=BUNNY.infohash)).json == []
        assert (await person.get("torrents/pieceStates", hash=BUNNY.infohash)).json == [2, 2]


@pytest.mark.parametrize(
    ("profile", "keys"),
    [
        ("4.6", set()),
        ("5.1", {"has_metadata", "popularity", "private", "progress"}),
        ("5.3", {"availability", "has_metadata", "popularity", "private", "progress"}),
    ],
)
async def test_properties_have_the_keys_of_the_release(
    tmp_path: Path, profile: ProfileName, keys: set[str]
) -> None:
    newer = {"availability", "has_metadata", "popularity", "private", "progress"}
    async with a_person_at(tmp_path, profile) as person:
        await person.upload(TRACKED, dlLimit="5")

        shown = (await person.get("torrents/properties", hash=TRACKED.infohash)).json

    assert shown.keys() & newer == keys
    assert (shown["dl_limit"], shown["up_limit"], shown["is_private"]) == (5, -1, True)
    assert list(shown) == sorted(shown)


async def test_rows_hold_trackers_and_files_for_who_asks(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        await person.upload(TRACKED)
        await person.add(SHOW)

        plain_row = await person.row(hashes=TRACKED.infohash)
        full = await person.listed(includeTrackers="true", includeFiles="true", sort="name")
        refused = await person.get("torrents/info", includeFiles="true", sort="nothing")

    assert not plain_row.keys() & {"files", "trackers"}
    magnet, tracked = full
    assert [tracker["tier"] for tracker in tracked["trackers"]] == [0, 1]
    assert [(file["index"], "is_seed" in file) for file in tracked["files"]] == [(0, False), (1, False)]
    assert ("files" in magnet, magnet["trackers"]) == (False, [])
    assert list(tracked) == sorted(tracked)
    assert refused.status == 400


@pytest.mark.parametrize(("profile", "first"), [("5.1", [None, False]), ("5.3", [False, None])])
async def test_the_row_that_says_whether_it_is_a_seed_is_that_of_the_release(
    tmp_path: Path, profile: ProfileName, first: list[bool | None]
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.upload(TRACKED)

        rows = (await person.get("torrents/files", hash=TRACKED.infohash, indexes="1|0")).json

    assert [row.get("is_seed") for row in rows] == first


async def test_parameters_of_a_tls_swarm_are_nowhere(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        await person.upload(BUNNY)

        assert (await person.get("torrents/SSLParameters", hash=BUNNY.infohash)).status == 404
        assert (await person.post("torrents/setSSLParameters", hash=BUNNY.infohash)).status == 404
