"""Files of a library that hold an address, led to where what came back is seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from compat.content import SINTEL, Release
from compat.emulators.arr_shelf import MediaFile
from qbitproxy.core.events import RemovalAsked
from qbitproxy.core.findings import Stuck
from qbitproxy.core.torrent import Action, Request
from qbitproxy.library import Draft
from tests.providers.account import source_of
from tests.workers.clinic import Clinic, a_clinic
from tests.workers.desk import steps_taken

SPRING = Release("Spring.2019 S01E01.1080p", {"Spring.2019 S01E01.1080p.mkv": 60_000})
NAME = SPRING.name
FILE = f"{NAME}.mkv"


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with a_clinic(tmp_path) as clinic:
        yield clinic


async def holds_address(clinic: Clinic, address: str = "") -> MediaFile:
    """Have a .strm file in the library; without an address it holds the path on the first mount."""
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING, elsewhere=True)
    path = file.path.with_name("Spring - 1x01.strm")
    path.write_text(f"{address or file.path.readlink()}\n")
    file.path.unlink()
    file.path, file.size = path, path.stat().st_size
    await clinic.looked()
    return file


def seen_at(clinic: Clinic, **addresses: str) -> None:
    """Have the settings say that accounts are seen at addresses, too."""
    hands = clinic.hands
    changed = {name: replace(hands.providers[name], seen_at=(at,)) for name, at in addresses.items()}
    hands.providers = {**hands.providers, **changed}


@asynccontextmanager
async def a_webdav(root: Path) -> AsyncIterator[str]:
    """What a folder holds, by HTTP; its address."""
    app = web.Application()
    app.router.add_static("/dav", root)
    async with serving(app) as origin:
        yield f"{origin}/dav"


@asynccontextmanager
async def seen_by_http(clinic: Clinic) -> AsyncIterator[tuple[str, str]]:
    """Both accounts are seen at addresses, too: these."""
    async with (
        a_webdav(clinic.mounts["first"].root) as first,
        a_webdav(clinic.mounts["second"].root) as second,
    ):
        seen_at(clinic, first=first, second=second)
        yield first, second


def unmounted(clinic: Clinic, name: str) -> None:
    """Have an account that no mount shows."""
    hands = clinic.hands
    hands.providers = {**hands.providers, name: replace(hands.providers[name], mount=None)}


@asynccontextmanager
async def a_server_of_pages() -> AsyncIterator[str]:
    """Answers with a page, whatever it is asked for."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>Sign in</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    async with serving(app) as origin:
        yield f"{origin}/dav"


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_path_in_a_strm_file_is_exchanged_for_the_one_that_reads(clinic: Clinic) -> None:
    file = await holds_address(clinic)
    await clinic.loses(SPRING)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert file.path.read_text() == f"{clinic.mounts['second'].root / NAME / FILE}\n"
    assert not file.path.is_symlink()
    assert not clinic.searched()


async def test_the_beginning_of_a_place_that_shows_both_accounts_is_kept(
    clinic: Clinic, tmp_path: Path
) -> None:
    union = tmp_path / "union"
    (union / "__all__").mkdir(parents=True)
    (union / SINTEL.name).symlink_to(clinic.mounts["first"].root / SINTEL.name)  # proves that it is up
    seen_at(clinic, first=str(union), second=str(union))
    (union / "__all__" / NAME).symlink_to(clinic.mounts["first"].root / NAME)
    file = await holds_address(clinic, str(union / "__all__" / NAME / FILE))
    await clinic.loses(SPRING)
    (union / "__all__" / NAME).unlink()
    (union / NAME).symlink_to(clinic.mounts["second"].root / NAME)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert file.path.read_text() == f"{union / NAME / FILE}\n"


async def test_an_address_that_serves_again_stays_as_it_is(clinic: Clinic) -> None:
    async with a_webdav(clinic.mounts["first"].root) as dav:
        seen_at(clinic, first=dav)
        before = f"{dav}/{quote(NAME)}/{quote(FILE)}?token=s3cret"
        file = await holds_address(clinic, before)
        await clinic.loses(SPRING, for_good=False)

        job = await clinic.looked()

        assert await clinic.treatments(job) == ["mended"]
        assert file.path.read_text() == f"{before}\n"


