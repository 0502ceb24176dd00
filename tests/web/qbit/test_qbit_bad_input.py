"""Whatever clients send wrongly gets a clear answer, never a traceback, never half a torrent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import FormData
from structlog.testing import capture_logs

from compat import bencode
from compat.bencode import Bencoded
from compat.content import Release
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.ports import Source
from qbitproxy.settings.sections import ServerSettings
from qbitproxy.sources import from_metainfo
from tests.web.qbit.face import BUNNY, SHOW, Answer, Face, a_face
from tests.web.stand import a_stand, usual_settings

V2 = Release("New", {"a.mkv": 50_000}, version="2")


@pytest.mark.parametrize(
    "urls",
    [
        "magnet:",
        "magnet:?xt=urn:btih:xyz",
        f"magnet:?xt=urn:btih:{'a' * 40}zzz",
        f"magnet:?xt=urn:btih:{'g' * 40}",
        "magnet:?dn=No.Hash",
        "a" * 39,
        "not a url",
        "ftp://host.example/x.torrent",
        "file:///etc/passwd",
        "/etc/passwd",
        "",
    ],
)
async def test_a_malformed_magnet_or_address_fails(person: Face, urls: str) -> None:
    answer = await person.post("torrents/add", urls=urls, category="new", tags="x")

    assert (answer.status, answer.text) == (200, "Fails.")
    await _nothing_was_made(person)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"d",
        BUNNY.torrent[:-20],
        b"<!DOCTYPE html><html><body>Please log in</body></html>",
        b"d4:infod4:name1:x12:piece lengthi16384e6:pieces20:" + b"x" * 20 + b"ee",
        b"\x00" * 1000,
        b"d" * 100_000,
    ],
    ids=["empty", "d", "truncated", "html", "no files", "zeros", "deep"],
)
async def test_an_upload_that_is_no_torrent_is_415(person: Face, body: bytes) -> None:
    answer = await _upload(person, body, category="new")

    assert answer.status == 415
    assert answer.kind == "text/plain; charset=UTF-8"
    assert answer.text == "Error: 'bad.torrent' is not a valid torrent file."
    await _nothing_was_made(person)


async def test_a_web_page_instead_of_a_torrent_is_called_so_in_the_log(person: Face) -> None:
    with capture_logs() as lines:
        await _upload(person, b"<html></html>")

    assert any("web page" in line.get("detail", "") for line in lines)


async def test_a_torrent_of_50_mebibytes_is_415_below_the_limit_of_uploads(person: Face) -> None:
    answer = await _upload(person, b"d4:infod5:filesl" + b"x" * (50 << 20))

    assert answer.status == 415
    await _nothing_was_made(person)


async def test_a_torrent_of_50_mebibytes_is_413_above_the_limit_of_uploads(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path, server=ServerSettings(max_upload=32 << 20))
    async with a_stand(tmp_path, settings=settings) as stand:
        face = await a_face(stand)
        answer = await _upload(face, b"x" * (50 << 20))

        assert answer.status == 413
        assert "Traceback" not in answer.text
        await _nothing_was_made(face)


@pytest.mark.parametrize("path", [["..", "..", "etc", "passwd"], ["/etc/passwd", ".."], ["a\x00b"], [""]])
async def test_a_torrent_whose_files_lead_out_of_their_folder_is_415(person: Face, path: list[str]) -> None:
    info: dict[str, Bencoded] = {
        "files": [{"length": 1, "path": list(path)}],
        "name": "x",
        "piece length": 16384,
        "pieces": b"x" * 20,
    }

    assert (await _upload(person, bencode.encode({"info": info}))).status == 415
    await _nothing_was_made(person)


async def test_a_v2_only_torrent_is_refused_in_the_first_line(person: Face) -> None:
    uploaded = await _upload(person, V2.torrent)
    linked = await person.post("torrents/add", urls=f"magnet:?xt=urn:btmh:1220{V2.infohash_v2}")
    bare = await person.post("torrents/add", urls=V2.infohash_v2)

    for answer in (uploaded, linked, bare):
        assert answer.status == 415
        assert "v2 only" in answer.text.splitlines()[0]
    await _nothing_was_made(person)


async def test_a_v2_only_link_beside_a_good_one_is_left_out(person: Face) -> None:
    answer = await person.post("torrents/add", urls=f"{V2.infohash_v2}\n{BUNNY.magnet()}")

    assert (answer.status, answer.text) == (200, "Ok.")
    assert (await person.row())["hash"] == BUNNY.infohash


async def test_good_sources_are_taken_even_beside_a_bad_upload_which_is_told(person: Face) -> None:
    form = FormData(default_to_multipart=True)
    form.add_field("torrents", b"rubbish", filename="bad.torrent")
    form.add_field("torrents", BUNNY.torrent, filename="good.torrent")
    form.add_field("urls", f"magnet:?xt=nonsense\n{SHOW.magnet()}")

    answer = await person.ask("POST", "torrents/add", data=form)

    assert (answer.status, answer.text) == (415, "Error: 'bad.torrent' is not a valid torrent file.")
    assert len(await person.listed()) == 2


async def test_an_address_that_cannot_be_fetched_fails(tmp_path: Path) -> None:
    async def fetch(url: str) -> Source:
        raise Unreachable("indexer.example", "no route")

    async with a_stand(tmp_path, fetch=fetch) as stand:
        face = await a_face(stand)
        answer = await face.post("torrents/add", urls="http://indexer.example/1.torrent?passkey=fake")

        assert (answer.status, answer.text) == (200, "Fails.")
        await _nothing_was_made(face)


async def test_an_address_of_a_torrent_is_fetched(tmp_path: Path) -> None:
    async def fetch(url: str) -> Source:
        assert url == "HTTP://indexer.example/1.torrent?passkey=fake"
        return from_metainfo(BUNNY.torrent)

    async with a_stand(tmp_path, fetch=fetch) as stand:
        face = await a_face(stand)

        assert (
            await face.post("torrents/add", urls="HTTP://indexer.example/1.torrent?passkey=fake")
        ).text == "Ok."
        assert (await face.row())["name"] == BUNNY.name


@pytest.mark.parametrize(
    "savepath", ["/etc", "../outside", "/", "a/../../b", "x\x00y", ".qbitproxy", "tv/.qbitproxy-1-abc-new/x"]
)
async def test_a_save_path_outside_of_the_download_root_fails(person: Face, savepath: str) -> None:
    answer = await person.add(BUNNY, savepath=savepath, category="new")

    assert (answer.status, answer.text) == (200, "Fails.")
    await _nothing_was_made(person)


async def test_a_save_path_below_the_download_root_is_honoured(tmp_path: Path, person: Face) -> None:
    await person.add(BUNNY, savepath=f" {tmp_path / 'downloads' / 'mine'}\n")
    await person.add(SHOW, savepath="relative", category="tv")

    roots = {row["hash"]: row["save_path"] for row in await person.listed()}
    assert roots[BUNNY.infohash] == str(tmp_path / "downloads" / "mine")
    assert roots[SHOW.infohash] == str(tmp_path / "downloads" / "relative")


async def test_automatic_management_takes_the_categorys_path(tmp_path: Path, person: Face) -> None:
    await person.add(BUNNY, savepath="elsewhere", category="tv", autoTMM="true")

    assert (await person.row())["save_path"] == str(tmp_path / "downloads" / "tv")


@pytest.mark.parametrize(
    "name", ["/lead", "trail/", "dou//ble", "back\\slash", "..", "a/../b", "new\nline", "x" * 300, "nul\x00"]
)
async def test_a_bad_category_name_is_refused_and_dropped_by_add(
    tmp_path: Path, person: Face, name: str
) -> None:
    answer = await person.post("torrents/createCategory", category=name)
    added = await person.add(BUNNY, category=name)

    assert (answer.status, answer.text) == (409, "Incorrect category name")
    assert (added.text, (await person.row())["category"]) == ("Ok.", "")
    assert (await person.get("torrents/categories")).json == {}
    assert list((tmp_path / "downloads").iterdir()) == []


async def test_a_category_outside_of_the_download_root_is_refused(tmp_path: Path, person: Face) -> None:
    for path in ("/etc/qbitproxy", "../outside", str(tmp_path)):
        answer = await person.post("torrents/createCategory", category="tv", savePath=path)

        assert answer.status == 409
        assert "is not below" in answer.text
    assert (await person.get("torrents/categories")).json == {}


async def test_a_category_whose_folder_cannot_be_made_says_why(tmp_path: Path, person: Face) -> None:
    (tmp_path / "downloads" / "tv").write_text("a file is in the way")

    answer = await person.post("torrents/createCategory", category="tv/sonarr")

    assert answer.status == 409
    assert str(tmp_path / "downloads" / "tv") in answer.text
    assert (await person.get("torrents/categories")).json == {}
    assert (await person.add(BUNNY, category="tv/sonarr")).text == "Ok."


async def test_an_unknown_category_is_409_for_a_known_torrent_only(person: Face) -> None:
    await person.add(BUNNY)

    known = await person.post("torrents/setCategory", hashes=BUNNY.infohash, category="nope")
    unknown = await person.post("torrents/setCategory", hashes="f" * 40, category="nope")
    assert (known.status, known.text) == (409, "Incorrect category name")
    assert (unknown.status, unknown.text) == (200, "")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "torrents/delete?hashes=all", 405),
        ("HEAD", "torrents/delete", 405),
        ("GET", "torrents/add", 405),
        ("GET", "auth/login", 405),
        ("GET", "auth/logout", 405),
        ("PUT", "app/version", 501),
        ("DELETE", "torrents/info", 501),
        ("OPTIONS", "app/version", 501),
        ("GET", "app/nonsense", 404),
        ("GET", "nonsense/version", 404),
        ("GET", "app/Version", 404),
        ("GET", "app/version/", 404),
        ("GET", "app//version", 404),
        ("POST", "app/shutdown", 403),
        ("GET", "torrents/properties", 400),
        ("GET", "torrents/properties?hash=xyz", 404),
        ("GET", "torrents/files?hash=", 404),
        ("POST", "torrents/pause", 400),
        ("POST", "torrents/delete", 400),
        ("POST", "torrents/addTags", 400),
        ("POST", "torrents/setShareLimits", 400),
        ("POST", "torrents/createCategory", 400),
        ("POST", "app/setPreferences", 400),
        ("POST", "transfer/setSpeedLimitsMode", 400),
    ],
)
async def test_a_wrong_method_path_or_parameter_has_its_status(
    person: Face, method: str, path: str, status: int
) -> None:
    await person.add(BUNNY)

    answer = await person.ask(method, path)

    assert answer.status == status
    assert answer.kind == "text/plain; charset=UTF-8"
    assert len(await person.listed()) == 1


@pytest.mark.parametrize("path", ["/version/api", "/query/torrents", "/api/v3/app/version"])
async def test_paths_of_other_generations_are_no_success(person: Face, path: str) -> None:
    async with person.stand.client.get(path, headers=person.stand.bearer, allow_redirects=False) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="urls"\r\n\r\nmag'),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n--x--\r\n'),
        ("application/json", b'{"urls": "magnet:"}'),
        ("application/octet-stream", b"urls=magnet:"),
        ("nonsense", b"urls=magnet:"),
    ],
)
async def test_a_body_that_cannot_be_read_is_400_with_the_reason(
    person: Face, kind: str, body: bytes
) -> None:
    answer = await person.ask("POST", "torrents/add", headers={"Content-Type": kind}, data=body)

    assert answer.status == 400
    assert "body" in answer.text
    await _nothing_was_made(person)


async def test_a_part_without_a_name_is_left_out(person: Face) -> None:
    body = b"--x\r\n\r\nno headers\r\n--x\r\nContent-Disposition: form-data; name=urls\r\n\r\n%s\r\n--x--\r\n"
    answer = await person.ask(
        "POST",
        "torrents/add",
        headers={"Content-Type": 'multipart/form-data; boundary="x"'},
        data=body % BUNNY.magnet().encode(),
    )

    assert answer.text == "Ok."


async def test_an_over_long_header_is_a_client_error(person: Face) -> None:
    answer = await person.ask("GET", "app/version", headers={"X-Long": "x" * 100_000})

    assert 400 <= answer.status < 500
    assert "Traceback" not in answer.text
    assert (await person.get("app/version")).status == 200


async def test_wrong_types_count_as_not_given(person: Face) -> None:
    await person.add(
        BUNNY,
        paused="1",
        ratioLimit="many",
        seedingTimeLimit="1e3",
        inactiveSeedingTimeLimit="-9",
        sequentialDownload="yes",
    )

    row = await person.row(limit="x", offset="y", reverse="maybe")
    assert (row["state"], row["ratio_limit"], row["seeding_time_limit"]) == ("queuedDL", 0, 0)
    assert (row["inactive_seeding_time_limit"], row["seq_dl"]) == (-1, False)
    for limits in (
        {"ratioLimit": "nan", "seedingTimeLimit": "inf"},
        {"ratioLimit": "-7", "seedingTimeLimit": "-7"},
    ):
        assert (await person.post("torrents/setShareLimits", hashes=BUNNY.infohash, **limits)).status == 200
    row = await person.row()
    assert (row["ratio_limit"], row["seeding_time_limit"]) == (-1, -1)


async def test_an_unknown_sort_key_is_400_if_there_is_anything_to_sort(person: Face) -> None:
    assert await person.listed(sort="nonsense") == []
    await person.add(BUNNY)

    answer = await person.get("torrents/info", sort="nonsense")
    assert (answer.status, answer.text) == (400, "'sort' parameter is invalid")


@pytest.mark.parametrize("json", ["", "{", "[]", "null", '{"dht": false}', '{"locale": 1}', '{"nope": 1}'])
async def test_preferences_that_make_no_sense_are_ignored(person: Face, json: str) -> None:
    before = (await person.get("app/preferences")).json

    assert (await person.post("app/setPreferences", json=json)).status == 200
    assert (await person.get("app/preferences")).json == before


async def test_bytes_that_are_no_text_break_nothing(person: Face) -> None:
    for path in (
        "torrents/info?category=%FF%FE",
        f"torrents/properties?hash={quote('ü' * 40)}",
        "%00",
        "%2e%2e",
    ):
        answer = await person.ask("GET", path)
        assert answer.status < 500
    answer = await person.ask("GET", "app/version", headers={"Cookie": "SID=\udcff"})
    assert answer.status == 403


async def test_refusals_tell_no_secret(person: Face) -> None:
    with capture_logs() as lines:
        await person.post("torrents/add", urls="magnet:?xt=urn:btih:xyz&tr=http://t.example/fake-passkey")
        await person.post("auth/login", username="admin", password="fake-secret")

    assert "fake-" not in str(lines)


async def _upload(face: Face, body: bytes, **fields: str) -> Answer:
    boundary = b"-----boundary"
    parts = [b'Content-Disposition: form-data; name="torrents"; filename="bad.torrent"\r\n\r\n' + body]
    parts += [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in fields.items()
    ]
    whole = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return await face.ask(
        "POST",
        "torrents/add",
        headers={"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"},
        data=_stream(whole + b"--" + boundary + b"--\r\n"),
    )


async def _stream(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 1 << 20):
        yield body[at : at + (1 << 20)]


async def _nothing_was_made(face: Face) -> None:
    assert await face.listed() == []
    assert (await face.get("torrents/categories")).json == {}
    assert (await face.get("torrents/tags")).json == []
    assert face.stand.library.version == 0
