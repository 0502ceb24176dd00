"""A whole repair job, from the look at a library to the Arr's search for what could not be healed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace as dataclass_replace
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SINTEL, Release
from compat.emulators.arr_shelf import MediaFile
from qbitproxy.core.events import RemovalAsked
from qbitproxy.core.findings import Left, Stuck
from qbitproxy.core.notices import Kind
from qbitproxy.core.repair import Held, Scope, State, Stopped
from qbitproxy.core.torrent import Action, Request
from qbitproxy.core.verdict import Broken, Doubt, Rot, Unknown
from qbitproxy.library import Draft
from qbitproxy.repairs import Overlaps
from qbitproxy.workers.announce import Announce, CallbackUrls
from qbitproxy.workers.notices import Notices
from tests.providers.account import VIDEO, source_of
from tests.support import DEADLINE
from tests.workers.clinic import EVERYTHING, Clinic, a_clinic, can_be_read
from tests.workers.desk import at_work

SPRING = Release("Spring.2019.S01E01.1080p", {"Spring.2019.S01E01.1080p.mkv": 60_000})
FALL = Release("Fall.2020.S01E01.1080p", {"Fall.2020.S01E01.1080p.mkv": 50_000})
SEVERAL = [Release(f"Show.{n}.S01E01.1080p", {f"Show.{n}.S01E01.1080p.mkv": 10_000 + n}) for n in range(6)]


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with a_clinic(tmp_path) as clinic:
        yield clinic


async def test_a_healthy_library_completes_the_job(clinic: Clinic) -> None:
    await clinic.library_holds(SPRING)

    job = await clinic.looked()

    assert job.state is State.COMPLETED
    assert (job.tally.files, job.tally.healthy, job.tally.broken, job.tally.unknown) == (1, 1, 0, 0)


async def test_what_its_service_serves_again_is_healed_where_it_is(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    await clinic.looked()
    target = file.path.readlink()
    await clinic.loses(SPRING, for_good=False)

    job = await clinic.looked()

    assert job.state is State.COMPLETED
    assert await clinic.treatments(job) == ["mended"]
    assert can_be_read(file)
    assert file.path.readlink() == target
    await clinic.bring_torrents_on()
    assert clinic.hands.library.all() == []
    assert SPRING.infohash in {item.infohash for item in clinic.services["first"].items()}


async def test_what_only_another_service_serves_gets_a_link_that_leads_there(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING, elsewhere=True)
    await clinic.looked()
    with file.path.open("rb") as reader:
        await clinic.loses(SPRING)

        job = await clinic.looked()

        assert len(reader.read()) == 60_000  # whoever was reading goes on
    assert job.state is State.COMPLETED
    assert await clinic.treatments(job) == ["mended"]
    assert can_be_read(file)
    assert file.path.readlink().is_relative_to(clinic.mounts["second"].root)
    assert not clinic.searched()


async def test_what_no_service_serves_waits_for_a_persons_word(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)

    job = await clinic.looked()
    clinic.clock.advance(timedelta(days=1))
    await clinic.step()

    assert job.state is State.PENDING
    assert await clinic.treatments(job) == ["stuck"]
    assert file.path.is_symlink()
    assert file.id in clinic.sonarr.shelf.files
    assert await clinic.told() == ["repair.pending", "repair.completed"]


async def test_with_a_persons_word_it_is_replaced_through_the_arr(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    clinic.sonarr.shelf.unmonitors = True
    job = await clinic.looked()
    await clinic.repairs.allow(job.id)

    job = await clinic.until_idle(job.id)

    assert job.state is State.COMPLETED
    assert await clinic.treatments(job) == ["replaced"]
    assert_replaced(clinic, file)


async def test_it_is_replaced_without_a_word_where_that_is_the_policy(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)

    job = await clinic.looked(auto=True)

    assert job.state is State.COMPLETED
    assert_replaced(clinic, file)


async def test_a_job_killed_after_each_step_ends_the_same(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    [other] = await clinic.library_holds(FALL, elsewhere=True)
    await clinic.looked()
    await clinic.loses(FALL)
    job = await clinic.repairs.ask(EVERYTHING, auto=True)

    job = await clinic.until_idle(job.id, killed=True)

    assert job.state is State.COMPLETED
    assert sorted(await clinic.treatments(job)) == ["mended", "replaced"]
    assert can_be_read(other)
    assert_replaced(clinic, file)


async def test_what_can_be_read_again_by_the_second_look_stays(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    job = await clinic.looked()
    clinic.services["first"].knows(SPRING)
    await clinic.hands.providers["first"].provider.submit(source_of(SPRING), VIDEO)
    await clinic.repairs.allow(job.id)

    job = await clinic.until_idle(job.id)

    assert await clinic.treatments(job) == ["mended"]
    assert file.id in clinic.sonarr.shelf.files


async def test_what_a_second_look_is_not_sure_of_stays(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    job = await clinic.looked()
    clinic.services["first"].fault(status=503, body="down", times=None)
    await clinic.repairs.allow(job.id)

    job = await clinic.until_idle(job.id)

    assert job.state is State.COMPLETED
    assert await clinic.treatments(job) == ["left"]
    assert file.id in clinic.sonarr.shelf.files


async def test_a_dry_run_changes_nothing(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)

    job = await clinic.looked(auto=True, dry_run=True)

    assert job.state is State.COMPLETED
    assert await clinic.treatments(job) == ["found"]
    assert file.path.is_symlink()
    assert clinic.hands.library.all() == []
    assert not clinic.searched()


async def test_a_service_that_is_down_leads_to_nothing(clinic: Clinic) -> None:
    [file] = await clinic.library_holds(SPRING)
    await clinic.looked()
    clinic.services["first"].fault(status=503, body="down", times=None)
    clinic.mounts["first"].vanish(SPRING)

    job = await clinic.looked(auto=True)

    assert job.state is State.HELD
    assert job.tally.unknown == 1
    assert [finding.verdict for finding in await clinic.findings(job)] == [Unknown(Doubt.SERVICE)]
    assert file.id in clinic.sonarr.shelf.files


async def test_too_many_broken_files_hold_a_job_until_a_person_has_it_look_again(clinic: Clinic) -> None:
    files = [file for release in SEVERAL for file in await clinic.library_holds(release)]
    await clinic.library_holds(SINTEL)
    await clinic.looked()
    await clinic.loses(*SEVERAL)

    job = await clinic.looked(auto=True)

    assert job.state is State.HELD
    assert isinstance(job.phase, Held)
    assert await clinic.told() == ["repair.held", "repair.completed"]
    assert all(file.id in clinic.sonarr.shelf.files for file in files)

    await clinic.repairs.allow(job.id)
    job = await clinic.until_idle(job.id)

    assert job.state is State.COMPLETED
    assert set(await clinic.treatments(job)) == {"replaced"}
    assert not any(file.id in clinic.sonarr.shelf.files for file in files)


async def test_a_library_that_lost_many_files_holds_a_job(clinic: Clinic) -> None:
    files = [file for release in SEVERAL for file in await clinic.library_holds(release)]
    await clinic.library_holds(SINTEL)
    await clinic.looked()
    for file in files:
        clinic.sonarr.shelf.delete(file)

    job = await clinic.looked()

    assert job.phase == Held(("sonarr has 1 files, it had 7",))


async def test_a_missing_canary_holds_a_job(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        await clinic.library_holds(SPRING)
        first = clinic.hands.providers["first"]
        clinic.hands.providers = {
            **clinic.hands.providers,
            "first": dataclass_replace(first, canary="canary"),
        }

        job = await clinic.looked()

        assert job.phase == Held((f"the canary {clinic.mounts['first'].root / 'canary'} is missing",))

        (clinic.mounts["first"].root / "canary").write_text("here")
        await clinic.repairs.allow(job.id)
        assert (await clinic.until_idle(job.id)).state is State.COMPLETED


async def test_an_arr_that_does_not_answer_fails_the_job_at_last(clinic: Clinic) -> None:
    await clinic.library_holds(SPRING)
    clinic.sonarr.fault(status=503, body="down", times=None)

    job = await clinic.looked()

    assert job.state is State.FAILED
    assert "503" in job.failing["sonarr"]


async def test_an_arr_nobody_knows_fails_the_job(clinic: Clinic) -> None:
    job = await clinic.looked(Scope(("nobody",)))

    assert job.failing == {"nobody": "nothing says where its API is"}


async def test_files_are_replaced_slowly(tmp_path: Path) -> None:
    async with a_clinic(tmp_path, most_per_hour=1) as clinic:
        await clinic.library_holds(SINTEL)
        for release in SEVERAL[:3]:
            await clinic.library_holds(release)
        await clinic.looked()
        await clinic.loses(*SEVERAL[:3])
        job = await clinic.looked(auto=True)
        assert job.phase == Held(("first lists 1 of the 4 items that it held",))
        began = clinic.clock.now()
        await clinic.repairs.allow(job.id)

        job = await clinic.until_idle(job.id)

        assert await clinic.treatments(job) == ["replaced"] * 3
        assert clinic.clock.now() - began > timedelta(hours=2)
        assert len(clinic.searched()) == 3


async def test_the_same_episode_is_not_replaced_twice_in_a_week(clinic: Clinic) -> None:
    await a_lost_file(clinic)
    await clinic.looked(auto=True)
    [again] = await clinic.library_holds(SPRING)
    await clinic.looked()
    await clinic.loses(SPRING)

    job = await clinic.looked(auto=True)

    assert await clinic.treatments(job) == ["left"]
    assert again.id in clinic.sonarr.shelf.files


@pytest.mark.parametrize("treatment", ["recorded", "deleted", "blocked", "restored"])
async def test_what_was_begun_is_ended_though_the_job_is_stopped(clinic: Clinic, treatment: str) -> None:
    [file] = await a_lost_file(clinic)
    clinic.sonarr.shelf.unmonitors = True
    job = await clinic.repairs.ask(EVERYTHING, auto=True)
    while await clinic.treatments(job) != [treatment]:
        await clinic.step()

    await clinic.repairs.record(job.id, Stopped())
    for _ in range(3):
        await clinic.repair.finish()
    await clinic.repair.go_on()

    if treatment == "recorded":
        assert file.id in clinic.sonarr.shelf.files
    else:
        assert await clinic.treatments(job) == ["replaced"]
        assert_replaced(clinic, file)


async def test_jobs_that_look_at_the_same_do_not_run_together(clinic: Clinic) -> None:
    running = await clinic.repairs.ask(EVERYTHING)

    with pytest.raises(Overlaps) as overlaps:
        await clinic.repairs.ask(Scope(("sonarr",), (1,)))
    await clinic.repairs.ask(Scope(("radarr",)))

    assert overlaps.value.running.id == running.id


async def a_lost_file(clinic: Clinic) -> list[MediaFile]:
    """A library with a file that no service has any more, seen once when all was well."""
    await clinic.library_holds(SINTEL)
    files = await clinic.library_holds(SPRING)
    await clinic.looked()
    await clinic.loses(SPRING)
    return files


def assert_replaced(clinic: Clinic, file: MediaFile) -> None:
    shelf, ledger = clinic.sonarr.shelf, clinic.sonarr.ledger
    assert file.id not in shelf.files
    assert [record.infohash.lower() for record in ledger.blocklist] == [SPRING.infohash]
    assert all(shelf.parts[part].monitored for part in file.parts)
    assert len(clinic.searched()) >= 1


async def test_a_torrent_that_is_still_there_brings_its_content_back_itself(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING, elsewhere=True)
    torrent = await clinic.hands.library.accept(
        Draft(
            source=source_of(SPRING),
            category="tv-sonarr",
            save_path=clinic.hands.library.save_path("tv-sonarr"),
            request=Request(action=Action.SYMLINK),
        )
    )
    await clinic.bring_torrents_on()
    await clinic.looked()
    await clinic.loses(SPRING)

    job = await clinic.looked()

    assert await clinic.treatments(job) == ["mended"]
    assert can_be_read(file)
    assert [each.id for each in clinic.hands.library.listed()] == [torrent.id]
    told = [type(line.event).__name__ for line in await clinic.hands.library.history(torrent.id)]
    assert "Lost" in told


async def test_what_its_service_shows_elsewhere_gets_a_link_that_leads_there(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    await clinic.looked()
    mount = clinic.mounts["first"].root
    (mount / "__all__").mkdir()
    (mount / SPRING.name).rename(mount / "__all__" / SPRING.name)

    job = await clinic.looked()

    assert [finding.verdict for finding in await clinic.findings(job)] == [Broken(Rot.STRAYED)]
    assert await clinic.treatments(job) == ["mended"]
    assert can_be_read(file)
    assert clinic.hands.library.all() == []


async def test_what_is_no_link_is_never_exchanged(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    clinic.services["second"].knows(SPRING)
    address = file.path.with_suffix(".strm")
    file.path.rename(address)
    address.unlink()
    address.write_text(str(clinic.mounts["first"].root / SPRING.name / "gone.mkv"))
    file.path = address

    job = await clinic.looked()

    assert await clinic.treatments(job) != ["mended"]
    assert "gone.mkv" in address.read_text()


async def test_an_attempt_that_takes_too_long_is_given_up(clinic: Clinic) -> None:
    await a_lost_file(clinic)
    job = await clinic.repairs.ask(EVERYTHING)
    while await clinic.treatments(job) != ["mending"]:
        await clinic.repair.go_on()

    for _ in range(30):  # no torrent is brought on
        await clinic.repair.go_on()
        clinic.clock.advance(timedelta(minutes=11))

    [finding] = await clinic.findings(job)
    assert finding.treatment == Stuck("it took too long")


async def test_what_came_back_but_was_not_shown_in_time_stays_in_the_account(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    await clinic.library_holds(SPRING)
    await clinic.looked()
    await clinic.loses(SPRING, for_good=False)
    clinic.services["first"].on_downloaded.clear()

    await clinic.looked()
    await clinic.bring_torrents_on()

    items = await clinic.hands.providers["first"].provider.items()
    assert SPRING.infohash in {item.infohash for item in items}
    assert clinic.hands.library.all() == []


async def test_what_came_back_without_being_shown_or_listed_is_not_replaced(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    await clinic.looked()
    await clinic.loses(SPRING, for_good=False)
    clinic.services["first"].on_downloaded.clear()
    others = [{"id": "ANOTHER", "hash": FALL.infohash}]
    clinic.services["first"].fault("GET /torrents", status=200, body=others, times=None)

    job = await clinic.looked(auto=True)

    [finding] = [each for each in await clinic.findings(job) if isinstance(each.verdict, Broken)]
    assert finding.verdict == Broken(Rot.ITEM_GONE)
    assert finding.treatment == Left("a second look was not sure of it: service")
    assert file.id in clinic.sonarr.shelf.files


async def test_an_attempt_whose_torrent_a_person_removed_is_given_up(clinic: Clinic) -> None:
    await a_lost_file(clinic)
    job = await clinic.repairs.ask(EVERYTHING)
    while await clinic.treatments(job) != ["mending"]:
        await clinic.repair.go_on()

    for _ in range(2):
        for torrent in clinic.hands.library.listed():
            await clinic.hands.library.record(torrent.id, RemovalAsked(delete_files=False))
        await clinic.repair.go_on()

    [finding] = await clinic.findings(job)
    assert finding.treatment == Stuck("its torrent was removed meanwhile")


async def test_an_arr_that_fails_is_waited_for(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    job = await clinic.looked()
    await clinic.repairs.allow(job.id)
    outage = clinic.sonarr.fault(status=503, body="down", times=None)
    for _ in range(30):
        await clinic.step()
    assert clinic.repairs.get(job.id).waiting_for.startswith("sonarr")

    outage.lift()
    job = await clinic.until_idle(job.id)

    assert job.state is State.COMPLETED
    assert_replaced(clinic, file)


async def test_an_outage_of_the_arr_during_the_look_is_waited_for(clinic: Clinic) -> None:
    await clinic.library_holds(SPRING)
    outage = clinic.sonarr.fault(status=503, body="down", times=None)
    job = await clinic.repairs.ask(EVERYTHING)
    await clinic.step()
    assert clinic.repairs.get(job.id).stumbles == 1

    outage.lift()
    job = await clinic.until_idle(job.id)

    assert (job.state, job.tally.healthy) == (State.COMPLETED, 1)


async def test_a_file_that_another_one_took_the_place_of_is_left(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    job = await clinic.looked()
    await clinic.repairs.allow(job.id)
    file.size += 1

    job = await clinic.until_idle(job.id)

    assert await clinic.treatments(job) == ["left"]
    assert file.id in clinic.sonarr.shelf.files


async def test_a_file_that_its_arr_does_not_have_any_more_is_left(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    job = await clinic.looked()
    await clinic.repairs.allow(job.id)
    clinic.sonarr.shelf.delete(file)

    job = await clinic.until_idle(job.id)

    assert await clinic.treatments(job) == ["left"]
    assert not clinic.searched()


async def test_a_mount_that_lost_its_canary_by_the_second_look_saves_the_file(clinic: Clinic) -> None:
    [file] = await a_lost_file(clinic)
    job = await clinic.looked()
    await clinic.repairs.allow(job.id)
    first = clinic.hands.providers["first"]
    watched = dataclass_replace(first, canary="canary")
    clinic.hands.providers = {**clinic.hands.providers, "first": watched}

    job = await clinic.until_idle(job.id)

    assert await clinic.treatments(job) == ["left"]
    assert file.id in clinic.sonarr.shelf.files


async def test_what_was_lost_before_any_look_is_healed_by_the_history_of_its_arr(
    clinic: Clinic,
) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING, elsewhere=True)
    await clinic.loses(SPRING)

    job = await clinic.looked()

    [finding] = await clinic.findings(job)
    assert finding.verdict == Broken(Rot.NOT_SHOWN)
    assert finding.infohash == SPRING.infohash
    assert finding.tag == "mended"
    assert can_be_read(file)


async def test_what_nobody_knows_is_left_to_a_person(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    clinic.sonarr.ledger.history.clear()
    await clinic.loses(SPRING)

    job = await clinic.looked(auto=True)

    [finding] = await clinic.findings(job)
    assert finding.treatment == Left("nobody knows what release it is of")
    assert file.id in clinic.sonarr.shelf.files


async def test_what_strayed_where_nobody_shows_it_is_asked_for_again(clinic: Clinic) -> None:
    await clinic.library_holds(SINTEL)
    [file] = await clinic.library_holds(SPRING)
    await clinic.looked()
    clinic.mounts["first"].vanish(SPRING)

    job = await clinic.looked(auto=True)

    [finding] = await clinic.findings(job)
    assert finding.verdict == Broken(Rot.STRAYED)
    assert isinstance(finding.treatment, Left)
    assert file.id in clinic.sonarr.shelf.files


async def test_a_torrent_that_brought_something_back_is_announced_to_nobody(clinic: Clinic) -> None:
    await a_lost_file(clinic)
    await clinic.looked()
    notices = Notices(clinic.outbox, {"me": tuple(Kind)})
    urls = CallbackUrls(usual="http://127.0.0.1:1/", by_arr={})
    announce = Announce(clinic.hands, clinic.outbox, urls, notices)

    [*_, last] = await clinic.hands.library.journal(0)
    async with asyncio.timeout(DEADLINE), at_work(announce.run):
        while await clinic.announced() < last.seq:
            pass  # the store answers from a thread of its own

    assert not [kind for kind in await clinic.told() if kind.startswith("torrent.")]


async def test_torrents_of_a_stopped_job_go_when_repair_begins_again(clinic: Clinic) -> None:
    await a_lost_file(clinic)
    job = await clinic.repairs.ask(EVERYTHING)
    while await clinic.treatments(job) != ["mending"]:
        await clinic.repair.go_on()
    await clinic.repairs.record(job.id, Stopped())

    async with asyncio.timeout(DEADLINE), at_work(clinic.repair.run):
        while clinic.hands.library.listed():
            await asyncio.to_thread(lambda: None)

    await clinic.bring_torrents_on()
    assert clinic.hands.library.all() == []
