"""What disks, clocks and Arrs may do to surveys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from qbitproxy.core.orphans import Kind
from tests.workers.office import FALL, SPRING, Office, an_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as office:
        yield office


async def test_a_strm_file_that_a_power_cut_left_full_of_zeros_is_a_doubt_and_no_end(office: Office) -> None:
    [file] = await office.clinic.library_holds(SPRING)
    (file.path.parent / "Spring.strm").write_bytes(b"\0" * 40)

    survey = await office.survey()

    assert ["Spring.strm" in doubt for doubt in survey.doubts] == [True]


async def test_what_breaks_a_look_at_what_an_arr_told_of_ends_nothing_else(office: Office) -> None:
    [file] = await office.clinic.library_holds(SPRING)
    await office.references.changed("sonarr", file.owner)
    await office.surveys.go_on()
    await office.clinic.store.write(lambda db: db.execute("ALTER TABLE repair_seen RENAME TO gone"))
    office.clinic.clock.advance(timedelta(minutes=3))

    await office.surveys.go_on()

    assert await office.references.due(10) == [("sonarr", file.owner)]
    await office.clinic.store.write(lambda db: db.execute("ALTER TABLE gone RENAME TO repair_seen"))
    for passes in (timedelta(hours=1), timedelta(minutes=3)):
        office.clinic.clock.advance(passes)
        await office.surveys.go_on()
    assert await office.references.due(10) == []


@pytest.mark.parametrize("listed", [True, False])
async def test_what_an_arr_tells_of_a_disk_that_is_not_mounted_takes_no_reference_away(
    office: Office, listed: bool
) -> None:
    await office.clinic.library_holds(FALL)
    [file] = await office.clinic.library_holds(SPRING)
    await office.survey()
    office.unmounts_the_library()
    if not listed:
        office.clinic.sonarr.shelf.forget(office.clinic.sonarr.shelf.owners[file.owner], deletes_files=False)
    await office.references.changed("sonarr", file.owner)

    await office.surveys.catch_up()
    await office.survey()

    assert await office.orphans(Kind.ITEM) == []
    assert await office.references.due(10) == []
