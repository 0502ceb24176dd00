"""Trackers, the peers they are told of, web seeds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from compat import bencode
from compat.content import Release
from qbitproxy.settings import ProfileName
from qbitproxy.sources import from_metainfo
from tests.support import a_draft, a_library
from tests.web.qbit.face import BUNNY, SHOW, Face, a_person_at, make_failed
from tests.web.stand import Stand

FIRST, SECOND = "http://one.example/announce", "udp://two.example:80/announce"
TRACKED = Release("Tracked", {"a.mkv": 600_000}, trackers=(FIRST, SECOND))
UNKNOWN = "f" * 40
PASSKEY = "0badfeed0badfeed0badfeed0badfeed"


async def tiers(face: Face, release: Release = TRACKED) -> dict[str, int]:
    rows = (await face.get("torrents/trackers", hash=release.infohash)).json
    return {row["url"]: row["tier"] for row in rows if row["tier"] >= 0}


async def test_a_torrent_has_the_trackers_it_came_with(person: Face) -> None:
    await person.upload(TRACKED)
    await person.add(BUNNY)

    bunny, tracked = sorted(await person.listed(), key=lambda row: row["name"])
    assert await tiers(person) == {FIRST: 0, SECOND: 1}
    assert (tracked["tracker"], tracked["trackers_count"]) == (FIRST, 2)
    assert (bunny["tracker"], bunny["trackers_count"]) == ("", 0)
    assert tracked["magnet_uri"] == (
        f"magnet:?xt=urn:btih:{TRACKED.infohash}&dn=Tracked"
        "&tr=http%3A%2F%2Fone.example%2Fannounce&tr=udp%3A%2F%2Ftwo.example%3A80%2Fannounce"
    )


async def test_a_magnet_link_says_the_size_and_every_hash_but_no_name_that_is_only_the_hash(
    tmp_path: Path,
) -> None:
    hybrid = Release("Hybrid", {"a.bin": 50_000}, version="hybrid")
    async with a_person_at(tmp_path, ProfileName.V5_1) as person:
        await person.upload(hybrid)
        await person.post("torrents/add", urls="a" * 40)

        links = {row["hash"]: row["magnet_uri"] for row in await person.listed()}

    topics = f"xt=urn:btih:{hybrid.infohash}&xt=urn:btmh:1220{hybrid.infohash_v2}"
    assert links[hybrid.infohash] == f"magnet:?{topics}&dn=Hybrid&xl=50000"
    assert links["a" * 40] == f"magnet:?xt=urn:btih:{'a' * 40}"


async def test_trackers_are_added_line_by_line_and_an_empty_line_begins_the_next_tier(person: Face) -> None:
    await person.upload(TRACKED)

    answer = await person.post(
        "torrents/addTrackers",
        hash=TRACKED.infohash.upper(),
        urls=f"http://a/\n\n http://b/ \r\n{SECOND}\nodd",
    )

    assert (answer.status, answer.text) == (200, "")
    assert await tiers(person) == {FIRST: 0, "http://a/": 0, SECOND: 1, "http://b/": 1, "odd": 1}
    assert (await person.row())["trackers_count"] == 5


async def test_trackers_added_by_two_at_once_are_all_there(person: Face) -> None:
    await person.add(BUNNY)

    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(
                person.post("torrents/addTrackers", hash=BUNNY.infohash, urls=f"http://t{number}/")
            )

    assert len(await tiers(person, BUNNY)) == 6


@pytest.mark.parametrize("name", ["origUrl", "url"])
async def test_a_tracker_is_edited_by_either_name_and_keeps_its_tier(person: Face, name: str) -> None:
    await person.upload(TRACKED)

    form = {"hash": TRACKED.infohash, name: SECOND, "newUrl": "http://new/"}
    assert (await person.post("torrents/editTracker", **form)).status == 200
    assert await tiers(person) == {FIRST: 0, "http://new/": 1}


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"origUrl": "http://none/", "newUrl": "http://new/"}, 409, "Tracker not found"),
        ({"origUrl": FIRST, "newUrl": SECOND}, 409, "New tracker URL already exists"),
        ({"origUrl": FIRST, "newUrl": "http://[bad"}, 400, "New tracker URL is invalid"),
        ({"origUrl": FIRST, "newUrl": FIRST}, 200, ""),
        ({"origUrl": FIRST, "newUrl": "http://new/", "hash": UNKNOWN}, 404, "Not Found"),
        ({"newUrl": "http://new/"}, 400, "Bad Request"),
        ({"origUrl": FIRST}, 400, "Bad Request"),
    ],
)
async def test_an_edit_that_cannot_be_is_refused_with_the_words_of_the_original(
    person: Face, change: dict[str, str], status: int, text: str
) -> None:
    await person.upload(TRACKED)

    answer = await person.post("torrents/editTracker", **{"hash": TRACKED.infohash, **change})

    assert (answer.status, answer.text) == (status, text)
    assert await tiers(person) == {FIRST: 0, SECOND: 1}


async def test_trackers_are_removed_escaped_or_not(person: Face) -> None:
    await person.upload(TRACKED)

    answer = await person.post(
        "torrents/removeTrackers",
        hash=TRACKED.infohash,
        urls=f"http://none/|{FIRST}|udp%3A%2F%2Ftwo.example%3A80%2Fannounce",
    )

    assert (answer.status, answer.text) == (200, "")
    assert await tiers(person) == {}
    assert (await person.row())["tracker"] == ""


@pytest.mark.parametrize("path", ["torrents/addTrackers", "torrents/removeTrackers"])
@pytest.mark.parametrize("name", [UNKNOWN, "all", "*", "nonsense"])
async def test_trackers_of_an_unknown_torrent_are_404_before_5_0(person: Face, path: str, name: str) -> None:
    await person.upload(TRACKED)

    answer = await person.post(path, hash=name, urls=FIRST)

    assert (answer.status, answer.text) == (404, "Not Found")
    assert (await person.post(path, hash=TRACKED.infohash)).status == 400


async def test_a_star_means_every_torrent_from_5_0_on(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_1) as person:
        await person.upload(TRACKED, BUNNY)
        await person.post("torrents/addTrackers", hash=BUNNY.infohash, urls=FIRST)

        assert (await person.post("torrents/removeTrackers", hash="*", urls=FIRST)).status == 200
        assert (await person.post("torrents/removeTrackers", hash=UNKNOWN, urls=FIRST)).status == 404
        assert (await tiers(person), await tiers(person, BUNNY)) == ({SECOND: 1}, {})


async def test_5_3_takes_several_torrents_and_tiers_and_answers_204(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as person:
        await person.upload(TRACKED, BUNNY)

        async def said(path: str, **form: str) -> tuple[int, str]:
            answer = await person.post(f"torrents/{path}", **form)
            return answer.status, answer.text

        name = TRACKED.infohash
        both = f"{name}|{UNKNOWN}|{BUNNY.infohash}"
        assert await said("addTrackers", hash=both, urls="http://a/") == (204, "")
        assert await said("addTrackers", hash="all", urls="http://b/") == (204, "")
        assert await said("editTracker", hash=name, url="http://a/", tier="4") == (204, "")
        assert await said("editTracker", hash=name, url="http://b/", newUrl="http://c/", tier="5") == (
            204,
            "",
        )
        assert await said("removeTrackers", hash=name, urls=f"{FIRST}|{SECOND}") == (204, "")
        assert await tiers(person) == {"http://a/": 4, "http://c/": 5}
        assert await tiers(person, BUNNY) == {"http://a/": 0, "http://b/": 0}
        assert await said("editTracker", hash=name, newUrl="x") == (400, "Missing required parameters: url")
        assert await said("editTracker", hash=name, url="http://a/") == (
            400,
            "Must specify at least one of [newUrl, tier]",
        )
        assert (await said("editTracker", hash=name, url="http://a/", tier="256"))[0] == 400


async def test_5_3_tells_more_of_a_tracker_and_calls_a_failure_an_error(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as person:
        await person.upload(TRACKED)
        (torrent,) = person.stand.library.listed()
        await make_failed(person.stand.library, torrent)

        *sticky, row, _ = (await person.get("torrents/trackers", hash=TRACKED.infohash)).json

    assert [set(each) & {"endpoints", "updating"} for each in sticky] == [set()] * 3
    assert (row["endpoints"], row["updating"], row["next_announce"], row["min_announce"]) == ([], False, 0, 0)
    assert (row["status"], row["msg"]) == (5, "nobody holds it")


async def test_trackers_that_clients_gave_are_there_after_a_restart(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V4_6) as person:
        await person.upload(TRACKED)
        await person.post("torrents/addTrackers", hash=TRACKED.infohash, urls="http://new/")

    async with a_library(tmp_path) as library:
        assert [tracker.url for tracker in library.listed()[0].trackers] == [FIRST, "http://new/", SECOND]


async def test_an_export_has_the_trackers_of_today(person: Face) -> None:
    await person.upload(TRACKED)
    assert (await person.get("torrents/export", hash=TRACKED.infohash)).body == TRACKED.torrent

    await person.post("torrents/removeTrackers", hash=TRACKED.infohash, urls=FIRST)
    exported = from_metainfo((await person.get("torrents/export", hash=TRACKED.infohash)).body)

    assert (exported.infohash, exported.trackers) == (TRACKED.infohash, (SECOND,))


async def test_a_caller_changes_the_trackers_of_its_own_torrents_alone(stand: Stand, sonarr: Face) -> None:
    await stand.library.accept(a_draft(BUNNY.infohash, category="somebody-elses"))

    assert (await sonarr.post("torrents/addTrackers", hash=BUNNY.infohash, urls=FIRST)).status == 404


async def test_no_passkey_reaches_a_log(person: Face) -> None:
    with capture_logs() as lines:
        await person.add(BUNNY)
        await person.post("torrents/addTrackers", hash=BUNNY.infohash, urls=f"http://t/{PASSKEY}/announce")
        await person.post("torrents/editTracker", hash=BUNNY.infohash, origUrl=f"x{PASSKEY}", newUrl="[")
        await person.get("torrents/trackers", hash=BUNNY.infohash)

    assert PASSKEY not in str(lines)


async def test_peers_are_taken_note_of_and_none_is_added(person: Face) -> None:
    await person.add(BUNNY)

    async def said(hashes: str, peers: str) -> Any:
        answer = await person.post("torrents/addPeers", hashes=hashes, peers=peers)
        return answer.json if answer.status == 200 else (answer.status, answer.text)

    given = "127.0.0.1:5|nonsense|[::1]:6"
    assert await said(f"{BUNNY.infohash}|{UNKNOWN}", given) == {BUNNY.infohash: {"added": 0, "failed": 3}}
    assert await said(UNKNOWN, "127.0.0.1:5") == {}
    for bad in ("nonsense", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "1.2.3:5", ""):
        assert await said(BUNNY.infohash, bad) == (400, "No valid peers were specified")
    assert (await person.post("torrents/addPeers", hashes=BUNNY.infohash)).status == 400
    assert (await person.post("transfer/banPeers", peers="127.0.0.1:5|nonsense")).status == 200
    assert (await person.post("transfer/banPeers")).status == 400


def seeded(*urls: str) -> bytes:
    """A .torrent with web seeds."""
    listed: Any = list(urls) if len(urls) != 1 else urls[0]
    return SHOW.torrent[:-1] + b"8:url-list" + bencode.encode(listed) + b"e"


@pytest.mark.parametrize("urls", [("http://w/one/",), ("http://w/two/", "http://w/one/")])
async def test_web_seeds_are_those_of_the_torrent_file(tmp_path: Path, urls: tuple[str, ...]) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_1) as person:
        await person.upload(_Named(seeded(*urls)))  # type: ignore[arg-type]

        answer = await person.get("torrents/webseeds", hash=SHOW.infohash)

    assert answer.json == [{"url": url} for url in sorted(urls)]


class _Named:
    """Bytes that can be uploaded like a release."""

    name = "seeded"

    def __init__(self, torrent: bytes) -> None:
        self.torrent = torrent


async def test_web_seeds_are_kept_as_clients_change_them(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_1) as person:
        await person.upload(_Named(seeded("http://w/ws/")))  # type: ignore[arg-type]
        name = SHOW.infohash

        async def said(path: str, **form: str) -> tuple[int, str]:
            answer = await person.post(f"torrents/{path}", hash=name, **form)
            return answer.status, answer.text

        assert await said("addWebSeeds", urls="http://w/1/|http%3A%2F%2Fw%2F2%2F") == (200, "")
        assert await said("addWebSeeds", urls="gopher://x/") == (
            400,
            "URL scheme must be one of [https, ftp, http]",
        )
        assert await said("addWebSeeds", urls="http://[x/") == (400, '"http://[x/" is not a valid URL')
        assert await said("editWebSeed", origUrl="http://w/1/", newUrl="http://w/3/") == (200, "")
        assert await said("editWebSeed", origUrl="http://w/9/", newUrl="http://w/3/") == (
            409,
            '"http://w/9/" is not an existing URL',
        )
        assert await said("removeWebSeeds", urls="http://w/2/|http://none/") == (200, "")
        assert (await person.get("torrents/webseeds", hash=name)).json == [
            {"url": "http://w/3/"},
            {"url": "http://w/ws/"},
        ]
        assert (await person.post("torrents/addWebSeeds", hash=UNKNOWN, urls="http://w/")).status == 404
