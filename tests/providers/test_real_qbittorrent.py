"""The adapter against a real qBittorrent that fetches from this machine alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from compat.bencode import decode_torrent, encode
from compat.content import Release
from compat.emulators.bench import Bench
from qbitproxy.clock import SystemClock
from qbitproxy.core.calls import Http, Upload
from qbitproxy.core.faults import Denied, Missing, Reason, Refusal
from qbitproxy.core.ports import ItemState, Provider, RemoteItem, Source
from qbitproxy.core.release import ContentRules
from qbitproxy.files.mounts import shown
from qbitproxy.http import connect
from qbitproxy.providers.qbittorrent import PROVIDER
from qbitproxy.providers.qbittorrent_wire import USED
from qbitproxy.settings import Secret
from tests.providers.account import NAME, VIDEO, source_of
from tests.providers.real_qbittorrent import MOMENT, Real, a_real_qbittorrent

DEADLINE = 90  # seconds
KIB = 1 << 10

SEASON = Release(
    "Caminandes.S01.1080p",
    {
        "Caminandes.S01E01.mkv": 700 * KIB + 17,
        "Caminandes.S01E02.mkv": 600 * KIB,
        "Artwork/poster.png": 400 * KIB,  # several pieces of its own
    },
    piece_length=64 * KIB,
)
HYBRID = Release(
    "Spring.2019.1080p",
    {"Spring.2019.1080p.mkv": 900 * KIB, "Spring.2019.nfo": 700},
    piece_length=64 * KIB,
    version="hybrid",
)
ALONE = Release("Charge.2022.1080p.mkv", {"Charge.2022.1080p.mkv": 800 * KIB + 5}, piece_length=64 * KIB)


class WebSeed(Bench):
    """Serves the files of releases by range, as a torrent's url-list may name."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.app.router.add_static("/", folder)


def seeded(release: Release, url: str) -> bytes:
    """The release's .torrent with a web seed."""
    metainfo, _ = decode_torrent(release.torrent)
    where = f"{url}{release.name}" if release.single_file else url
    return encode({**metainfo, b"url-list": where.encode()})  # type: ignore[dict-item]


def source(release: Release, seed: WebSeed) -> Source:
    return Source(
        infohash=release.infohash,
        infohash_v2=release.infohash_v2 if release.version == "hybrid" else "",
        name=release.name,
        magnet="",
        metainfo=seeded(release, seed.url),
    )


@asynccontextmanager
async def connected(real: Real, key: str = "") -> AsyncIterator[tuple[Provider, Http]]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        http = connect(PROVIDER.http, NAME, real.url, Secret(key or real.key), session, SystemClock())
        yield PROVIDER.connect(http, NAME), http


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Real]:
    async with a_real_qbittorrent(tmp_path / "real") as running:
        yield running


@pytest.fixture
async def seed(tmp_path: Path) -> AsyncIterator[WebSeed]:
    folder = tmp_path / "seed"
    for release in (SEASON, HYBRID, ALONE):
        release.write(folder if release.single_file else folder / release.name)
    async with WebSeed(folder) as running:
        yield running


async def listed(provider: Provider, fits: Callable[[RemoteItem], bool]) -> RemoteItem:
    """The only item of the list, once it fits."""
    async with asyncio.timeout(DEADLINE):
        while True:
            items = await provider.items()
            if items and fits(items[0]):
                return items[0]
            await SystemClock().sleep(MOMENT)


def is_in(state: ItemState) -> Callable[[RemoteItem], bool]:
    return lambda item: item.state is state


def read(real: Real, item: RemoteItem) -> dict[str, bytes]:
    """The item's files as the mount shows them."""
    files = item.files or ()
    return {
        file.path: place.read_bytes()
        for file, place in zip(files, shown(real.downloads, item.name, "", files), strict=True)
    }


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def test_a_torrent_is_fetched_as_far_as_it_is_wanted_then_let_go_of(real: Real, seed: WebSeed) -> None:
    episodes = {path for path in SEASON.files if path.endswith(".mkv")}
    async with connected(real) as (provider, _):
        submitted = await provider.submit(source(SEASON, seed), VIDEO)
        done = await listed(provider, is_in(ItemState.DONE))
        again = await provider.submit(source(SEASON, seed), VIDEO)
        item = await provider.contents(submitted.id, VIDEO)

        assert (done.id, done.infohash, done.progress) == (submitted.id, SEASON.infohash, 1.0)
        assert (again.id, again.name) == (item.id, item.name) == (SEASON.infohash, SEASON.name)
        assert sum(SEASON.files[path] for path in episodes) <= done.size < SEASON.size  # whole pieces
        assert read(real, item) == {path: SEASON.read(path) for path in episodes}
        assert {path for path in below(real.downloads) if not path.endswith(".parts")} == {
            f"{SEASON.name}/{path}" for path in episodes
        }

        await provider.release(item.id)
        await provider.release(item.id)

        assert await provider.items() == []
        with pytest.raises(Missing):
            await provider.contents(item.id, VIDEO)
        async with asyncio.timeout(DEADLINE):  # it deletes files in the background
            while below(real.downloads):
                await SystemClock().sleep(MOMENT)


