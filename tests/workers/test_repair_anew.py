"""What a service holds without serving it, brought back by adding the release there once more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SINTEL, Release
from qbitproxy.core.events import RemovalAsked
from qbitproxy.core.findings import Stuck
from qbitproxy.core.references import Reference
from qbitproxy.core.repair import State
from qbitproxy.core.torrent import Action, Ready, Remote, Request, remote_of
from qbitproxy.core.verdict import Broken, Rot
from qbitproxy.library import Draft
from qbitproxy.references import References
from tests.providers.account import source_of
from tests.workers.clinic import EVERYTHING, Clinic, a_clinic, can_be_read

SPRING = Release("Spring.2019.S01E01.1080p", {"Spring.2019.S01E01.1080p.mkv": 60_000})
PAIR = Release("Autumn.2021.S01.1080p", {f"Autumn.2021.S01E0{n}.1080p.mkv": 40_000 + n for n in (1, 2)})


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with a_clinic(tmp_path) as clinic:
        yield clinic


def held(clinic: Clinic, release: Release = SPRING) -> list[str]:
    """The items of a release at the first service, the oldest first."""
    items = sorted(clinic.services["first"].items(), key=lambda item: item.added)
    return [item.id for item in items if item.infohash == release.infohash]


def stops_serving(clinic: Clinic, release: Release = SPRING, *, cached: bool = True) -> None:
    """Leave a release listed by the first service with nothing behind it; `cached`: adding it helps."""
    clinic.services["first"].loses(release.infohash)
    clinic.services["first"].knows(release, cached=cached)
    clinic.mounts["first"].vanish(release)


async def brought_by_a_torrent(clinic: Clinic, release: Release = SPRING) -> int:
    """Have a torrent of ours add a release; return its id."""
    clinic.services["first"].knows(release)
    draft = Draft(
        source=source_of(release),
        category="tv-sonarr",
        save_path=clinic.hands.library.save_path("tv-sonarr"),
        request=Request(action=Action.SYMLINK),
    )
    torrent = await clinic.hands.library.accept(draft)
    await clinic.bring_torrents_on()
    return torrent.id


async def imported(clinic: Clinic, torrent_id: int) -> None:
    """Let an Arr take a torrent that it has imported out of its client."""
    await clinic.hands.library.record(torrent_id, RemovalAsked(delete_files=True))
    await clinic.bring_torrents_on()
    assert clinic.hands.library.all() == []


async def test_a_dead_link_is_healed_by_adding_the_release_beside_the_dead_item(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    [dead] = held(clinic)
    stops_serving(clinic)

    job = await clinic.looked()

    [finding] = await clinic.findings(job)
    assert (finding.verdict, finding.tag) == (Broken(Rot.LINK_DEAD), "mended")
    assert can_be_read(file)
    assert held(clinic)[0] == dead  # somebody else's
    assert len(held(clinic)) == 2
    await clinic.bring_torrents_on()
    assert clinic.hands.library.all() == []
    assert (await clinic.looked()).tally.healthy == 2


async def test_a_dead_item_that_somebody_added_too_is_done_without_as_well(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    clinic.services["first"].added_elsewhere(SPRING)
    clinic.services["first"].skew = -timedelta(days=999).total_seconds()  # long before our torrent
    dead = held(clinic)
    stops_serving(clinic)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert can_be_read(file)
    assert held(clinic)[:2] == dead
    assert len(held(clinic)) == 3


async def test_what_is_dead_for_good_keeps_its_item(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    await imported(clinic, await brought_by_a_torrent(clinic))
    await clinic.library_holds(SPRING)
    [dead] = held(clinic)
    stops_serving(clinic, cached=False)

    job = await clinic.looked()

    [finding] = await clinic.findings(job)
    assert job.state is State.PENDING
    assert isinstance(finding.treatment, Stuck)
    await clinic.bring_torrents_on()
    assert held(clinic) == [dead]


async def test_a_dead_item_of_ours_goes_once_its_only_file_lies_elsewhere(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    await imported(clinic, await brought_by_a_torrent(clinic))
    [file] = await clinic.library_holds(SPRING)
    await clinic.looked()
    [dead] = held(clinic)
    stops_serving(clinic)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert can_be_read(file)
    assert dead not in held(clinic)
    assert len(held(clinic)) == 1
    assert dead not in (await clinic.repairs.items())["first"]  # no list is held to it
    assert not await clinic.hands.library.is_ours(Remote("first", dead))
    assert (await clinic.looked()).tally.healthy == 2


async def test_a_dead_item_that_a_torrent_holds_stays(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    torrent_id = await brought_by_a_torrent(clinic)
    [file] = await clinic.library_holds(SPRING)
    [dead] = held(clinic)
    stops_serving(clinic)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert can_be_read(file)
    assert dead in held(clinic)
    torrent = clinic.hands.library.get(torrent_id)
    assert torrent is not None
    assert isinstance(torrent.phase, Ready)
    assert remote_of(torrent) == Remote("first", dead)


async def test_a_dead_item_that_another_file_was_found_in_stays(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    await imported(clinic, await brought_by_a_torrent(clinic))
    [file] = await clinic.library_holds(SPRING)
    other = clinic.sonarr.root / "Other" / "Other.S01E01.mkv"
    other.parent.mkdir()
    other.symlink_to(file.path.readlink())
    [shown] = clinic.sonarr.holds("Other", [other])
    await clinic.looked()
    [dead] = held(clinic)
    clinic.sonarr.shelf.delete(shown)  # it may come back
    stops_serving(clinic)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert dead in held(clinic)


@pytest.mark.parametrize("other", [True, False])
async def test_a_dead_item_that_another_file_refers_to_stays(clinic: Clinic, other: bool) -> None:
    await clinic.library_holds(SINTEL)
    await imported(clinic, await brought_by_a_torrent(clinic))
    [file] = await clinic.library_holds(SPRING)
    await clinic.looked()
    [dead] = held(clinic)
    path = "/elsewhere/spring.mkv" if other else str(file.path)
    reference = Reference("", 0, path, Remote("first", dead))
    await References(clinic.store, clinic.clock).refer([reference], clinic.clock.now())
    stops_serving(clinic)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert (dead in held(clinic)) is other


async def test_a_dead_item_of_several_files_stays(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    await imported(clinic, await brought_by_a_torrent(clinic, PAIR))
    files = await clinic.library_holds(PAIR)
    await clinic.looked()
    [dead] = held(clinic, PAIR)
    stops_serving(clinic, PAIR)

    job = await clinic.looked()

    assert set(await clinic.treatments(job)) == {"mended"}
    assert all(map(can_be_read, files))
    assert dead in held(clinic, PAIR)
    assert len(held(clinic, PAIR)) == 2


async def test_a_service_that_holds_a_torrent_once_is_left_out(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING, elsewhere=True)
    hands = clinic.hands
    hands.providers = {name: replace(hand, adds_anew=False) for name, hand in hands.providers.items()}
    stops_serving(clinic)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert file.path.readlink().is_relative_to(clinic.mounts["second"].root)
    assert len(held(clinic)) == 1


async def test_a_dead_link_is_healed_whenever_the_process_is_killed(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    stops_serving(clinic)
    job = await clinic.repairs.ask(EVERYTHING)

    job = await clinic.until_idle(job.id, killed=True)

    assert await clinic.treatments(job) == ["mended"]
    assert can_be_read(file)
    assert len(held(clinic)) == 2
