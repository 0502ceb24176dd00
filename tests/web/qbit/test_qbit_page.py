"""A page made for qBittorrent, served beside our own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from msgspec.structs import replace

from qbitproxy.settings import Settings
from qbitproxy.settings.checks import TAKEN
from qbitproxy.settings.sections import QbittorrentSettings
from qbitproxy.web.api.table import ROUTES
from qbitproxy.web.needs import PAGES
from tests.web.qbit.face import BUNNY, PERSON
from tests.web.stand import Stand, a_stand, usual_settings

INDEX = '<!doctype html><script src="app.js"></script>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page as its makers pack it, something beside it, ways out of it."""
    folder = tmp_path / "page"
    for part in "public", "private":
        (folder / part / "assets").mkdir(parents=True)
    (folder / "public" / "index.html").write_text(INDEX)
    (folder / "public" / "app.js").write_text("log_in()")
    (folder / "public" / "assets" / "font.woff2").write_bytes(b"font")
    (folder / "public" / ".env").write_text("hidden")
    (folder / "private" / "index.html").write_text("<!doctype html>inside")
    (folder / "secret.txt").write_text("beside")
    (tmp_path / "outside.txt").write_text("outside")
    (folder / "public" / "out.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "public" / "out").symlink_to(tmp_path)
    (folder / "public" / "same.js").symlink_to(folder / "public" / "app.js")
    os.mkfifo(folder / "public" / "pipe")
    return folder


def with_page(tmp_path: Path, folder: Path, path: str = "/vue") -> Settings:
    return usual_settings(tmp_path, qbittorrent=QbittorrentSettings(ui_folder=str(folder), ui_path=path))


@pytest.fixture
async def stand(tmp_path: Path, folder: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, settings=with_page(tmp_path, folder)) as stand:
        yield stand


async def got(stand: Stand, path: str, **headers: str) -> tuple[ClientResponse, str]:
    async with stand.client.get(path, headers=headers, allow_redirects=False) as answer:
        return answer, await answer.text()


async def log_in(stand: Stand) -> None:
    async with stand.client.post("/vue/api/v2/auth/login", data=PERSON) as answer:
        assert await answer.text() == "Ok."


async def test_the_page_is_used_from_login_to_its_torrents(stand: Stand) -> None:
    at_the_door, front = await got(stand, "/vue/")
    refused, _ = await got(stand, "/vue/api/v2/torrents/info")
    await log_in(stand)
    async with stand.client.post("/vue/api/v2/torrents/add", data={"urls": BUNNY.magnet()}) as added:
        assert await added.text() == "Ok."
    _, rows = await got(stand, "/vue/api/v2/torrents/info")
    _, inside = await got(stand, "/vue/")

    assert (at_the_door.status, at_the_door.content_type) == (200, "text/html")
    assert front == INDEX
    assert refused.status == 403
    assert BUNNY.infohash in rows
    assert inside == "<!doctype html>inside"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("app.js", "text/javascript"), ("assets/font.woff2", "font/woff2"), ("same.js", "text/javascript")],
)
async def test_files_have_their_type_for_everybody(stand: Stand, path: str, kind: str) -> None:
    before, _ = await got(stand, f"/vue/{path}")
    await log_in(stand)
    after, _ = await got(stand, f"/vue/{path}")

    assert (before.status, before.content_type) == (200, kind)
    assert after.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "none.js",
        "assets/",
        "assets",
        "out.txt",
        "out/outside.txt",
        "pipe",
        ".env",
        "../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "..%5csecret.txt",
        "%2fetc/passwd",
        "/etc/passwd",
        "public/index.html",
        "app.js/",
        "app.js%00",
    ],
)
async def test_nothing_else_is_shown(stand: Stand, path: str) -> None:
    await log_in(stand)

    answer, text = await got(stand, f"/vue/{path}")

    assert answer.status in (404, 303)
    assert not {"outside", "beside", "hidden"} & {text}


async def test_what_is_private_is_not_for_everybody(stand: Stand, folder: Path) -> None:
    (folder / "private" / "inside.js").write_text("inside")

    before, _ = await got(stand, "/vue/inside.js")
    await log_in(stand)
    after, _ = await got(stand, "/vue/inside.js")

    assert (before.status, after.status) == (404, 200)


async def test_the_page_has_a_policy_of_its_own_and_ours_keeps_its(stand: Stand) -> None:
    page, _ = await got(stand, "/vue/")
    ours, _ = await got(stand, "/login")

    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "'unsafe-inline'" not in ours.headers["Content-Security-Policy"]


async def test_a_file_that_is_known_is_not_sent_again(stand: Stand) -> None:
    first, _ = await got(stand, "/vue/app.js")
    again, text = await got(stand, "/vue/app.js", **{"If-None-Match": first.headers["ETag"]})

    assert (again.status, text) == (304, "")
    assert again.headers["Cache-Control"] == "no-cache"


async def test_the_address_ends_in_a_slash(stand: Stand) -> None:
    answer, _ = await got(stand, "/vue")

    assert (answer.status, answer.headers["Location"]) == (303, "/vue/")


async def test_our_own_page_and_api_stay_closed(stand: Stand) -> None:
    for path, status in {"/": 303, "/api/torrents": 401, "/vuetorrent": 303, "/vue/api/v3/x": 404}.items():
        assert (await got(stand, path))[0].status == status


async def test_a_page_without_folders_is_for_everybody_below_the_url_base(tmp_path: Path) -> None:
    page = tmp_path / "plain page"
    page.mkdir()
    (page / "index.html").write_text(INDEX)
    settings = with_page(tmp_path, page)
    settings = replace(settings, server=replace(settings.server, url_base="/base"))
    async with a_stand(tmp_path, settings=settings) as stand:
        assert (await got(stand, "/base/vue/"))[1] == INDEX
        assert (await got(stand, "/base/vue"))[0].headers["Location"] == "/base/vue/"
        assert (await got(stand, "/base/vue/api/v2/app/version"))[0].status == 403


async def test_no_page_is_served_where_none_is_set(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    async with a_stand(tmp_path / "there") as stand:
        assert (await got(stand, "/qbittorrent/"))[0].status == 303  # to our own login


def test_no_page_of_others_takes_the_place_of_ours() -> None:
    ours = [name.partition(" ")[2] for name in PAGES]
    ours += [path for route in ROUTES for path in (route.path, *route.also)]

    assert {path.split("/")[1] for path in ours} - {""} == TAKEN
