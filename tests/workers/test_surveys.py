"""Who refers to what, from the walk through the libraries to the removal of what nobody refers to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from compat.emulators.arr_shelf import MediaFile
from qbitproxy.core.orphans import Graces, Kind
from qbitproxy.core.references import Reference
from qbitproxy.core.timetable import Timetable
from qbitproxy.core.torrent import Remote
from qbitproxy.workers.survey import SurveyRules
from tests.workers.office import DAY, FALL, MANY, SPRING, Office, an_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as office:
        yield office


async def test_a_librarys_file_refers_to_the_item_it_plays_from(office: Office) -> None:
    [file] = await office.clinic.library_holds(SPRING)

    survey = await office.survey()

    [item] = office.clinic.services["first"].items()
    assert (survey.files, survey.doubts) == (1, ())
    assert await office.references.referring(Remote("first", item.id), 10) == [
        Reference("sonarr", file.owner, str(file.path), Remote("first", item.id))
    ]
    assert await office.orphans() == []


async def test_an_item_that_nothing_refers_to_is_listed_and_stays(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.submits(FALL)

    for _ in range(3):
        await office.survey()
        office.clinic.clock.advance(100 * DAY)

    orphan = await office.orphan(FALL.name)
    assert (orphan.kind, orphan.provider, orphan.size, orphan.ours) == (Kind.ITEM, "first", 50_000, False)
    assert office.held() == {SPRING.infohash, FALL.infohash}


async def test_a_person_has_an_item_removed_after_another_look(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.submits(FALL)
    await office.survey()

    await office.removes(FALL.name)

    assert office.held() == {SPRING.infohash}
    assert await office.orphans() == []


async def test_an_item_that_a_library_took_up_meanwhile_is_not_removed(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.submits(FALL)
    await office.survey()
    await office.clinic.library_holds(FALL)

    await office.removes(FALL.name)

    assert await office.orphans() == []
    assert office.held() == {SPRING.infohash, FALL.infohash}


async def test_two_libraries_that_play_from_one_item_keep_it_until_the_second_lets_go(office: Office) -> None:
    [first] = await office.clinic.library_holds(SPRING)
    other = office.clinic.folder / "another library"
    other.mkdir()
    (other / "of another account.mkv").write_bytes(b"x")
    link = other / "Spring.mkv"
    link.symlink_to(first.path.readlink())
    office.has(SurveyRules(libraries=(str(other),)))
    await office.survey()
    await _deleted(office, first)

    await office.survey()
    assert await office.orphans() == []

    link.unlink()
    await office.survey()
    assert await office.orphans() == [SPRING.name]


async def test_a_link_that_the_arr_does_not_list_keeps_an_item(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.submits(FALL)
    extra = office.clinic.sonarr.root / SPRING.name / "behind the scenes.mkv"
    extra.symlink_to(office.clinic.mounts["first"].root / FALL.name / next(iter(FALL.files)))

    await office.survey()

    assert await office.orphans() == []


async def test_a_file_that_its_arr_does_not_list_any_more_keeps_an_item_while_it_is_there(
    office: Office,
) -> None:
    await office.clinic.library_holds(FALL)
    [file] = await office.clinic.library_holds(SPRING)
    root = office.clinic.sonarr.root
    office.clinic.sonarr.root = office.clinic.folder / "another root"
    office.clinic.sonarr.root.mkdir()
    await office.survey()
    office.clinic.sonarr.shelf.forget(office.clinic.sonarr.shelf.owners[file.owner], deletes_files=False)
    await office.references.changed("sonarr", file.owner)

    await office.surveys.catch_up()
    await office.survey()
    assert await office.orphans(Kind.ITEM) == []

    office.clinic.sonarr.root = root
    file.path.unlink()
    await office.survey()
    assert await office.orphans(Kind.ITEM) == [SPRING.name]


async def test_an_item_goes_with_a_series_whose_folder_went(office: Office) -> None:
    await office.clinic.library_holds(FALL)
    [file] = await office.clinic.library_holds(SPRING)
    await office.survey()
    office.clinic.sonarr.shelf.forget(office.clinic.sonarr.shelf.owners[file.owner], deletes_files=True)

    survey = await office.survey()

    assert survey.doubts == ()
    assert await office.orphans(Kind.ITEM) == [SPRING.name]


async def test_items_go_by_themselves_only_when_ours_and_once_their_grace_is_over(office: Office) -> None:
    office.has(SurveyRules(graces=Graces(item=7 * DAY)))
    await office.clinic.library_holds(SPRING)
    ours, _ = await office.submits(FALL), await office.submits(MANY[0])
    await _is_ours(office, ours)
    await office.survey()

    office.clinic.clock.advance(6 * DAY)
    await office.survey()
    assert FALL.infohash in office.held()

    office.clinic.clock.advance(2 * DAY)
    await office.survey()
    assert office.held() == {SPRING.infohash, MANY[0].infohash}
    assert await office.orphans() == [MANY[0].name]


@pytest.mark.parametrize("doubt", ["arr", "mapping", "place", "account", "shrunk"])
async def test_nothing_goes_by_itself_while_anything_is_in_doubt(office: Office, doubt: str) -> None:
    office.has(SurveyRules(graces=Graces(item=DAY)))
    files = [file for release in MANY for file in await office.clinic.library_holds(release)]
    await _is_ours(office, await office.submits(FALL))
    await office.survey()
    await _goes_wrong(office, doubt, files)
    office.clinic.clock.advance(3 * DAY)

    survey = await office.survey()

    assert survey.doubts
    assert FALL.infohash in office.held()
    assert not {each.infohash for each in MANY} - office.held()


@pytest.mark.parametrize("doubt", ["arr", "mapping", "place", "account", "shrunk"])
async def test_what_a_library_refers_to_is_no_orphan_while_it_is_in_doubt(office: Office, doubt: str) -> None:
    files = [file for release in MANY for file in await office.clinic.library_holds(release)]
    await office.survey()

    await _goes_wrong(office, doubt, files)
    await office.survey()

    assert await office.orphans(Kind.ITEM) == []


async def test_in_doubt_a_person_has_to_insist(office: Office) -> None:
    files = await office.clinic.library_holds(SPRING)
    await office.submits(FALL)
    await office.survey()
    await _goes_wrong(office, "place", files)

    await office.removes(FALL.name)
    orphan = await office.orphan(FALL.name)
    assert orphan.outcome.startswith("in doubt: ")
    assert orphan.asked_at is None

    await office.removes(FALL.name, despite=True)
    assert FALL.infohash not in office.held()


async def test_more_than_a_fifth_of_an_account_does_not_go_by_itself(office: Office) -> None:
    office.has(SurveyRules(graces=Graces(item=DAY)))
    for release in MANY:
        await _is_ours(office, await office.submits(release))
    await office.survey()
    office.clinic.clock.advance(2 * DAY)

    await office.survey()

    assert len(office.held()) == len(MANY)
    assert "orphans.held" in await office.clinic.told()


async def test_an_item_that_a_service_does_not_let_go_of_is_tried_again(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.submits(FALL)
    await office.survey()
    office.clinic.services["first"].fault("DELETE /torrents/delete/{id}", status=503)

    await office.removes(FALL.name)
    assert (await office.orphan(FALL.name)).outcome

    office.clinic.clock.advance(timedelta(hours=1))
    await office.survey()
    assert FALL.infohash not in office.held()


async def test_a_dead_link_that_no_arr_lists_is_found_and_removed(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    folder = office.clinic.sonarr.root / SPRING.name
    dead, living = folder / "gone.mkv", folder / "there.mkv"
    dead.symlink_to(office.clinic.mounts["first"].root / "Gone.2001.1080p" / "gone.mkv")
    living.symlink_to(office.clinic.mounts["first"].root / SPRING.name / next(iter(SPRING.files)))
    await office.survey()
    assert await office.orphans(Kind.LINK) == ["gone"]

    await office.removes("gone.mkv")

    assert not dead.is_symlink()
    assert living.is_symlink()


async def test_a_link_is_not_dead_while_its_mount_is_down(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    link = office.clinic.sonarr.root / SPRING.name / "gone.mkv"
    link.symlink_to(office.clinic.mounts["first"].root / "Gone.2001.1080p" / "gone.mkv")
    await office.survey()
    office.clinic.mounts["first"].goes_down()

    await office.removes("gone.mkv", despite=True)

    assert link.is_symlink()


async def test_folders_of_links_that_no_torrent_placed_are_found_and_removed(office: Office) -> None:
    left, kept = office.left_behind("left"), office.left_behind("kept")
    (kept / "real.mkv").write_bytes(b"x" * 100)
    await office.survey()
    assert sorted(await office.orphans(Kind.FOLDER)) == ["kept", "left"]
    assert (await office.orphan("kept")).why_not
    assert (await office.orphan("kept")).size == 100

    await office.removes("left")

    assert not left.exists()
    assert kept.exists()


async def test_a_folder_in_which_no_arr_keeps_anything_is_listed_only(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    (office.clinic.sonarr.root / "Home videos").mkdir()

    await office.survey()

    orphan = await office.orphan("Home videos")
    assert await office.references.ask([orphan.number]) == []


async def test_without_a_timetable_a_survey_is_made_when_asked(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.surveys.go_on()
    office.clinic.clock.advance(DAY)
    await office.surveys.go_on()
    assert office.references.last is None

    office.references.want()
    await office.surveys.go_on()
    assert office.references.last is not None


async def test_what_moved_for_good_is_forgotten_once_a_person_says_so(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.survey()
    root, new = office.clinic.sonarr.root, office.clinic.folder / "new root"
    office.clinic.sonarr.root = office.clinic.sonarr.shelf.root = new
    office.clinic.sonarr.shelf.files.clear()
    office.clinic.sonarr.shelf.owners.clear()
    root.rename(office.clinic.folder / "elsewhere")
    await office.clinic.library_holds(FALL)

    doubted = await office.survey()
    assert doubted.doubts
    assert await office.orphans(Kind.ITEM) == []

    office.references.want(believe=True)
    believed = await office.survey()
    assert believed.doubts == ()
    assert await office.orphans(Kind.ITEM) == [SPRING.name]


async def test_a_survey_is_made_on_its_timetable_the_first_one_soon(office: Office) -> None:
    office.has(SurveyRules(timetable=Timetable(every=DAY)))
    began = []
    for passes in (timedelta(), timedelta(minutes=11), timedelta(hours=23), timedelta(hours=2)):
        office.clinic.clock.advance(passes)
        await office.surveys.go_on()
        last = office.references.last
        began.append(last.began_at if last is not None else None)

    assert began[0] is None
    assert began[1] is not None
    assert began[1] == began[2] != began[3]


async def test_a_change_that_an_arr_tells_of_counts_at_once(office: Office) -> None:
    await office.survey()
    [file] = await office.clinic.library_holds(SPRING)
    [item] = office.clinic.services["first"].items()
    await office.references.changed("sonarr", file.owner)

    await office.surveys.go_on()
    office.clinic.clock.advance(timedelta(minutes=3))
    await office.surveys.go_on()

    assert await office.references.referring(Remote("first", item.id), 10)
    assert await office.references.due(10) == []


async def test_a_change_stays_due_while_the_arr_does_not_answer(office: Office) -> None:
    [file] = await office.clinic.library_holds(SPRING)
    await office.references.changed("sonarr", file.owner)
    await office.clinic.sonarr.__aexit__(None, None, None)

    await office.surveys.catch_up()

    assert await office.references.due(10) == [("sonarr", file.owner)]


async def test_what_an_unknown_arr_referred_to_counts_until_it_is_forgotten(office: Office) -> None:
    await office.clinic.library_holds(SPRING)
    await office.survey()
    office.arrs = []

    survey = await office.survey()
    assert await office.orphans() == []
    assert any("sonarr" in doubt for doubt in survey.doubts)

    assert await office.references.forget_arr("sonarr") == 1
    await office.survey()
    assert await office.orphans() == [SPRING.name]


async def _deleted(office: Office, file: MediaFile) -> None:
    office.clinic.sonarr.shelf.delete(file)


async def _is_ours(office: Office, remote: Remote) -> None:
    """As after a torrent of ours that brought it, and went."""

    def note(db: object) -> None:
        db.execute("INSERT INTO remote VALUES (?, ?, 0, 1)", (remote.provider, remote.id))  # type: ignore[attr-defined]

    await office.store.write(note)


async def _goes_wrong(office: Office, what: str, files: list[MediaFile]) -> None:
    clinic = office.clinic
    match what:
        case "arr":
            await clinic.sonarr.__aexit__(None, None, None)
        case "mapping":  # the library is somewhere else now, as we see it
            clinic.sonarr.root.rename(clinic.folder / "moved")
        case "place":  # the links lead to a mount that nobody told us of
            for file in files:
                file.path.unlink()
                file.path.symlink_to(f"/nowhere/that/is/known/{file.path.name[:5]}")
        case "account":
            await clinic.services["first"].__aexit__(None, None, None)
        case "shrunk":
            for file in files[:6]:
                clinic.sonarr.shelf.delete(file)