async def test_a_page_in_the_place_of_the_file_is_not_taken_for_it(clinic: Clinic) -> None:
    async with a_server_of_pages() as pages:
        seen_at(clinic, first=pages, second=pages)
        before = f"{pages}/{quote(NAME)}/{quote(FILE)}"
        file = await holds_address(clinic, before)
        await clinic.loses(SPRING)

        job = await clinic.looked()

        assert await clinic.treatments(job) == ["stuck"]
        assert file.path.read_text() == f"{before}\n"


async def test_an_address_is_exchanged_for_that_of_the_account_that_serves_it_now(clinic: Clinic) -> None:
    async with seen_by_http(clinic) as (first, second):
        file = await holds_address(clinic, f"{first}/{quote(NAME)}/{quote(FILE)}")
        await clinic.loses(SPRING)

        job = await clinic.looked()

        assert await clinic.treatments(job) == ["mended"]
        assert file.path.read_text() == f"{second}/{quote(NAME)}/{quote(FILE)}\n"


async def test_an_account_without_a_mount_may_be_seen_at_an_address(clinic: Clinic) -> None:
    async with seen_by_http(clinic) as (first, second):
        unmounted(clinic, "second")
        file = await holds_address(clinic, f"{first}/{quote(NAME)}/{quote(FILE)}")
        await clinic.loses(SPRING)

        job = await clinic.looked()

        assert await clinic.treatments(job) == ["mended"]
        assert file.path.read_text() == f"{second}/{quote(NAME)}/{quote(FILE)}\n"


async def test_what_a_healed_address_plays_from_does_not_go_with_another_torrent(clinic: Clinic) -> None:
    async with seen_by_http(clinic) as (first, _):
        unmounted(clinic, "second")
        await holds_address(clinic, f"{first}/{quote(NAME)}/{quote(FILE)}")
        await clinic.loses(SPRING)
        await clinic.looked()
        await clinic.bring_torrents_on()
        library = clinic.hands.library
        request = Request(action=Action.DOWNLOAD, provider="second")
        place = library.save_path("tv")
        draft = Draft(source=source_of(SPRING), category="tv", save_path=place, request=request)

        torrent = await library.accept(draft)
        await anext(steps_taken(clinic.hands))
        await library.record(torrent.id, RemovalAsked(delete_files=True))
        await clinic.bring_torrents_on()

        assert library.all() == []
        held = await clinic.hands.providers["second"].provider.items()
        assert [item.infohash for item in held] == [SPRING.infohash]


async def test_an_address_stays_until_another_one_serves_the_file(clinic: Clinic) -> None:
    async with a_webdav(clinic.mounts["first"].root) as first:
        seen_at(clinic, first=first, second="http://127.0.0.1:9/dav")
        before = f"{first}/{quote(NAME)}/{quote(FILE)}"
        file = await holds_address(clinic, before)
        await clinic.loses(SPRING)

        job = await clinic.looked()

        [finding] = await clinic.findings(job)
        assert finding.treatment == Stuck("what came back can be read at no place like the one it led to")
        assert file.path.read_text() == f"{before}\n"
        assert [path.name for path in file.path.parent.iterdir()] == [file.path.name]


async def test_a_strm_file_that_holds_more_than_an_address_stays(clinic: Clinic) -> None:
    file = await holds_address(clinic)
    text = f"{clinic.mounts['first'].root / NAME / FILE}\n# of the year 2019\n"
    file.path.write_text(text)
    await clinic.loses(SPRING)

    job = await clinic.looked()

    [finding] = await clinic.findings(job)
    assert finding.treatment == Stuck("it holds no address that we understand")
    assert file.path.read_text() == text


async def test_a_link_to_a_strm_file_stays_a_link(clinic: Clinic) -> None:
    file = await holds_address(clinic)
    real = file.path.with_name("elsewhere.strm")
    file.path.rename(real)
    file.path.symlink_to(real)
    await clinic.loses(SPRING)

    await clinic.looked()

    assert file.path.readlink() == real
    assert real.read_text() == f"{clinic.mounts['first'].root / NAME / FILE}\n"
