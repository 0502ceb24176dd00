"""What its Arr, a person and the world do to a library while it is repaired."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SINTEL, Release
from compat.emulators.arr_shelf import MediaFile
from qbitproxy.core.findings import Left
from qbitproxy.core.repair import RepairJob, State, Stopped
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
