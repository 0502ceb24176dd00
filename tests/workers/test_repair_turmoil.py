"""What its Arr, a person and the world do to a library while it is repaired."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from compat.content import SINTEL, Release
from compat.emulators.arr_shelf import MediaFile
from tests.providers.account import VIDEO, source_of
from tests.workers.clinic import EVERYTHING, Clinic, a_clinic

SPRING = Release("Spring.2019.S01E01.1080p", {"Spring.2019.S01E01.1080p.mkv": 60_000})
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
