"""The emulated Arrs let go of downloads the way the real ones do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from compat.content import SHOW, SINTEL, Release
from compat.emulators.arr import GrabRefused
from compat.emulators.readarr import Readarr
from compat.emulators.sonarr import SONARR_V3, Sonarr
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent, routes


@pytest.fixture
async def qbit(tmp_path: Path) -> AsyncIterator[FakeQbittorrent]:
    async with FakeQbittorrent(tmp_path / "downloads") as qbit:
        yield qbit


@pytest.fixture
async def sonarr(tmp_path: Path, qbit: FakeQbittorrent) -> AsyncIterator[Sonarr]:
    async with Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        yield sonarr


async def test_the_category_is_set_before_the_removal(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    qbit.categories["done"] = {"name": "done", "savePath": ""}
    sonarr.uses(qbit.address, USERNAME, PASSWORD, post_import_category="done")
    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL)

    await sonarr.poll()

    assert routes(qbit.requests)[-3:] == [
        "GET torrents/info", "POST torrents/setCategory", "POST torrents/delete",
    ]  # fmt: skip


async def test_a_category_unknown_to_the_client_does_not_stop_the_removal(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    sonarr.uses(qbit.address, USERNAME, PASSWORD, post_import_category="done")
    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL)

    await sonarr.poll()

    assert qbit.rows == {}


async def test_a_torrent_that_becomes_removable_later_is_removed_then(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL, ratio=0.5, ratio_limit=1)
    await sonarr.poll()
    before = qbit.told("delete")
    qbit.rows[SINTEL.infohash]["ratio"] = 0.9995

    await sonarr.poll()

    assert (before, len(qbit.told("delete"))) == ([], 1)
    assert len(sonarr.imported) == 1


@pytest.mark.parametrize(
    ("changes", "preferences", "removed"),
    [
        ({"ratio_limit": -2}, {}, False),
        ({"ratio_limit": -1}, {"max_ratio_enabled": True, "max_ratio": 0}, False),
        ({"ratio_limit": -2, "ratio": 0}, {"max_ratio_enabled": True, "max_ratio": 0}, True),
        ({"ratio": 1, "ratio_limit": 1.5}, {}, False),
        ({"ratio_limit": -2, "seeding_time": 60, "seeding_time_limit": 1}, {}, True),
        ({"ratio_limit": -2, "seeding_time": 59, "seeding_time_limit": 1}, {}, False),
        ({"ratio_limit": -2, "seeding_time_limit": 1}, {}, True),
        ({"ratio_limit": -2, "inactive_seeding_time_limit": 1, "last_activity": 1}, {}, True),
        ({"ratio_limit": -2, "inactive_seeding_time_limit": 1, "last_activity": 2**40}, {}, False),
    ],
)
async def test_seed_limits_decide_about_the_removal(
    qbit: FakeQbittorrent,
    sonarr: Sonarr,
    changes: dict[str, object],
    preferences: dict[str, object],
    removed: bool,
) -> None:
    qbit.preferences |= preferences
    qbit.properties["seeding_time"] = 61
    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL, **changes)

    await sonarr.poll()

    assert len(sonarr.imported) == 1
    assert (qbit.rows == {}) is removed


async def test_older_releases_want_the_whole_ratio(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    async with Sonarr(tmp_path / "library", SONARR_V3) as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await sonarr.grab(SINTEL)
        qbit.finish(SINTEL, ratio=0.9995)

        await sonarr.poll()

    assert qbit.told("delete") == []


async def test_nothing_is_removed_where_the_setting_forbids_it(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    sonarr.uses(qbit.address, USERNAME, PASSWORD, remove_completed=False)
    await sonarr.grab(SINTEL)
    content = qbit.finish(SINTEL)

    await sonarr.poll()

    assert content.exists()
    assert qbit.told("delete") == []


async def test_readarr_moves_even_where_the_setting_forbids_removal(
    qbit: FakeQbittorrent, tmp_path: Path
) -> None:
    book = Release("Sintel.epub", {"Sintel.epub": 1000})
    async with Readarr(tmp_path / "library") as readarr:
        readarr.uses(qbit.address, USERNAME, PASSWORD, remove_completed=False)
        await readarr.grab(book)
        content = qbit.finish(book)

        await readarr.poll()

        assert not content.exists()
        assert qbit.told("delete") == []


async def test_an_infohash_dropped_by_the_client_is_not_imported_again(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL, state="stalledUP")
    await sonarr.poll()
    qbit.rows.clear()
    await sonarr.poll()

    await sonarr.grab(SINTEL)
    qbit.finish(SINTEL, state="stalledUP")
    await sonarr.poll()

    assert len(sonarr.imported) == 1
    assert sonarr.queue == []


async def test_an_infohash_removed_by_the_arr_is_imported_again(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    for _ in range(2):
        await sonarr.grab(SINTEL)
        qbit.finish(SINTEL)
        await sonarr.poll()

    assert len(sonarr.imported) == 2


async def test_a_vanished_torrent_leaves_the_queue(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.grab(SINTEL)
    await sonarr.poll()
    qbit.rows.clear()

    await sonarr.poll()

    assert sonarr.queue == []


async def test_a_failed_release_is_blocklisted_then_not_grabbed_again(
    qbit: FakeQbittorrent, sonarr: Sonarr
) -> None:
    await sonarr.grab(SHOW)
    await sonarr.poll()

    await sonarr.remove(sonarr.queue[0], blocklist=True)

    assert [record.infohash for record in sonarr.blocklist] == [SHOW.infohash.upper()]
    assert sonarr.ledger.searches == [SHOW.name]
    assert qbit.rows == {}
    with pytest.raises(GrabRefused, match="blocklisted"):
        await sonarr.grab(SHOW)


async def test_an_ignored_download_is_never_imported(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.grab(SINTEL)
    await sonarr.poll()
    await sonarr.remove(sonarr.queue[0], from_client=False)
    qbit.finish(SINTEL)

    await sonarr.poll()

    assert (sonarr.imported, sonarr.queue, qbit.told("delete")) == ([], [], [])


async def test_waiting_in_vain_tells_where_things_are(qbit: FakeQbittorrent, sonarr: Sonarr) -> None:
    await sonarr.grab(SINTEL)

    with pytest.raises(TimeoutError, match="downloading"):
        await sonarr.run_until(lambda: sonarr.imported, poll_every=0.01, deadline=0.2)


async def test_health_checks_look_for_the_download_folder(qbit: FakeQbittorrent, tmp_path: Path) -> None:
    async with Sonarr(tmp_path / "library") as sonarr:
        sonarr.uses(qbit.address, USERNAME, PASSWORD)
        await sonarr.test_client()
        found = [[ailment.source for ailment in await sonarr.check_health()]]
        qbit.downloads.mkdir()
        found.append([ailment.source for ailment in await sonarr.check_health()])
        qbit.categories["tv-sonarr"]["savePath"] = str(tmp_path / "library")
        found.append([ailment.source for ailment in await sonarr.check_health()])
        qbit.preferences |= {"max_ratio_enabled": True, "max_ratio_act": 1}
        found.append([ailment.source for ailment in await sonarr.check_health()])
        qbit.fault("GET /torrents/categories", status=500)
        found.append([ailment.source for ailment in await sonarr.check_health()])

    inside = "DownloadClientRootFolderCheck"
    assert found == [
        ["RemotePathMappingCheck"],
        [],
        [inside],
        [inside, "DownloadClientRemovesCompletedDownloadsCheck"],
        ["DownloadClientCheck"],
    ]
