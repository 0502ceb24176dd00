"""What its Arr, a person and the world do to a library while it is repaired."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from msgspec import structs

from compat.content import SINTEL, Release
from compat.emulators.arr_shelf import MediaFile
from compat.emulators.bench import Bench
from qbitproxy.arrs import ARRS
from qbitproxy.core.findings import Deleted, Finding, Left
from qbitproxy.core.library_files import LibraryFile, Monitored
from qbitproxy.core.repair import RepairJob, State, Stopped
from qbitproxy.core.verdict import Broken, Rot
from qbitproxy.workers.hands import ArrHand, ArrsByName
from tests.arrs.ground import connected
from tests.providers.account import VIDEO, source_of
from tests.workers.clinic import EVERYTHING, Clinic, a_clinic

SPRING = Release("Spring.2019.S01E01.1080p", {"Spring.2019.S01E01.1080p.mkv": 60_000})
FALL = Release("Fall.2020.S01E01.1080p", {"Fall.2020.S01E01.1080p.mkv": 50_000})
BETTER = Release("Spring.2019.S01E01.2160p", {"Spring.2019.S01E01.2160p.mkv": 90_000})


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with a_clinic(tmp_path) as clinic:
        yield clinic


async def upgraded(clinic: Clinic, file: MediaFile) -> MediaFile:
    """Have the Arr import a better release under the name of a file that it has."""
    clinic.services["first"].knows(BETTER)
    await clinic.hands.providers["first"].provider.submit(source_of(BETTER), VIDEO)
    clinic.mounts["first"].appear(BETTER)
    file.path.unlink()
    file.path.symlink_to(clinic.mounts["first"].root / BETTER.name / next(iter(BETTER.files)))
    return clinic.sonarr.shelf.bring(file.owner, file.parts, file.path, 0.0)


async def test_an_upgrade_under_the_same_name_keeps_its_link(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING, elsewhere=True)
    await clinic.looked()
    await clinic.loses(SPRING)
    job = await clinic.repairs.ask(EVERYTHING, auto=True)
    while await clinic.treatments(job) != ["mending"]:
        await clinic.repair.go_on()
    better = await upgraded(clinic, file)

    job = await clinic.until_idle(job.id)

    assert better.path.readlink().is_relative_to(clinic.mounts["first"].root / BETTER.name)
    assert await clinic.treatments(job) == ["left"]
    assert better.id in clinic.sonarr.shelf.files


async def gone_for_good(clinic: Clinic, *releases: Release) -> list[MediaFile]:
    """Files that no service has any more, seen once when all was well; the Arr stops monitoring those."""
    clinic.sonarr.shelf.unmonitors = True
    await clinic.library_holds(SINTEL)
    files = [file for release in releases for file in await clinic.library_holds(release)]
    await clinic.looked()
    await clinic.loses(*releases)
    return files


async def replacing_until(clinic: Clinic, treatment: str) -> RepairJob:
    """A job that has come to this treatment of its first file."""
    job = await clinic.repairs.ask(EVERYTHING, auto=True)
    while (await clinic.treatments(job))[:1] != [treatment]:
        await clinic.step()
    return job


async def ended(clinic: Clinic) -> None:
    """Have what was begun brought to its end, as long as that takes."""
    for _ in range(10):
        await clinic.repair.finish()
        clinic.clock.advance(timedelta(minutes=2))


def assert_looked_for(clinic: Clinic, *files: MediaFile) -> None:
    shelf = clinic.sonarr.shelf
    parts = {part for file in files for part in file.parts}
    assert parts <= {part for command in clinic.searched() for part in command.body["episodeIds"]}
    assert all(shelf.parts[part].monitored for part in parts)
    assert not any(file.id in shelf.files for file in files)


async def test_a_file_that_went_without_an_answer_is_looked_for_though_the_job_is_stopped(
    clinic: Clinic,
) -> None:
    [file] = await gone_for_good(clinic, SPRING)
    job = await replacing_until(clinic, "recorded")
    clinic.sonarr.shelf.delete(file)  # the answer is lost, or we are killed before it counts

    await clinic.repairs.record(job.id, Stopped())
    await clinic.repairs.forget([job.id])
    clinic.look_up()
    await ended(clinic)

    assert_looked_for(clinic, file)


async def test_a_file_that_goes_only_after_the_job_was_stopped_is_looked_for(clinic: Clinic) -> None:
    [file] = await gone_for_good(clinic, SPRING)
    job = await replacing_until(clinic, "recorded")
    clinic.sonarr.fault("DELETE *", status=503, body="at it")
    await clinic.step()

    await clinic.repairs.record(job.id, Stopped())
    await clinic.repair.finish()
    clinic.sonarr.shelf.delete(file)
    await ended(clinic)

    assert_looked_for(clinic, file)


async def test_a_file_that_its_arr_does_not_delete_keeps_nothing_else_waiting(clinic: Clinic) -> None:
    stays, goes = await gone_for_good(clinic, SPRING, FALL)
    clinic.sonarr.fault(f"DELETE *file/{stays.id}", status=500, body={"message": "denied"}, times=None)

    job = await clinic.looked(auto=True)

    assert job.state is State.COMPLETED
    first, second = await clinic.findings(job)
    assert first.treatment == Left("sonarr does not delete it")
    assert second.tag == "replaced"
    assert stays.id in clinic.sonarr.shelf.files
    assert_looked_for(clinic, goes)


class Strange:
    """Finds other Arrs by `hands`, None for one that is not known; the rest as `arrs` does."""

    def __init__(self, arrs: ArrsByName, hands: dict[str, ArrHand | None]) -> None:
        self._arrs, self._hands = arrs, hands

    def hand(self, name: str) -> ArrHand | None:
        return self._hands[name] if name in self._hands else self._arrs.hand(name)

    def kind(self, name: str) -> str:
        return self._arrs.kind(name)


def gone_from_another(job: RepairJob) -> Finding:
    """A file that went from another Arr, which is still to look for it."""
    file = LibraryFile(
        arr="another", id=1, media_id=1, parts=(1,), season=1, path="/a", ours="/a", size=1, title="A"
    )
    treatment = Deleted(Monitored(file.parts))
    return Finding(
        job=job.id,
        file=file,
        verdict=Broken(Rot.ITEM_GONE),
        found_at=job.created_at,
        treatment=treatment,
    )


@pytest.mark.parametrize("stopped", [False, True])
async def test_an_arr_that_is_down_keeps_only_its_own_files_waiting(clinic: Clinic, stopped: bool) -> None:
    [file] = await gone_for_good(clinic, SPRING)
    arrs = clinic.hands.arrs
    known = arrs.hand("sonarr")
    assert known is not None
    async with aiohttp.ClientSession() as session, Bench() as another:
        another.fault(status=503, body="down", times=None)
        down = replace(known, arr=connected(ARRS["sonarr"], another, session, key="x"))
        clinic.hands.arrs = Strange(arrs, {"another": down})
        job = await clinic.repairs.ask(EVERYTHING, auto=True)
        await clinic.repairs.put(gone_from_another(job))

        for _ in range(100):
            await clinic.step()
            is_running = clinic.repairs.get(job.id) in clinic.repairs.running()
            if stopped and is_running and (await clinic.treatments(job))[1:] == ["deleted"]:
                await clinic.repairs.record(job.id, Stopped())
        await ended(clinic)

        assert await clinic.treatments(job) == ["deleted", "replaced"]
        assert_looked_for(clinic, file)
        assert clinic.repairs.get(job.id).state is (State.CANCELLED if stopped else State.PROCESSING)


@pytest.mark.parametrize("treatment", ["recorded", "deleted", "blocked", "restored"])
async def test_an_arr_that_is_not_known_for_a_while_looks_for_its_files_afterwards(
    clinic: Clinic, treatment: str
) -> None:
    [file] = await gone_for_good(clinic, SPRING)
    job = await replacing_until(clinic, treatment)
    if treatment == "recorded":
        clinic.sonarr.shelf.delete(file)
    arrs = clinic.hands.arrs
    clinic.hands.arrs = Strange(arrs, {"sonarr": None})  # it introduced itself, and has yet to do so again

    job = await clinic.until_idle(job.id)
    await ended(clinic)
    clinic.hands.arrs = arrs
    await ended(clinic)

    assert job.state is State.COMPLETED
    assert await clinic.treatments(job) == ["replaced"]
    assert_looked_for(clinic, file)


async def test_what_was_no_torrent_is_not_asked_for_as_one(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    history = clinic.sonarr.history
    history[:] = [
        replace(row, download_id="SABnzbd_nzo_x7k2") if row.owner == file.owner else row for row in history
    ]
    await clinic.loses(SPRING)

    job = await clinic.looked(auto=True)

    [finding] = await clinic.findings(job)
    assert finding.treatment == Left("nobody knows what release it is of")
    assert clinic.hands.library.all() == []
    assert await clinic.hands.library.journal(0) == []


async def test_a_file_of_nothing_that_could_be_looked_for_stays(clinic: Clinic) -> None:
    [file] = await gone_for_good(clinic, SPRING)
    clinic.sonarr.fault("GET *episode", status=200, body=[], times=None)

    job = await clinic.looked(auto=True)

    [finding] = await clinic.findings(job)
    assert finding.treatment == Left("its Arr does not say what it holds, so nothing could be looked for")
    assert file.id in clinic.sonarr.shelf.files


@pytest.mark.parametrize("treatment", ["found", "stuck", "recorded"])
async def test_a_job_changes_nothing_once_the_settings_want_it_to_only_look(
    clinic: Clinic, treatment: str
) -> None:
    [file] = await gone_for_good(clinic, SPRING)
    job = await replacing_until(clinic, treatment)
    rules = clinic.rules
    clinic.rules = structs.replace(rules, dry_run=True)
    clinic.look_up()

    for _ in range(60):
        await clinic.step()

    assert await clinic.treatments(job) == [treatment]
    assert file.id in clinic.sonarr.shelf.files
    assert clinic.repairs.get(job.id).waiting_for == "repair.dry_run is set"

    clinic.rules = rules
    clinic.look_up()
    await clinic.until_idle(job.id)
    assert_looked_for(clinic, file)


async def test_a_held_job_that_is_stopped_still_shows_what_it_found(clinic: Clinic) -> None:
    job = await a_held_job(clinic)

    await clinic.repairs.record(job.id, Stopped())

    assert len(await clinic.findings(job)) == job.tally.unknown == 1


async def test_a_job_that_is_held_again_says_so_again(clinic: Clinic) -> None:
    job = await a_held_job(clinic)
    await clinic.repairs.allow(job.id)

    job = await clinic.until_idle(job.id)

    assert job.state is State.HELD
    assert (await clinic.told()).count("repair.held") == 2


async def a_held_job(clinic: Clinic) -> RepairJob:
    """A job with a file of which nothing is known and a mount that does not show its canary."""
    await gone_for_good(clinic, SPRING)
    first = replace(clinic.hands.providers["first"], canary="canary")
    clinic.hands.providers = {**clinic.hands.providers, "first": first}
    return await clinic.looked()


async def test_an_arr_that_is_not_known_yet_is_waited_for(clinic: Clinic) -> None:
    await clinic.library_holds(SPRING)
    arrs = clinic.hands.arrs
    clinic.hands.arrs = Strange(arrs, {"sonarr": None})  # it has yet to introduce itself again
    job = await clinic.repairs.ask(EVERYTHING)
    await clinic.step()
    clinic.hands.arrs = arrs

    job = await clinic.until_idle(job.id)

    assert (job.state, job.tally.healthy) == (State.COMPLETED, 1)
