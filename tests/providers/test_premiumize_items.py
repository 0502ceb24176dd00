"""What Premiumize lists of its transfers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compat.content import SINTEL, Release
from compat.emulators.premiumize import Premiumize
from qbitproxy.core.faults import Reason, Unreachable
from qbitproxy.core.ports import ItemState, RemoteItem
from tests.providers.premiumize_account import an_account

LONG = timedelta(minutes=10)


async def listed(**transfer: object) -> RemoteItem:
    """One transfer as the list shows it, in our words."""
    async with an_account() as (pm, provider, _):
        body = {"status": "success", "transfers": [{"id": "A", "status": "running"} | transfer]}
        pm.fault("GET /transfer/list", status=200, body=body)
        [item] = await provider.items()
        return item


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("waiting", ItemState.QUEUED, None),
        ("queued", ItemState.QUEUED, None),
        ("running", ItemState.FETCHING, None),
        ("finished", ItemState.DONE, None),
        ("seeding", ItemState.DONE, None),
        ("error", ItemState.FAILED, Reason.BAD_SOURCE),
        ("timeout", ItemState.FAILED, Reason.NO_SEEDS),
        ("banned", ItemState.FAILED, Reason.FILTERED_BY_PROVIDER),
        ("polishing", ItemState.FETCHING, None),
        ("", ItemState.FETCHING, None),
    ],
)
async def test_every_status_means_something(status: str, state: ItemState, reason: Reason | None) -> None:
    item = await listed(status=status)

    assert (item.state, item.reason, item.detail) == (state, reason, status)


async def test_a_failure_says_why_without_addresses() -> None:
    item = await listed(
        status="error", message="No peers for magnet:?xt=urn:btih:12 at https://x.example/?k=1"
    )

    assert item.detail == "error: No peers for … at …"


@pytest.mark.parametrize(
    ("progress", "done"),
    [
        (0.42, 0.42),
        ("0.42", 0.42),
        (None, 0),
        ("", 0),
        ("soon", 0),
        (-1, 0),
        (1, 0.99),
        (7, 0.99),
        ("nan", 0),
    ],
)
async def test_progress_is_read_however_it_is_written(progress: object, done: float) -> None:
    assert (await listed(progress=progress)).progress == done


async def test_a_finished_transfer_is_done_whatever_its_progress_says() -> None:
    assert (await listed(status="finished", progress=0)).progress == 1


async def test_progress_that_is_left_out_stays_what_it_was() -> None:
    async with an_account() as (pm, provider, _):
        for progress in (0.4, None):
            transfers = [{"id": "A", "status": "running", "progress": progress}]
            pm.fault("GET /transfer/list", status=200, body={"transfers": transfers})

        seen = [(await provider.items())[0].progress for _ in range(2)]

        assert seen == [0.4, 0.4]


@pytest.mark.parametrize(
    ("message", "speed", "size", "seeders"),
    [
        ("Downloading at 18.4 MB/s. 42% of 21.7 GB finished. ETA is 00:11:40", 18_400_000, 21_700_000_000, 0),
        ("512 KiB/s, 1.5 GiB / 3 GiB, from 12 peers, ETA 3 min", 524_288, 3 << 30, 12),
        ("Loading...", 0, 0, 0),
        (None, 0, 0, 0),
    ],
)
async def test_speed_and_size_are_read_out_of_the_message(
    message: str | None, speed: int, size: int, seeders: int
) -> None:
    item = await listed(message=message)

    assert (item.speed, item.size, item.seeders) == (speed, size, seeders)


@pytest.mark.parametrize("name", [None, 0, ""])
async def test_a_transfer_without_a_name_has_none(name: object) -> None:
    assert (await listed(name=name)).name == ""


@pytest.mark.parametrize(
    "src",
    [
        SINTEL.magnet(),
        SINTEL.magnet(upper=True),
        SINTEL.magnet(base32=True),
        SINTEL.magnet().replace(":", "%3A"),
    ],
)
async def test_a_magnet_in_the_list_tells_the_infohash_in_lower_case(src: str) -> None:
    assert (await listed(src=src)).infohash == SINTEL.infohash


@pytest.mark.parametrize("src", [None, "", "https://www.premiumize.me/api/job/src?id=A"])
async def test_otherwise_the_list_tells_no_infohash(src: str | None) -> None:
    assert (await listed(src=src)).infohash == ""


async def test_what_went_to_another_cloud_has_failed_for_a_reason_the_user_can_change() -> None:
    item = await listed(status="finished", other_cloud_id="gdrive-1")

    assert (item.state, item.reason) == (ItemState.FAILED, Reason.REFUSED_BY_POLICY)
    assert "another cloud" in item.detail


async def test_a_deleted_transfer_counts_as_not_there() -> None:
    async with an_account() as (pm, provider, _):
        pm.added_elsewhere(SINTEL, downloaded=False)
        pm.advance(SINTEL.infohash, "deleted")

        assert await provider.items() == []


async def test_an_odd_transfer_is_still_there_and_spoils_no_other() -> None:
    async with an_account() as (pm, provider, _):
        transfers = [{"id": "ODD", "status": {}}, {"name": "no id"}, None, {"id": "FINE", "status": "queued"}]
        pm.fault("GET /transfer/list", status=200, body={"status": "success", "transfers": transfers})

        states = {item.id: item.state for item in await provider.items()}

        assert states == {"ODD": ItemState.FETCHING, "FINE": ItemState.QUEUED}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "success"},
        {"transfers": None},
        [],
        b"",
        b"null",
        "<html></html>",
        b'{"transfers": [{"id"',
    ],
)
async def test_a_list_that_is_none_never_means_an_empty_account(body: object) -> None:
    async with an_account() as (pm, provider, _):
        pm.added_elsewhere(SINTEL)
        pm.fault("GET /transfer/list", status=200, body=body)

        with pytest.raises(Unreachable):
            await provider.items()


async def test_a_long_list_is_read_whole() -> None:
    async with an_account(Premiumize("manual", slots=2000)) as (pm, provider, _):
        for number in range(1200):
            pm.added_elsewhere(Release(f"{number}.mkv", {f"{number}.mkv": 10}), downloaded=False)

        assert len(await provider.items()) == 1200
        assert pm.calls() == 1
