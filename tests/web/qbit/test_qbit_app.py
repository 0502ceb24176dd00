"""What the program says of itself, what it keeps for clients, what it does not do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from qbitproxy.settings import ProfileName
from qbitproxy.web.qbit.client_routes import MOST_COOKIES, MOST_DATA
from tests.web.qbit.face import SONARR, Face
from tests.web.qbit.test_qbit_profiles import a_person_at
from tests.web.stand import Stand, a_stand, usual_settings


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    settings = usual_settings(tmp_path)
    newest = replace(settings.qbittorrent, profile=ProfileName.V5_3)
    async with a_stand(tmp_path, settings=replace(settings, qbittorrent=newest)) as stand:
        yield stand


@pytest.fixture
async def person(stand: Stand) -> Face:
    face = Face(stand, {})
    await face.log_in("admin", "fake-password")
    return face


@pytest.fixture
async def sonarr(stand: Stand) -> Face:
    face = Face(stand, {})
    await face.log_in(**SONARR)
    return face


@pytest.fixture
def root(tmp_path: Path, stand: Stand) -> Path:
    """A download root with a folder, a file, ways out."""
    root = tmp_path / "downloads"
    (root / "tv").mkdir()
    (root / "tv" / "episode.mkv").write_bytes(b"12345")
    (root / "film.mkv").write_bytes(b"123")
    (root / ".qbitproxy").mkdir()
    (root / "out").symlink_to("/etc")
    (root / "nowhere").symlink_to(root / "missing")
    (root / "within").symlink_to(root / "tv")
    return root


@pytest.mark.parametrize(
    ("mode", "names"),
    [("all", ["film.mkv", "tv", "within"]), ("dirs", ["tv", "within"]), ("files", ["film.mkv"])],
)
async def test_a_folder_of_the_download_root_is_shown(
    person: Face, root: Path, mode: str, names: list[str]
) -> None:
    answer = await person.get("app/getDirectoryContent", dirPath=f"{root}/", mode=mode)

    assert answer.json == [f"{root}/{name}" for name in names]


async def test_a_folder_is_shown_with_all_that_is_known_of_it(person: Face, root: Path) -> None:
    answer = await person.get("app/getDirectoryContent", dirPath=str(root), withMetadata="true")

    film, folder, _ = answer.json
    assert (film["name"], film["type"], film["size"]) == ("film.mkv", "file", 3)
    assert (folder["name"], folder["type"], "size" in folder) == ("tv", "dir", False)
    assert {key for key in film if key.endswith("_date")} == {
        "creation_date",
        "last_access_date",
        "last_modification_date",
    }


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("relative", 400, "Invalid directory path"),
        ("/etc", 404, "Directory does not exist"),
        ("{root}/..", 404, "Directory does not exist"),
        ("{root}/out", 404, "Directory does not exist"),
        ("{root}/film.mkv", 404, "Directory does not exist"),
        ("{root}/none", 404, "Directory does not exist"),
        ("{root}/\0", 404, "Directory does not exist"),
    ],
)
async def test_no_other_folder_is_shown(person: Face, root: Path, path: str, status: int, said: str) -> None:
    answer = await person.get("app/getDirectoryContent", dirPath=path.format(root=root))

    assert (answer.status, answer.text) == (status, said)


async def test_a_folder_is_asked_for_properly(person: Face, sonarr: Face, root: Path) -> None:
    lacking = await person.get("app/getDirectoryContent")
    odd = await person.get("app/getDirectoryContent", dirPath=str(root), mode="bad")

    assert (lacking.status, lacking.text) == (400, "Missing required parameters: dirPath")
    assert (odd.status, odd.text) == (400, "Invalid mode, allowed values: all, dirs, files")
    assert (await sonarr.get("app/getDirectoryContent", dirPath=str(root))).status == 403


async def test_free_space_is_that_of_the_nearest_folder_there_is(person: Face, root: Path) -> None:
    for path, known in {f"{root}": True, f"{root}/not/yet": True, "/etc": False}.items():
        answer = await person.ask("GET", "app/getFreeSpaceAtPath", params={"path": path})
        free = int(answer.text)
        assert (free > 0, free == -1) == (known, not known)
    assert (await person.get("app/getFreeSpaceAtPath")).status == 400


async def test_the_start_is_told_in_seconds(person: Face) -> None:
    launched = (await person.get("app/processInfo")).json["launch_time"]

    assert launched == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


async def test_there_is_no_network_to_choose(person: Face) -> None:
    assert (await person.get("app/networkInterfaceList")).json == []
    assert (await person.get("app/networkInterfaceAddressList", iface="")).json == []
    assert (await person.get("app/networkInterfaceAddressList")).status == 400


async def test_mail_is_not_sent_and_nobody_shuts_down(person: Face) -> None:
    assert (await person.post("app/sendTestEmail")).status == 200
    assert (await person.post("app/shutdown")).status == 403
    assert (await person.get("app/version")).status == 200


@pytest.mark.parametrize(("profile", "told"), [("4.6", False), ("5.1", True)])
async def test_the_platform_is_told_since_5(tmp_path: Path, profile: ProfileName, told: bool) -> None:
    (tmp_path / "there").mkdir()
    async with a_person_at(tmp_path / "there", profile) as person:
        assert ("platform" in (await person.get("app/buildInfo")).json) is told


# -- what is kept for clients

COOKIE = {"domain": "x.example", "expirationDate": 1893456000, "name": "uid", "path": "/", "value": "7"}


async def test_cookies_are_given_back_to_people(stand: Stand, person: Face, sonarr: Face) -> None:
    assert (await person.get("app/cookies")).json == []

    answer = await person.post("app/setCookies", cookies=json.dumps([{**COOKIE, "more": 1}, {"name": "b"}]))

    assert answer.status == 200
    kept = (await person.get("app/cookies")).json
    assert kept == [
        COOKIE,
        {"domain": "", "expirationDate": 0, "name": "b", "path": "", "value": ""},
    ]
    for response in (
        await sonarr.get("app/cookies"),
        await sonarr.post("app/setCookies", cookies="[]"),
        await Face(stand, stand.bearer).get("app/cookies"),
    ):
        assert response.status == 403
    assert "x.example" not in (await person.get("app/preferences")).text


@pytest.mark.parametrize(
    ("cookies", "said"),
    [
        ("{}", "cookies must be array"),
        ("[", ""),
        ("[1]", ""),
        (json.dumps([{"name": "x" * 5000}]), "too many cookies"),
        (json.dumps([{}] * (MOST_COOKIES + 1)), "too many cookies"),
    ],
)
async def test_cookies_that_are_none_are_refused(person: Face, cookies: str, said: str) -> None:
    answer = await person.post("app/setCookies", cookies=cookies)

    assert (answer.status, answer.text.startswith(said)) == (400, True)
    assert (await person.get("app/cookies")).json == []


async def test_data_of_web_pages_is_merged_by_key(person: Face, sonarr: Face) -> None:
    assert (await person.get("clientdata/load")).json == {}

    for data in {"a": {"x": 1}, "b": [1]}, {"b": None, "c": "text"}:
        answer = await person.post("clientdata/store", data=json.dumps(data))
        assert (answer.status, answer.body) == (204, b"")

    assert (await person.get("clientdata/load")).json == {"a": {"x": 1}, "c": "text"}
    assert (await person.get("clientdata/load", keys='["a", "none"]')).json == {"a": {"x": 1}}
    assert (await sonarr.get("clientdata/load")).status == 403


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("clientdata/store", {"data": "[]"}, 400),
        ("clientdata/store", {"data": "{"}, 400),
        ("clientdata/store", {}, 400),
        ("clientdata/store", {"data": json.dumps({"a": "x" * MOST_DATA})}, 409),
        ("clientdata/store", {"data": json.dumps({"a": "x" * 2 * MOST_DATA})}, 400),
        ("clientdata/load", {"keys": "{}"}, 400),
        ("clientdata/load", {"keys": "[1]"}, 400),
    ],
)
async def test_data_that_is_none_is_refused(
    person: Face, path: str, form: dict[str, str], status: int
) -> None:
    assert (await person.post(path, **form)).status == status
    assert (await person.get("clientdata/load")).json == {}


# -- what is not done here


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("rss/items", {"withData": "true"}, {}),
        ("rss/rules", {}, {}),
        ("rss/matchingArticles", {"ruleName": "x"}, {}),
        ("search/plugins", {}, []),
        ("search/status", {}, []),
        ("torrentcreator/status", {}, []),
    ],
)
async def test_what_is_not_done_here_is_empty(
    person: Face, path: str, query: dict[str, str], expected: Any
) -> None:
    answer = await person.get(path, **query)

    assert (answer.status, answer.json) == (200, expected)


@pytest.mark.parametrize(
    ("path", "form", "status", "said"),
    [
        ("search/start", {"pattern": "x", "category": "all", "plugins": "all"}, 409, "Python must be"),
        ("search/start", {}, 400, "Missing required parameters: pattern, category, plugins"),
        ("search/stop", {"id": "99"}, 404, "Not Found"),
        ("search/status", {"id": "99"}, 404, "Not Found"),
        ("search/results", {"id": "99"}, 404, "Not Found"),
        ("search/updatePlugins", {}, 409, "Python must be"),
        ("rss/addFeed", {"url": "http://x.example"}, 409, "This server reads no RSS feeds."),
        ("rss/setRule", {}, 400, "Missing required parameters: ruleName, ruleDef"),
        ("rss/matchingArticles", {}, 400, "Missing required parameters: ruleName"),
        ("torrentcreator/addTask", {"sourcePath": "/etc"}, 409, "This server creates no torrents."),
        ("torrentcreator/deleteTask", {"taskID": "x"}, 404, "Not Found"),
        ("torrentcreator/status", {"taskID": "x"}, 404, "Not Found"),
    ],
)
async def test_what_is_not_done_here_is_refused_in_words(
    person: Face, path: str, form: dict[str, str], status: int, said: str
) -> None:
    answer = await person.post(path, **form)

    assert (answer.status, answer.text.startswith(said)) == (status, True)
