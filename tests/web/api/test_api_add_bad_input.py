"""What `POST /api/add` refuses, so that nothing half-made stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import FormData
from msgspec.structs import replace

from compat.content import SHOW, SINTEL
from tests.web.stand import Stand, a_stand, usual_settings

MAGNET = SINTEL.magnet()


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path) as stand:
        yield stand


def upload(content: bytes, filename: str) -> FormData:
    form = FormData()
    form.add_field("files", BytesIO(content), filename=filename)
    return form


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Not found</html>",
        SINTEL.torrent[:100],
        b"d4:infodee",
        b"\x00" * 2048,
        b"magnet:?xt=urn:btih:nothing",
        b"i" + b"9" * 5000 + b"e",
        b"l" * 100_000,
    ],
)
async def test_upload_that_is_no_torrent_leaves_nothing(stand: Stand, content: bytes) -> None:
    form = upload(content, "bad.torrent")
    form.add_field("arr", "films")

    answer = await stand.client.post("/api/add", data=form, headers=stand.bearer)

    assert answer.status == 200
    said = await answer.json()
    assert said["results"] == []
    assert said["errors"][0].startswith("File bad.torrent: ")
    assert stand.library.listed() == []
    assert "films" not in stand.library.categories


@pytest.mark.parametrize(
    "magnet", ["magnet:", "magnet:?xt=", "magnet:?dn=x", "magnet:?xt=urn:btih:" + "g" * 40, "\0", "http://"]
)
async def test_malformed_link_is_an_error_of_its_own(stand: Stand, magnet: str) -> None:
    answer = await stand.client.post("/api/add", json={"urls": [magnet]}, headers=stand.bearer)

    assert answer.status == 200
    said = await answer.json()
    assert said["results"] == []
    assert len(said["errors"]) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("action", "explode"),
        ("debrid", "no-such-account"),
        ("downloadFolder", "/etc"),
        ("downloadFolder", "../outside"),
        ("downloadFolder", "a/../../outside"),
        ("downloadFolder", "/"),
        ("downloadFolder", "a\0b"),
        ("downloadFolder", "linked"),
    ],
)
async def test_choice_that_is_not_to_be_had_is_an_error_for_each_source(
    stand: Stand, tmp_path: Path, field: str, value: str
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "downloads" / "linked").symlink_to(tmp_path / "outside")
    body = {"urls": [MAGNET, SHOW.magnet()], field: value}

    answer = await stand.client.post("/api/add", json=body, headers=stand.bearer)

    assert answer.status == 200
    said = await answer.json()
    assert said["results"] == []
    assert len(said["errors"]) == 2
    assert all(field in error for error in said["errors"])
    assert stand.library.listed() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("arr", "../../etc"),
        ("arr", ".."),
        ("arr", "a/b"),
        ("arr", "a\\b"),
        ("arr", "a\0b"),
        ("arr", " spaced "),
        ("arr", "x" * 300),
        ("arrName", "../x"),
        ("callbackUrl", "garbage"),
        ("callbackUrl", "/just/a/path"),
        ("callbackUrl", "ftp://hook.example/x"),
        ("callbackUrl", "http://"),
        ("callbackUrl", "http://hook.example:port/"),
        ("callbackUrl", "http://[::1/"),
        ("callbackUrl", "http://hook.example/a b"),
        ("callbackUrl", "http://hook.example/\r\nX-Injected: 1"),
        ("callbackUrl", "javascript:alert(1)"),
    ],
)
async def test_name_or_address_that_cannot_be_meant_fails_the_request(
    stand: Stand, field: str, value: str
) -> None:
    answer = await stand.client.post("/api/add", json={"urls": MAGNET, field: value}, headers=stand.bearer)

    assert answer.status == 400
    said = await answer.json()
    assert said["status"] == 400
    assert stand.library.listed() == []
    assert not stand.library.categories


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"urls": 5}',
        b'{"urls": [1]}',
        b'{"urls": null}',
        b'{"arr": []}',
        b'{"downloadUncached": "perhaps"}',
        b'{"unknown": 1}',
        b'{"urls": "x", "rmTrackerUrls": 1}',
        b"\xff",
    ],
)
async def test_json_that_does_not_fit_fails_the_request(stand: Stand, body: bytes) -> None:
    headers = stand.bearer | {"Content-Type": "application/json"}

    answer = await stand.client.post("/api/add", data=body, headers=headers)

    assert answer.status == 400
    said = await answer.json()
    assert said["error"]
    assert said["detail"]


async def test_unknown_form_field_is_named(stand: Stand) -> None:
    answer = await stand.client.post(
        "/api/add", data={"urls": MAGNET, "downloadUncahced": "true"}, headers=stand.bearer
    )

    assert answer.status == 400
    said = await answer.json()

    assert "downloadUncahced" in said["detail"]
    assert stand.library.listed() == []


async def test_form_value_of_the_wrong_type_is_named(stand: Stand) -> None:
    answer = await stand.client.post(
        "/api/add", data={"urls": MAGNET, "downloadUncached": "perhaps"}, headers=stand.bearer
    )

    assert answer.status == 400
    said = await answer.json()

    assert "downloadUncached" in said["detail"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"no boundary anywhere"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="urls"\r\n\r\nmagn',
        ),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken header\r\n\r\nx\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="urls"\r\n\r\n\xff\xfe\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=" + "x" * 100, b"--x"),
    ],
)
async def test_broken_form_is_refused(stand: Stand, content_type: str, body: bytes) -> None:
    answer = await stand.client.post(
        "/api/add", data=body, headers=stand.bearer | {"Content-Type": content_type}
    )

    assert answer.status == 400
    assert (await answer.json())["error"]
    assert stand.library.listed() == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "application/xml"])
async def test_other_bodies_are_refused_by_their_type(stand: Stand, content_type: str) -> None:
    answer = await stand.client.post(
        "/api/add", data=b"x", headers=stand.bearer | {"Content-Type": content_type}
    )

    assert answer.status == 415
    assert (await answer.json())["status"] == 415


async def test_upload_over_the_limit_is_refused(tmp_path: Path) -> None:
    settings = usual_settings(tmp_path)
    small = replace(settings, server=replace(settings.server, max_upload=2**20))
    async with a_stand(tmp_path, settings=small) as stand:
        form = upload(b"x" * 2**21, "big.torrent")

        answer = await stand.client.post("/api/add", data=form, headers=stand.bearer)

        assert answer.status == 413
        assert (await answer.json())["status"] == 413


async def test_fifty_mebibytes_are_no_torrent(stand: Stand) -> None:
    form = upload(b"d" + b"x" * (50 << 20), "big.torrent")

    answer = await stand.client.post("/api/add", data=form, headers=stand.bearer)

    assert answer.status == 200
    assert len((await answer.json())["errors"]) == 1
