"""Nothing that a client hands in or has kept is without a bound; what is beyond is refused in words."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest

from compat.content import Release
from qbitproxy.core.draft import MOST_TRACKERS
from qbitproxy.core.torrent import Torrent
from qbitproxy.library import Category
from qbitproxy.settings import ProfileName
from qbitproxy.web.qbit.bounds import (
    LONGEST_COMMENT,
    LONGEST_NAME,
    LONGEST_TAG,
    LONGEST_URL,
    MOST_CATEGORIES,
    MOST_FIELDS,
    MOST_LISTED,
    MOST_SOURCES,
    MOST_TAGS,
    MOST_TAGS_EACH,
    MOST_TEXT,
    MOST_WEB_SEEDS,
)
from qbitproxy.web.qbit.forms import MULTIPART, URLENCODED
from qbitproxy.web.qbit.metadata_routes import MOST_FETCHED, Fetched
from qbitproxy.web.qbit.preferences import LONGEST_TIME
from tests.support import a_source
from tests.web.qbit.face import BUNNY, PERSON, SHOW, Answer, Face, a_person_at, make_ready
from tests.web.stand import Stand

HASH = BUNNY.infohash


def _many(count: int, separator: str = ",") -> str:
    return separator.join(f"n{number}" for number in range(count))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("torrents/createTags", {"tags": "x" * (LONGEST_TAG + 1)}),
        ("torrents/addTags", {"hashes": HASH, "tags": "x" * (LONGEST_TAG + 1)}),
        ("torrents/createTags", {"tags": "," * MOST_LISTED}),
        ("torrents/deleteTags", {"tags": "," * MOST_LISTED}),
        ("torrents/pause", {"hashes": "|" * MOST_LISTED}),
        ("torrents/info", {"hashes": "|" * MOST_LISTED}),
        ("torrents/files", {"hash": HASH, "indexes": "|" * MOST_LISTED}),
        ("torrents/filePrio", {"hash": HASH, "id": "|" * MOST_LISTED, "priority": "0"}),
        ("torrents/addPeers", {"hashes": HASH, "peers": "|" * MOST_LISTED}),
        ("transfer/banPeers", {"peers": "|" * MOST_LISTED}),
        ("torrents/removeCategories", {"categories": "\n" * MOST_LISTED}),
        ("torrents/removeTrackers", {"hash": HASH, "urls": "|" * MOST_LISTED}),
        ("torrents/addTrackers", {"hash": HASH, "urls": "\n" * MOST_LISTED}),
        ("torrents/addTrackers", {"hash": HASH, "urls": "http://" + "x" * LONGEST_URL}),
        ("torrents/addWebSeeds", {"hash": HASH, "urls": "http://" + "x" * LONGEST_URL}),
        ("torrents/setComment", {"hashes": HASH, "comment": "x" * (LONGEST_COMMENT + 1)}),
        ("torrents/renameFile", {"hash": HASH, "oldPath": "x", "newPath": "x/" * 2001}),
        ("torrents/add", {"urls": BUNNY.magnet(), "rename": "x" * (LONGEST_NAME + 1)}),
        ("torrents/add", {"urls": BUNNY.magnet(), "tags": "x" * (LONGEST_TAG + 1)}),
        ("transfer/banPeers", {"peers": "|".join(f"10.0.{n // 256}.{n % 256}:1" for n in range(9000))}),
        ("app/setPreferences", {"json": '{"locale": "' + "x" * (1 << 20) + '"}'}),
        ("app/setPreferences", {"json": "x" * MOST_TEXT}),
        ("app/setPreferences", {f"n{number}": "" for number in range(MOST_FIELDS + 2)}),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(list(value)[:3]),
)
async def test_what_is_too_long_is_400_and_says_so(tmp_path: Path, path: str, form: dict[str, str]) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as face:
        await face.upload(BUNNY)
        before = face.stand.library.version

        answer = await _send(face, path, URLENCODED, urlencode(form).encode())

        assert answer.status == 400
        assert "more than" in answer.text
        assert face.stand.library.version == before


async def test_a_name_that_is_too_long_is_no_name(person: Face) -> None:
    await person.upload(BUNNY)

    answer = await person.post("torrents/rename", hash=HASH, name="x" * (LONGEST_NAME + 1))

    assert (answer.status, answer.text) == (409, "Incorrect torrent name")


async def test_there_are_only_so_many_tags(person: Face) -> None:
    await person.upload(BUNNY, SHOW)
    assert (await person.post("torrents/createTags", tags=_many(MOST_TAGS))).status == 200

    beyond = await person.post("torrents/createTags", tags="one more")
    known = await person.post("torrents/createTags", tags="n1,n2")
    added = await person.add(Release("Other", {"a.mkv": 1}), tags="one more", category="new")
    too_many = await person.post("torrents/addTags", hashes=HASH, tags=_many(MOST_TAGS_EACH + 1))

    assert [answer.status for answer in (beyond, known, added, too_many)] == [409, 200, 409, 409]
    assert len(person.stand.library.tags) == MOST_TAGS
    assert person.stand.library.categories == {}
    assert len(person.stand.library.all()) == 2


async def test_tags_that_go_do_not_count_with_those_that_take_their_place(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as face:
        await face.upload(BUNNY)
        await face.post("torrents/addTags", hashes=HASH, tags=_many(MOST_TAGS_EACH))

        answer = await face.post("torrents/setTags", hashes=HASH, tags="another")

        assert answer.status in (200, 204)
        assert face.stand.library.listed()[0].options.tags == ("another",)


async def test_there_are_only_so_many_categories(person: Face) -> None:
    for number in range(MOST_CATEGORIES):
        await person.stand.library.put_category(Category(f"c{number}"))

    created = await person.post("torrents/createCategory", category="one more")
    added = await person.add(BUNNY, category="one more")

    assert (created.status, added.status) == (409, 409)
    assert len(person.stand.library.categories) == MOST_CATEGORIES
    assert await person.listed() == []


async def test_a_torrent_has_only_so_many_trackers_and_web_seeds(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as face:
        await face.upload(BUNNY)
        trackers = "\n".join(f"http://{n}.example/a" for n in range(MOST_TRACKERS + 1))
        seeds = "|".join(f"http://{n}.example/a" for n in range(MOST_WEB_SEEDS + 1))

        tracked = await face.post("torrents/addTrackers", hash=HASH, urls=trackers)
        seeded = await face.post("torrents/addWebSeeds", hash=HASH, urls=seeds)

        assert (tracked.status, seeded.status) == (409, 409)
        assert len(_torrent(face).trackers) < MOST_TRACKERS
        assert _torrent(face).options.web_seeds is None


async def test_one_add_takes_only_so_many_sources(person: Face) -> None:
    answer = await person.post("torrents/add", urls="\n".join(["a" * 40] * (MOST_SOURCES + 1)))

    assert answer.status == 409
    assert await person.listed() == []


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\n" * 10_002 + b"--x--",
        b'--x\r\nContent-Disposition: form-data; name="a"; b=' + b"y" * (1 << 14) + b"\r\n\r\n\r\n--x--",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * (MOST_TEXT + 1) + b"\r\n--x--",
    ],
    ids=["parts", "headers", "text"],
)
async def test_a_multipart_body_with_too_much_in_it_is_400(person: Face, body: bytes) -> None:
    answer = await _send(person, "torrents/add", f"{MULTIPART}; boundary=x", body)

    assert answer.status == 400
    assert "more than" in answer.text


async def test_who_has_yet_to_log_in_sends_nothing_large(stranger: Face) -> None:
    answer = await stranger.post("auth/login", **PERSON, more="x" * (1 << 17))

    assert answer.status == 413


async def test_only_some_of_very_many_session_cookies_are_looked_at(stand: Stand, person: Face) -> None:
    good = person.headers["Cookie"]

    late = await Face(stand, {"Cookie": "SID=x; " * 50 + good}).get("app/version")
    early = await Face(stand, {"Cookie": "SID=x; " * 5 + good}).get("app/version")

    assert (late.status, early.status) == (403, 200)


# -- what was broken


async def test_a_seeding_time_of_aeons_is_cut_so_that_the_torrent_is_still_shown(person: Face) -> None:
    await person.upload(BUNNY)
    torrent = await make_ready(person.stand.library, _torrent(person))

    await person.post("torrents/setShareLimits", hashes=HASH, ratioLimit="1", seedingTimeLimit="9" * 18)

    assert (await person.row())["seeding_time_limit"] == LONGEST_TIME
    assert (await person.get("torrents/properties", hash=torrent.infohash)).status == 200


async def test_torrents_are_sorted_by_what_is_not_known_of_all_of_them(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as face:
        await face.upload(BUNNY)
        await face.add(SHOW)

        rows = await face.listed(sort="private")

        assert [row["private"] for row in rows] == [None, False]


async def test_a_category_that_cannot_take_all_torrents_takes_none(person: Face) -> None:
    for release, category in ((BUNNY, "a"), (BUNNY, "b"), (SHOW, "a")):
        await person.upload(release, category=category)

    answer = await person.post("torrents/setCategory", hashes=f"{SHOW.infohash}|{HASH}", category="b")
    none = await person.post("torrents/setCategory", hashes="all", category="")

    assert (answer.status, none.status) == (409, 409)
    assert sorted(torrent.category for torrent in person.stand.library.all()) == ["a", "a", "b"]


async def test_an_add_that_is_refused_as_known_makes_no_tags(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as face:
        await face.upload(BUNNY)

        answer = await face.upload(BUNNY, tags="new")

        assert answer.status == 409
        assert face.stand.library.tags == ()


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000])
async def test_a_folder_whose_name_is_too_long_is_not_there(tmp_path: Path, name: str) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as face:
        content = await face.get("app/getDirectoryContent", dirPath=f"{tmp_path}/downloads/{name}")
        free = await face.ask(
            "GET", "app/getFreeSpaceAtPath", params={"path": f"{tmp_path}/downloads/{name}"}
        )
        created = await face.post("torrents/createCategory", category="tv", savePath=f"a/b/{name}")

        assert (content.status, free.text, created.status) == (404, "-1", 409)
        assert list((tmp_path / "downloads").iterdir()) == []


async def test_a_link_to_itself_hides_no_other_file(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as face:
        (tmp_path / "downloads" / "loop").symlink_to("loop")
        (tmp_path / "downloads" / "good").mkdir()

        content = await face.get("app/getDirectoryContent", dirPath=f"{tmp_path}/downloads")
        loop = await face.get("app/getDirectoryContent", dirPath=f"{tmp_path}/downloads/loop")

        assert content.json == [f"{tmp_path}/downloads/good"]
        assert loop.status == 404


def test_only_so_much_metadata_is_remembered() -> None:
    fetched = Fetched()
    for number in range(MOST_FETCHED + 1):
        fetched.put(str(number), a_source())

    assert fetched.get("0") is None
    assert fetched.get("1") is not None


async def _send(face: Face, path: str, kind: str, body: bytes) -> Answer:
    return await face.ask("POST", path, headers={"Content-Type": kind}, data=BytesIO(body))


def _torrent(face: Face) -> Torrent:
    return face.stand.library.with_infohash(HASH)[0]