@pytest.mark.parametrize("release", [HYBRID, ALONE], ids=lambda release: str(release.name))
async def test_every_kind_of_torrent_lies_in_a_folder_of_its_own(
    real: Real, seed: WebSeed, release: Release
) -> None:
    async with connected(real) as (provider, _):
        submitted = await provider.submit(source(release, seed), VIDEO)
        await listed(provider, is_in(ItemState.DONE))
        item = await provider.contents(submitted.id, VIDEO)

        assert item.infohash == item.id == release.infohash
        assert item.name == release.name.removesuffix(".mkv")
        [(path, content)] = read(real, item).items()
        assert content == release.read(path)


async def test_a_magnet_is_stopped_at_its_metadata_until_its_files_are_chosen(
    real: Real, tmp_path: Path
) -> None:
    async with a_real_qbittorrent(tmp_path / "peer") as peer, connected(peer) as (seeder, theirs):
        SEASON.write(peer.downloads / SEASON.name)
        await add(theirs, SEASON.torrent, tags=USED)
        await listed(seeder, is_in(ItemState.DONE))
        async with connected(real) as (provider, _):
            submitted = await provider.submit(source_of(SEASON), VIDEO)
            await met(real, theirs, provider, ItemState.UNPREPARED)
            prepared = await provider.submit(source_of(SEASON), VIDEO)
            await met(real, theirs, provider, ItemState.DONE)
            item = await provider.contents(prepared.id, VIDEO)

            assert submitted.id == prepared.id == item.id == SEASON.infohash
            assert set(read(real, item)) == {path for path in SEASON.files if path.endswith(".mkv")}


async def met(real: Real, seeder: Http, provider: Provider, state: ItemState) -> None:
    """Have the seeder look for us until our only item is in `state`: nobody else leads them together."""
    us = {"hashes": SEASON.infohash, "peers": f"127.0.0.1:{real.peers}"}
    async with asyncio.timeout(DEADLINE):
        while [item.state for item in await provider.items()] != [state]:
            await seeder.call("POST", "api/v2/torrents/addPeers", form=us)
            await SystemClock().sleep(MOMENT)


async def test_somebody_elses_torrent_is_adopted_where_it_lies_and_left_when_released(real: Real) -> None:
    ALONE.write(real.downloads / "movies")
    async with connected(real) as (provider, http):
        await add(http, ALONE.torrent, savepath=str(real.downloads / "movies"), category="radarr")
        async with asyncio.timeout(DEADLINE):
            while (item := await provider.submit(source_of(ALONE), VIDEO)).state is not ItemState.DONE:
                await SystemClock().sleep(MOMENT)

        assert [each.id for each in await provider.items()] == [ALONE.infohash]
        assert read(real, item) == {ALONE.name: ALONE.read(ALONE.name)}

        await provider.release(item.id)

        assert await provider.items() == []
        assert below(real.downloads) == {f"movies/{ALONE.name}"}


async def test_what_is_no_torrent_or_holds_nothing_wanted_is_refused_and_leaves_nothing(real: Real) -> None:
    broken = Source(infohash="e" * 40, name="x", magnet="magnet:?xt=urn:btih:1234", metainfo=b"")
    books = ContentRules(extensions=frozenset({"epub"}))
    async with connected(real) as (provider, _):
        with pytest.raises(Refusal) as unread:
            await provider.submit(broken, VIDEO)
        with pytest.raises(Refusal) as unwanted:
            await provider.submit(source_of(ALONE, metainfo=True), books)

        assert (unread.value.reason, unwanted.value.reason) == (Reason.BAD_SOURCE, Reason.REFUSED_BY_POLICY)
        assert await provider.items() == []


async def test_what_lost_its_files_while_it_was_stopped_is_fetched_anew(
    tmp_path: Path, seed: WebSeed
) -> None:
    async with a_real_qbittorrent(tmp_path / "twice") as real, connected(real) as (provider, _):
        await provider.submit(source(SEASON, seed), VIDEO)
        await listed(provider, is_in(ItemState.DONE))
        (real.downloads / SEASON.name / "Caminandes.S01E01.mkv").unlink()

    async with a_real_qbittorrent(tmp_path / "twice") as real, connected(real) as (provider, _):
        failed = await listed(provider, is_in(ItemState.FAILED))
        with pytest.raises(Missing):
            await provider.contents(failed.id, VIDEO)
        await provider.submit(source(SEASON, seed), VIDEO)
        await listed(provider, is_in(ItemState.DONE))

        assert set(read(real, await provider.contents(failed.id, VIDEO))) == {
            "Caminandes.S01E01.mkv",
            "Caminandes.S01E02.mkv",
        }


async def test_a_session_that_ended_is_opened_again(real: Real) -> None:
    async with connected(real) as (provider, http):
        await provider.account()
        await http.call("POST", "api/v2/auth/logout")

        assert (await provider.account()).user == "admin"


async def test_a_wrong_password_is_denied_before_it_gets_us_banned(real: Real) -> None:
    async with connected(real, "admin:wrong") as (provider, _):
        for _ in range(8):
            with pytest.raises(Denied):
                await provider.account()
    async with connected(real) as (provider, _):
        assert (await provider.account()).user == "admin"


async def add(http: Http, metainfo: bytes, **form: str) -> None:
    """Add a torrent as a person does."""
    await http.call(
        "POST", "api/v2/torrents/add", form=form, upload=Upload("torrents", "theirs.torrent", metainfo)
    )
