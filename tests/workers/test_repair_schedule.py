"""When repair begins by itself, which files it looks at then."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import Release
from qbitproxy.core.repair import Scope, State
from qbitproxy.core.timetable import timetable, window
from tests.workers.clinic import Clinic, a_clinic

HOUR = timedelta(hours=1)
SHOWS = [Release(f"Show.{n}.S01E01.1080p", {f"Show.{n}.S01E01.1080p.mkv": 10_000 + n}) for n in range(5)]
HOURLY = {"sonarr": timetable("1h")}


async def done(clinic: Clinic) -> int:
    """How many jobs there are once those due have begun and ended."""
    await clinic.repair.begin_due()
    for job in clinic.repairs.running():
        await clinic.until_idle(job.id)
    return len(clinic.repairs.all())


async def test_an_interval_begins_at_once_then_each_time_it_has_passed(tmp_path: Path) -> None:
    async with a_clinic(tmp_path, timetables=HOURLY) as clinic:
        assert await done(clinic) == 1
        clinic.clock.advance(HOUR / 2)
        assert await done(clinic) == 1
        clinic.clock.advance(HOUR / 2)
        assert await done(clinic) == 2
        clinic.look_up()
        assert await done(clinic) == 2
        assert all(job.recurrent for job in clinic.repairs.all())


@pytest.mark.parametrize("killed", [False, True])
async def test_a_job_that_is_forgotten_is_not_begun_again_before_its_time(
    tmp_path: Path, killed: bool
) -> None:
    async with a_clinic(tmp_path, timetables=HOURLY) as clinic:
        await clinic.library_holds(SHOWS[0])
        assert await done(clinic) == 1
        await clinic.repairs.forget([job.id for job in clinic.repairs.all()])
        if killed:
            clinic.look_up()

        assert await done(clinic) == 0
        clinic.clock.advance(HOUR)
        assert await done(clinic) == 1


async def test_a_time_of_day_is_waited_for(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        at = (clinic.clock.now() + 3 * HOUR).astimezone()
        clinic.rules = type(clinic.rules)(timetables={"sonarr": timetable(f"{at:%H:%M}")})
        clinic.look_up()

        assert await done(clinic) == 0
        clinic.clock.advance(3 * HOUR)
        assert await done(clinic) == 1


async def test_outside_of_its_window_nothing_begins(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        opens = (clinic.clock.now() + 2 * HOUR).astimezone()
        closes = opens + HOUR
        clinic.rules = type(clinic.rules)(
            timetables=HOURLY, window=window(f"{opens:%H:%M}-{closes:%H:%M}"), jitter=timedelta(minutes=5)
        )
        clinic.look_up()

        assert await done(clinic) == 0
        clinic.clock.advance(2 * HOUR + timedelta(minutes=5))
        assert await done(clinic) == 1
        clinic.clock.advance(2 * HOUR)
        assert await done(clinic) == 1


async def test_what_is_being_looked_at_is_not_begun_again(tmp_path: Path) -> None:
    async with a_clinic(tmp_path, timetables=HOURLY) as clinic:
        await clinic.repairs.ask(Scope(("sonarr",), (1,)))

        await clinic.repair.begin_due()

        assert [job.recurrent for job in clinic.repairs.all()] == [False]


async def test_a_run_looks_at_those_files_first_that_were_not_looked_at_for_longest(tmp_path: Path) -> None:
    async with a_clinic(tmp_path, timetables=HOURLY, most_files=2) as clinic:
        for release in SHOWS:
            await clinic.library_holds(release)
        looked_at: list[int] = []
        for _ in range(3):
            await done(clinic)
            looked_at.append(clinic.repairs.all()[-1].tally.looked_at)
            clinic.clock.advance(HOUR)

        before = await clinic.repairs.before("sonarr", range(1, 6))

        assert looked_at == [2, 2, 2]
        assert all(before[file].healthy for file in range(1, 6))
        assert clinic.repairs.all()[-1].tally.files == 5


async def test_the_loop_goes_on_until_it_is_cancelled(tmp_path: Path) -> None:
    async with a_clinic(tmp_path, timetables=HOURLY) as clinic:
        await clinic.library_holds(SHOWS[0])
        async with asyncio.TaskGroup() as group:
            loop = group.create_task(clinic.repair.run())
            while not clinic.repairs.all():
                await asyncio.to_thread(lambda: None)
            job = await clinic.repairs.until(
                clinic.repairs.all()[0].id, lambda job: job.state is State.COMPLETED
            )
            loop.cancel()

        assert job.tally.healthy == 1
