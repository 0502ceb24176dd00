"""What disks, clocks and Arrs may do to surveys."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from compat.content import Release
from qbitproxy.core.orphans import Graces, Kind, Survey
from qbitproxy.core.records import Records
from qbitproxy.core.timetable import Timetable
from qbitproxy.core.torrent import Remote
from qbitproxy.workers.clearing import Clearing
from qbitproxy.workers.referring import accounts_of
from qbitproxy.workers.survey import SurveyRules
from tests.support import a_draft
from tests.workers.office import DAY, FALL, MANY, SPRING, Office, an_office

NO_TEXT = os.fsdecode(b"Caf\xe9.mkv")


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


async def test_a_disk_that_is_not_mounted_is_none_although_something_was_put_in_its_place(
    office: Office,
) -> None:
    files = [file for release in MANY for file in await office.clinic.library_holds(release)]
    await office.survey()
    office.unmounts_the_library()
    await office.clinic.library_holds(SPRING)  # the Arr imports into the empty folder
    await office.references.changed("sonarr", files[0].owner)

    await office.surveys.catch_up()
    survey = await office.survey()

    assert ["had 12" in doubt for doubt in survey.doubts] == [True]
    assert await office.orphans(Kind.ITEM) == []


async def test_a_root_folder_that_is_not_mounted_is_none_although_another_one_is_around_it(
    office: Office,
) -> None:
    await office.clinic.library_holds(SPRING)
    roots = [office.clinic.folder, office.clinic.sonarr.root]
    office.clinic.sonarr.fault(
        "GET *rootfolder", status=200, body=[{"path": f"{root}/"} for root in roots], times=None
    )
    await office.survey()
    office.unmounts_the_library()
    (office.clinic.folder / "not mounted").rename(office.clinic.folder.with_name("not mounted"))

    survey = await office.survey()

    assert survey.doubts
    assert await office.orphans(Kind.ITEM) == []


async def test_a_folder_that_links_to_a_disk_that_is_not_mounted_is_not_gone(office: Office) -> None:
    await office.clinic.library_holds(FALL)
    [file] = await office.clinic.library_holds(SPRING)
    disk, folder = office.clinic.folder / "disk", file.path.parent
    disk.mkdir()
    folder.rename(disk / folder.name)
    folder.symlink_to(disk / folder.name)
    assert (await office.survey()).doubts == ()
    disk.rename(office.clinic.folder / "not mounted")

    survey = await office.survey()

    assert survey.doubts
    assert await office.orphans(Kind.ITEM) == []


async def test_a_further_library_that_is_not_mounted_is_in_doubt_whatever_lies_in_its_place(
    office: Office,
) -> None:
    other = await office.further_library_holds(*MANY)
    await office.survey()
    for link in other.iterdir():
        link.unlink()
    (other / "lost+found").mkdir()

    survey = await office.survey()

    assert ["had 12" in doubt for doubt in survey.doubts] == [True]
    assert await office.orphans(Kind.ITEM) == []


async def test_a_library_that_the_settings_do_not_name_any_more_can_be_let_go_of(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    other = await office.further_library_holds(FALL)
    await office.survey()
    office.has(SurveyRules())
    await office.survey()
    assert await office.orphans(Kind.ITEM) == []

    shutil.rmtree(other)
    survey = await office.survey()
    assert survey.doubts
    assert await office.orphans(Kind.ITEM) == []

    office.references.want(believe=True)
    assert (await office.survey()).doubts == ()
    assert await office.orphans(Kind.ITEM) == [FALL.name]


async def test_a_library_below_the_download_folder_is_nothing_that_was_left_there(office: Office) -> None:
    downloads = Path(office.clinic.hands.library.save_path(""))
    sonarr = office.clinic.sonarr
    sonarr.root = sonarr.shelf.root = downloads / "library" / "tv"
    [file] = await office.clinic.library_holds(SPRING)
    further = downloads / "further"
    further.mkdir()
    (further / "Spring.mkv").symlink_to(file.path.readlink())
    office.has(SurveyRules(libraries=(str(further),)))

    await office.survey()

    assert await office.orphans(Kind.FOLDER) == []


async def test_what_an_arr_lists_in_the_download_folder_is_nothing_that_was_left_there(
    office: Office,
) -> None:
    downloads = office.left_behind("left").parent
    [file] = await office.clinic.library_holds(SPRING)
    folder = office.clinic.sonarr.shelf.owners[file.owner].folder.rename(downloads / "Spring")
    office.clinic.sonarr.shelf.owners[file.owner].folder, file.path = folder, folder / file.path.name

    await office.survey()

    assert await office.orphans(Kind.FOLDER) == ["left"]


async def test_a_folder_stays_while_an_arr_does_not_say_what_it_keeps(office: Office) -> None:
    left = office.left_behind("left")
    await office.survey()
    await office.clinic.sonarr.__aexit__(None, None, None)

    await office.removes("left", despite=True)

    assert left.exists()
    assert await office.orphans(Kind.FOLDER) == ["left"]


async def test_no_account_is_in_doubt_over_what_was_removed_from_it(office: Office) -> None:
    held = [(await office.submits(release)).id for release in MANY]
    await office.clinic.repairs.remember("first", held)
    await office.survey()
    await office.removes(*[release.name for release in MANY[:6]])

    survey = await office.survey()

    assert survey.doubts == ()
    assert len(office.held()) == 6


async def test_a_clock_that_was_set_back_neither_keeps_surveys_from_beginning_nor_from_ending(
    office: Office,
) -> None:
    office.has(SurveyRules(timetable=Timetable(every=DAY)))
    began = []
    for passes, set_back in ((11, 0), (0, 100), (23 * 60, 0), (2 * 60, 0)):
        office.clinic.clock.advance(timedelta(minutes=passes))
        office.clinic.clock.set_back(set_back * DAY)
        for _ in range(2):
            await office.surveys.go_on()
            office.clinic.clock.advance(timedelta(seconds=2))
        assert office.references.last is not None
        began.append(office.references.last.began_at)
    assert began[0] > began[1] == began[2] < began[3]

    office.references.want()
    office.clinic.clock.set_back(DAY)
    for _ in range(2):
        await office.surveys.go_on()
        office.clinic.clock.advance(timedelta(seconds=2))
    wanted = office.references.last
    assert wanted is not None
    assert wanted.began_at == office.clinic.clock.now() - timedelta(seconds=4)


async def test_what_was_noted_before_the_clock_was_set_back_is_looked_at_like_the_rest(
    office: Office,
) -> None:
    [file] = await office.clinic.library_holds(SPRING)
    await office.clinic.library_holds(FALL)
    await office.submits(MANY[0])
    await office.survey()
    await office.references.ask([(await office.orphan(MANY[0].name)).number])
    await office.clinic.library_holds(MANY[0])
    office.clinic.sonarr.shelf.delete(file)
    office.clinic.clock.set_back(100 * DAY)

    await office.survey()
    assert await office.orphans() == [SPRING.name]

    await office.references.ask([(await office.orphan(SPRING.name)).number])
    office.clinic.clock.set_back(DAY)
    office.has(SurveyRules())
    await office.surveys.go_on()
    assert office.held() == {FALL.infohash, MANY[0].infohash}


async def test_many_changes_are_looked_at_a_few_at_a_time_and_those_that_were_stay_so(office: Office) -> None:
    files = [file for number in range(120) for file in await office.clinic.library_holds(_show(number))]
    for file in files:
        await office.references.changed("sonarr", file.owner)
    owner = files[100].owner
    office.clinic.sonarr.fault(f"GET *series/{owner}", status=500, times=None)

    await office.surveys.catch_up()

    left = [media_id for _, media_id in await office.references.due(1000)]
    assert owner in left
    assert len(left) < 70


async def test_who_changes_while_it_is_looked_at_is_looked_at_again(office: Office) -> None:
    await office.references.changed("sonarr", 1)
    assert await office.references.due(10) == [("sonarr", 1)]

    await office.references.changed("sonarr", 1)
    await office.references.replace_owner("sonarr", 1, (), ())
    assert await office.references.due(10) == [("sonarr", 1)]

    await office.references.replace_owner("sonarr", 1, (), ())
    assert await office.references.due(10) == []


def _show(number: int) -> Release:
    return Release(f"Series.{number}.S01E01.1080p", {f"Series.{number}.S01E01.1080p.mkv": 20_000 + number})


async def test_names_that_are_no_utf8_are_like_others(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.submits(FALL)
    folder, mount = office.clinic.sonarr.root / SPRING.name, office.clinic.mounts["first"].root
    kept, dead = folder / NO_TEXT, folder / f"gone{NO_TEXT}"
    kept.symlink_to(mount / FALL.name / next(iter(FALL.files)))
    dead.symlink_to(mount / "Gone.2001.1080p" / NO_TEXT)
    astray = folder / f"astray{NO_TEXT}"
    astray.symlink_to(f"/nowhere/that/is/known/{NO_TEXT}")
    left = office.left_behind(f"left{NO_TEXT}")

    survey = await office.survey()
    assert ["astrayCaf\ufffd" in doubt for doubt in survey.doubts] == [True]
    assert sorted(await office.orphans()) == ["goneCaf\ufffd", "leftCaf\ufffd"]
    [item] = [item for item in office.clinic.services["first"].items() if item.infohash == FALL.infohash]
    references = await office.references.referring(Remote("first", item.id), 10)
    assert [one.path for one in references] == [str(kept)]

    astray.unlink()
    await office.removes("goneCaf\ufffd", "leftCaf\ufffd", despite=True)
    assert not dead.is_symlink()
    assert not left.exists()
    assert await office.orphans() == []

    kept.unlink()
    await office.survey()
    assert await office.orphans() == [FALL.name]


@pytest.mark.parametrize("through_a_link", [False, True])
async def test_a_file_that_an_arr_keeps_on_a_mount_itself_refers_to_its_item(
    office: Office, through_a_link: bool
) -> None:
    await office.clinic.library_holds(FALL)
    [file] = await office.clinic.library_holds(SPRING)
    folder = office.clinic.mounts["first"].root
    if through_a_link:
        (office.clinic.folder / "movies").symlink_to(folder)
        folder = office.clinic.folder / "movies"
    owner = office.clinic.sonarr.shelf.owners[file.owner]
    shutil.rmtree(owner.folder)
    owner.folder = folder / SPRING.name
    file.path = owner.folder / file.path.name

    survey = await office.survey()

    assert survey.doubts == ()
    assert await office.orphans() == []


async def test_an_item_stays_that_a_torrent_is_about_to_take_up_by_now(office: Office) -> None:
    clinic, references = office.clinic, office.references
    await clinic.library_holds(SPRING)
    await office.submits(FALL)
    await office.survey()
    found = await office.orphan(FALL.name)
    await references.ask([found.number])
    clinic.clock.advance(timedelta(seconds=1))
    at = clinic.clock.now()
    survey = Survey(began_at=at, ended_at=at, files=1)
    await references.put_orphans([replace(found, seen_at=at)], [], survey)
    await clinic.hands.library.accept(a_draft(FALL.infohash))

    accounts = await accounts_of(clinic.ward, Records(()))
    await Clearing(clinic.ward, references, Graces(), lambda: None).clear(survey, accounts)

    assert FALL.infohash in office.held()
    assert (await office.orphan(FALL.name)).outcome == "a torrent took it up"


async def test_a_path_that_an_arr_spells_oddly_is_that_of_its_file(office: Office) -> None:
    [file] = await office.clinic.library_holds(SPRING)
    odd = str(file.path).replace("/media/", "//media/./")
    told = [{"id": file.id, "path": odd, "size": 1, "seasonNumber": 1}]
    office.clinic.sonarr.fault("GET *episodefile", status=200, body=told, times=None)
    await office.references.changed("sonarr", file.owner)

    await office.surveys.catch_up()

    [item] = office.clinic.services["first"].items()
    [reference] = await office.references.referring(Remote("first", item.id), 10)
    assert (reference.media_id, reference.path) == (file.owner, str(file.path))
