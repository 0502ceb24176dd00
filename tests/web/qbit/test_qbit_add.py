"""What comes with an add besides the source, and how an add is answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from compat.content import Release
from qbitproxy.core.events import Cached, Submitted
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import RemoteFile
from qbitproxy.settings import ProfileName
from qbitproxy.settings.sections import QbittorrentSettings
from qbitproxy.sources import BadSource, from_metainfo
from qbitproxy.web.qbit.client_routes import Cookie
from qbitproxy.web.qbit.cookie_jar import cookie_header
from tests.web.qbit.face import BUNNY, PERSON, REMOTE, SHOW, Answer, Face, a_person_at, happen, make_failed
from tests.web.stand import a_stand, usual_settings

CREDENTIALS = [("uid", "1"), ("pass", "x")]
ADDRESS = "http://indexer.example/1.torrent"


async def fetch(url: str, cookie: str = "") -> Source:
    """An indexer that gives a torrent to those who show the right cookie."""
    if cookie not in ("", "uid=1; pass=x"):
        raise BadSource("indexer.example answered 403 instead of a .torrent file")
    return from_metainfo(SHOW.torrent)


@asynccontextmanager
async def a_client(folder: Path, profile: ProfileName = ProfileName.V5_3) -> AsyncIterator[Face]:
    """A client of an installation that reaches an indexer."""
    settings = usual_settings(folder, qbittorrent=QbittorrentSettings(profile=profile))
    async with a_stand(folder, settings=settings, fetch=fetch) as stand:
        face = Face(stand, {})
        await face.log_in(**PERSON)
        yield face


async def test_limits_flags_and_names_come_with_an_add(person: Face) -> None:
    await person.add(
        BUNNY,
        rename=" My\nName ",
        tags=" a ,b,,a",
        dlLimit="1000",
        upLimit="2000",
        ratioLimit="2.5",
        seedingTimeLimit="90",
        inactiveSeedingTimeLimit="30",
        sequentialDownload="true",
        firstLastPiecePrio="true",
        forced="true",
        downloadPath="unfinished",
        contentLayout="NoSubfolder",
        root_folder="false",
        skip_checking="true",
    )

    row = await person.row()
    assert (row["name"], row["tags"]) == ("My Name", "a, b")
    assert (row["dl_limit"], row["up_limit"]) == (1000, 2000)
    assert (row["ratio_limit"], row["seeding_time_limit"]) == (2.5, 90)
    assert row["inactive_seeding_time_limit"] == 30
    assert (row["seq_dl"], row["f_l_piece_prio"], row["force_start"]) == (True, True, True)
    assert row["download_path"].endswith("/downloads/unfinished")
    assert row["content_path"].startswith(f"{row['save_path']}/")


async def test_what_is_left_out_or_odd_is_as_if_nobody_had_spoken(person: Face) -> None:
    await person.add(BUNNY, dlLimit="-5", upLimit="fast", downloadPath="/etc", stopCondition="Never")
    await person.add(SHOW, downloadPath="here", useDownloadPath="false")

    for row in await person.listed():
        assert (row["dl_limit"], row["up_limit"], row["download_path"]) == (0, 0, "")
        assert (row["ratio_limit"], row["seeding_time_limit"], row["auto_tmm"]) == (-2, -2, False)
        assert row["state"] == "queuedDL"


async def test_automatic_management_is_kept_and_overrules_paths(person: Face) -> None:
    await person.add(BUNNY, category="tv", autoTMM="true", savepath="x", downloadPath="y")

    row = await person.row()
    assert (row["auto_tmm"], row["download_path"]) == (True, "")
    assert row["save_path"].endswith("/downloads/tv")


@pytest.mark.parametrize(
    ("profile", "condition", "state"),
    [
        ("4.6", "MetadataReceived", "queuedDL"),
        ("4.6", "FilesChecked", "pausedDL"),
        ("5.1", "MetadataReceived", "stoppedDL"),
        ("5.1", "FilesChecked", "stoppedDL"),
        ("5.1", "None", "queuedDL"),
    ],
)
async def test_an_uploaded_torrent_stops_at_what_is_true_of_it_at_once(
    tmp_path: Path, profile: ProfileName, condition: str, state: str
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.upload(BUNNY, stopCondition=condition)

        assert (await person.row())["state"] == state


@pytest.mark.parametrize("condition", ["MetadataReceived", "FilesChecked"])
async def test_a_magnet_stops_when_its_files_are_known(person: Face, condition: str) -> None:
    await person.add(BUNNY, stopCondition=condition)
    assert (await person.row())["state"] == "queuedDL"

    library = person.stand.library
    (torrent,) = library.listed()
    await happen(
        library, torrent, Submitted(REMOTE), Cached("F", (RemoteFile(id="1", path="a.mkv", size=9),))
    )
    assert (await person.row())["state"] == "pausedDL"

    await person.post("torrents/resume", hashes="all")
    assert (await person.row())["state"] == "downloading"


@pytest.mark.parametrize(("profile", "state"), [("4.6", "queuedDL"), ("5.1", "stoppedDL")])
async def test_the_name_of_the_release_decides_when_both_are_given(
    tmp_path: Path, profile: ProfileName, state: str
) -> None:
    async with a_person_at(tmp_path, profile) as person:
        await person.add(BUNNY, paused="false", stopped="true")

        assert (await person.row())["state"] == state


async def test_a_torrent_added_to_the_top_is_first_in_the_queue(person: Face) -> None:
    await person.add(BUNNY)
    await person.add(SHOW, addToTopOfQueue="true")

    places = {row["hash"]: row["priority"] for row in await person.listed()}
    assert places == {SHOW.infohash: 1, BUNNY.infohash: 2}


async def test_a_cookie_goes_with_the_fetch(tmp_path: Path) -> None:
    async with a_client(tmp_path, ProfileName.V4_6) as person:
        wrong = await person.post("torrents/add", urls=ADDRESS, cookie="uid=2")
        right = await person.post("torrents/add", urls=ADDRESS, cookie="uid=1; pass=x")

    assert (wrong.text, right.text) == ("Fails.", "Ok.")


@pytest.mark.parametrize(
    ("kept", "url", "sent"),
    [
        ({"domain": ".indexer.example"}, ADDRESS, "uid=1"),
        ({"domain": "indexer.example", "path": "/1.torrent"}, ADDRESS, "uid=1"),
        ({"domain": "indexer.example", "path": "/other"}, ADDRESS, ""),
        ({"domain": "a.example", "path": "/dl"}, "https://a.example/dl/1?key=2", "uid=1"),
        ({"domain": "ndexer.example"}, ADDRESS, ""),
        ({"domain": ""}, ADDRESS, ""),
        ({"domain": "indexer.example", "expiration_date": 5}, ADDRESS, ""),
        ({"domain": "indexer.example", "expiration_date": 1 << 40}, ADDRESS, "uid=1"),
    ],
)
def test_a_kept_cookie_goes_where_it_belongs(kept: dict[str, Any], url: str, sent: str) -> None:
    cookie = Cookie(name="uid", value="1", **kept)

    assert (
        cookie_header([cookie, Cookie(domain="indexer.example")], url, datetime(2026, 1, 1, tzinfo=UTC))
        == sent
    )


async def test_cookies_that_are_kept_go_with_the_fetch(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        kept = [{"domain": "indexer.example", "name": name, "value": value} for name, value in CREDENTIALS]
        await person.post("app/setCookies", cookies=json.dumps(kept))
        answer = counted(await person.post("torrents/add", urls=ADDRESS))
        odd = counted(await person.post("torrents/add", urls="http://[odd"))
        wrong = counted(await person.post("torrents/add", urls=ADDRESS, cookie="more=1"))

    assert (answer, odd, wrong) == (added(SHOW.infohash), (409, "Conflict"), (409, "Conflict"))


def counted(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json if answer.status == 200 else answer.text


def added(*hashes: str, failed: int = 0) -> tuple[int, Any]:
    counts = {"failure_count": failed, "pending_count": 0, "success_count": len(hashes)}
    return 200, {"added_torrent_ids": list(hashes), **counts}


async def test_5_3_counts_what_became_of_each_source(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        one = counted(await person.add(BUNNY))
        again = counted(await person.add(BUNNY))
        mixed = await person.post("torrents/add", urls=f"{BUNNY.magnet()}\n{ADDRESS}\nnonsense\n{ADDRESS}")
        nothing = counted(await person.post("torrents/add"))
        outside = counted(await person.add(Release("New", {"a.mkv": 9_000}), savepath="/etc"))

    assert one == added(BUNNY.infohash)
    assert again == nothing == outside == (409, "Conflict")
    assert counted(mixed) == added(SHOW.infohash, SHOW.infohash, failed=2)


async def test_5_3_counts_a_failed_torrent_that_is_tried_again_as_added(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        await person.add(BUNNY)
        (torrent,) = person.stand.library.listed()
        await make_failed(person.stand.library, torrent)

        assert counted(await person.add(BUNNY)) == added(BUNNY.infohash)


async def test_a_bad_upload_is_told_in_every_release(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:
        form = FormData(default_to_multipart=True)
        form.add_field("torrents", b"rubbish", filename="bad.torrent")
        answer = await person.ask("POST", "torrents/add", data=form)

    assert counted(answer) == (415, "Error: 'bad.torrent' is not a valid torrent file.")


async def test_priorities_of_files_need_metadata_fetched_before(tmp_path: Path) -> None:
    async with a_client(tmp_path) as person:

        async def said(**form: str) -> tuple[int, Any]:
            return counted(await person.post("torrents/add", **form))

        uploaded = counted(await person.upload(SHOW, filePriorities="0,1,1"))
        unknown = await said(urls=ADDRESS, filePriorities="0,1,1")
        await person.post("torrents/fetchMetadata", source=ADDRESS)
        several = await said(urls=f"{ADDRESS}\n{BUNNY.magnet()}", filePriorities="0,1,1")
        too_few = await said(urls=ADDRESS, filePriorities="0,1")
        odd = await said(urls=ADDRESS, filePriorities="0,1,4")
        plugin = await said(urls=ADDRESS, downloader="some_plugin")
        none_yet = await person.listed()
        good = await said(urls=ADDRESS, filePriorities="1,1,1")

    assert uploaded == (400, "Cannot specify filePriorities when uploading torrent files")
    assert [status for status, _ in (unknown, several, too_few, odd, plugin)] == [400] * 5
    assert none_yet == []
    assert good == added(SHOW.infohash)


async def test_older_releases_know_nothing_of_priorities(person: Face) -> None:
    assert (await person.upload(SHOW, filePriorities="0", downloader="x")).text == "Ok."
