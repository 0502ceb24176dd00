"""What repair sees of the files of a library, and what that amounts to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from compat.content import SHOW, SINTEL, Release
from qbitproxy.core.calls import Purpose
from qbitproxy.core.torrent import Remote
from qbitproxy.core.verdict import Broken, Doubt, Evidence, Healthy, Listing, Look, Rot, Unknown, Word, judge
from qbitproxy.providers import PROVIDERS
from qbitproxy.workers.inspection import Asked
from tests.workers.scene import ACCOUNT, Scene, a_scene

CHECK, UNRESTRICT, LIST = "POST /unrestrict/check", "POST /unrestrict/link", "GET /torrents"
INFO = "GET /torrents/info/{id}"
SPRING = Release("Spring.2019.1080p", {"Spring.2019.1080p.mkv": 60_000})
EPISODES = [path for path in SHOW.files if path.startswith("Caminandes.S01E")]
PACK = Release("Fall.2020.S01.1080p", {f"Fall.2020.S01E0{n}.1080p.mkv": 30_000 + n for n in range(1, 4)})
OTHERS = [{"id": "ANOTHER", "hash": SPRING.infohash}]  # a list that lacks what matters
SERVICES = sorted(name for name, spec in PROVIDERS.items() if not spec.last_resort)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path) as scene:
        yield scene


# Every service


@pytest.mark.parametrize("kind", SERVICES)
async def test_what_the_account_serves_is_healthy(kind: str, tmp_path: Path) -> None:
    async with a_scene(tmp_path, kind) as scene:
        item = await scene.holds(SINTEL)
        file = scene.file(SINTEL)

        [evidence] = await scene.evidence(file)

        assert judge(evidence) == Healthy()
        assert (evidence.listing, evidence.look) == (Listing.HELD, Look.SHOWN)
        assert evidence.remote == Remote(ACCOUNT, item.id)


@pytest.mark.parametrize("kind", SERVICES)
async def test_what_the_service_lost_is_broken_or_on_its_way_to_be(kind: str, tmp_path: Path) -> None:
    async with a_scene(tmp_path, kind) as scene:
        await scene.holds(SINTEL)
        file = scene.file(SINTEL)
        scene.service.loses(SINTEL.infohash)
        scene.mount.vanish(SINTEL)
        scene.mount.appear(SPRING)

        await scene.verdict(file)
        scene.clock.advance(timedelta(days=1))
        verdict = await scene.verdict(file)

        assert verdict in (
            Broken(Rot.LINK_DEAD),
            Broken(Rot.ITEM_FAILED),
            Unknown(Doubt.UNFINISHED),  # until its flags have proved to mean what they say
        )


@pytest.mark.parametrize("kind", SERVICES)
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_an_outage_breaks_nothing(kind: str, status: int, tmp_path: Path) -> None:
    async with a_scene(tmp_path, kind) as scene:
        await scene.holds(SINTEL)
        file = scene.file(SINTEL)
        scene.mount.vanish(SINTEL)
        scene.mount.appear(SPRING)
        scene.service.fault(kind="html", status=status, times=None)

        assert await scene.verdict(file) == Unknown(Doubt.SERVICE)


@pytest.mark.parametrize("kind", SERVICES)
async def test_a_torrent_of_ours_that_the_account_dropped_is_gone(kind: str, tmp_path: Path) -> None:
    async with a_scene(tmp_path, kind) as scene:
        item = await scene.made(SINTEL)
        await scene.holds(SPRING)
        file = scene.file(SINTEL)
        await scene.drops(item, SINTEL)

        assert await scene.verdict(file) == Broken(Rot.ITEM_GONE)
        assert await scene.verdict(file, sure=True) == Broken(Rot.ITEM_GONE)


@pytest.mark.parametrize("kind", SERVICES)
async def test_every_call_stays_behind_those_that_somebody_waits_for(kind: str, tmp_path: Path) -> None:
    async with a_scene(tmp_path, kind) as scene:
        await scene.holds(SHOW)
        files = [scene.file(SHOW, path) for path in EPISODES]
        before = scene.hands.providers[ACCOUNT].use()

        await scene.evidence(*files, per_file=True)

        after = scene.hands.providers[ACCOUNT].use()
        calls = {purpose: use.calls - before[purpose].calls for purpose, use in after.items()}
        assert calls.pop(Purpose.REPAIR) > 0
        assert set(calls.values()) == {0}


# Budget


@pytest.mark.parametrize("kind", SERVICES)
async def test_an_item_costs_one_call_at_most(kind: str, tmp_path: Path) -> None:
    async with a_scene(tmp_path, kind) as scene:
        for release in (SINTEL, SPRING, PACK):
            await scene.holds(release)
        files = [scene.file(release, path) for release in (SINTEL, SPRING, PACK) for path in release.files]
        inspection = await scene.inspection()
        await inspection.inventory(ACCOUNT)
        before = scene.hands.providers[ACCOUNT].use()[Purpose.REPAIR].calls

        evidence = await inspection.evidence([Asked(file) for file in files])

        assert {judge(one) for one in evidence} == {Healthy()}
        calls = scene.hands.providers[ACCOUNT].use()[Purpose.REPAIR].calls - before
        assert calls == 0 if PROVIDERS[kind].lists_losses else calls <= 3


async def test_one_file_is_asked_about_for_its_whole_item(scene: Scene) -> None:
    await scene.holds(SHOW)
    files = [scene.file(SHOW, path) for path in EPISODES]

    evidence = await scene.evidence(*files)

    assert {judge(one) for one in evidence} == {Healthy()}
    assert [one.word for one in evidence] == [Word.ALIVE] * 3
    assert scene.service.calls(CHECK) == 1
    assert scene.service.calls(UNRESTRICT) == 0


async def test_an_item_is_asked_about_once_in_a_run(scene: Scene) -> None:
    await scene.holds(SHOW)
    inspection, listed = await scene.inspection(), scene.service.calls(LIST)
    files = [scene.file(SHOW, path) for path in EPISODES]

    for file in files:
        await inspection.evidence([Asked(file)])

    assert scene.service.calls(CHECK) == 1
    assert scene.service.calls(LIST) == listed + 1


async def test_a_list_counts_for_a_while(scene: Scene) -> None:
    await scene.holds(SPRING)
    inspection = await scene.inspection()
    item = await scene.holds(SINTEL)
    await inspection.inventory(ACCOUNT)
    await scene.drops(item, SINTEL)

    before = (await inspection.inventory(ACCOUNT)).ids
    scene.clock.advance(timedelta(hours=1))
    after = (await inspection.inventory(ACCOUNT)).ids

    assert before - after == {item.id}


async def test_every_file_is_asked_about_where_that_is_wished_for(scene: Scene) -> None:
    await scene.made(SHOW)
    files = [scene.file(SHOW, path) for path in EPISODES]

    await scene.evidence(*files, per_file=True)

    assert scene.service.calls(CHECK) == 3


async def test_one_dead_file_breaks_no_other(scene: Scene) -> None:
    await scene.made(SHOW)
    files = [scene.file(SHOW, path) for path in EPISODES]
    unavailable = {"error": "file_unavailable", "error_code": 24}
    scene.service.fault(CHECK, status=404, body=unavailable, times=2)
    scene.service.fault(UNRESTRICT, status=503, body=unavailable)

    evidence = await scene.evidence(*files, per_file=True)

    assert sorted(one.word for one in evidence) == [Word.ALIVE, Word.ALIVE, Word.DEAD]


async def test_files_that_have_to_be_read_are_read_one_at_a_time(tmp_path: Path) -> None:
    async with a_scene(tmp_path, "debridlink") as scene:
        await scene.holds(SHOW)
        files = [scene.file(SHOW, path) for path in EPISODES]
        began = scene.clock.monotonic()

        evidence = await scene.evidence(*files, per_file=True)

        assert [one.word for one in evidence] == [Word.ALIVE] * 3
        assert scene.clock.monotonic() - began >= 4


# Doubts


async def test_a_check_that_says_no_to_what_can_be_read_is_not_believed(scene: Scene) -> None:
    await scene.made(SINTEL)
    file = scene.file(SINTEL)
    scene.service.fault(CHECK, status=404, body={"error": "unknown_ressource", "error_code": 7}, times=None)

    [evidence] = await scene.evidence(file)

    assert (evidence.word, judge(evidence)) == (Word.ALIVE, Healthy())


async def test_links_that_our_torrent_does_not_know_yet_are_tried_before_the_old_ones_count(
    scene: Scene,
) -> None:
    await scene.made(SINTEL, link="https://real-debrid.com/d/AAAAAAAAAAAAA")
    file = scene.file(SINTEL)

    [evidence] = await scene.evidence(file)

    assert (evidence.word, judge(evidence)) == (Word.ALIVE, Healthy())


async def test_a_service_that_stops_answering_is_asked_no_more_for_a_while(scene: Scene) -> None:
    await scene.made(SHOW)
    files = [scene.file(SHOW, path) for path in EPISODES]
    scene.service.fault(CHECK, kind="html", status=503, times=None)

    evidence = await scene.evidence(*files, per_file=True)

    assert {judge(one) for one in evidence} == {Unknown(Doubt.SERVICE)}
    assert scene.service.calls(CHECK) == 1


async def test_a_service_that_does_not_show_an_item_is_not_asked_for_the_next(scene: Scene) -> None:
    for release in (SINTEL, SPRING):
        await scene.holds(release)
    files = [scene.file(release) for release in (SINTEL, SPRING)]
    shown = scene.service.calls(INFO)
    scene.service.fault(INFO, kind="html", status=503, times=None)

    evidence = await scene.evidence(*files, per_file=True)

    assert {judge(one) for one in evidence} == {Unknown(Doubt.SERVICE)}
    assert scene.service.calls(INFO) == shown + 1


async def test_a_link_that_is_not_checked_keeps_no_other_from_being_so(scene: Scene) -> None:
    await scene.made(SHOW)
    files = [scene.file(SHOW, path) for path in EPISODES]
    scene.service.fault(CHECK, status=503, body={"error": "hoster_unsupported", "error_code": 16})

    evidence = await scene.evidence(*files, per_file=True)

    assert sorted(one.word for one in evidence) == [Word.ALIVE, Word.ALIVE, Word.UNSURE]


async def test_an_item_with_fewer_links_than_files_is_broken_once_they_had_time(scene: Scene) -> None:
    scene.service.knows(SHOW, packing="short")
    added = scene.service.added_elsewhere(SHOW)
    assert added.status == "downloaded"
    scene.mount.appear(SPRING)
    file = scene.file(SHOW, EPISODES[0])
    inspection = await scene.inspection(per_file=True)

    first, later = [], []
    for seen in (first, later):
        seen += await inspection.evidence([Asked(file)])
        scene.clock.advance(timedelta(minutes=1))

    assert [one.word for one in (*first, *later)] == [Word.UNSURE, Word.DEAD]
    assert judge(later[0]) == Broken(Rot.LINK_DEAD)


async def test_an_item_without_any_link_is_broken_once_they_had_time(scene: Scene) -> None:
    scene.service.knows(SHOW, packing="none")
    scene.service.added_elsewhere(SHOW)
    scene.mount.appear(SPRING)
    file = scene.file(SHOW, EPISODES[0])

    young = await scene.verdict(file)
    scene.clock.advance(timedelta(days=3650))

    assert (young, await scene.verdict(file)) == (Unknown(Doubt.UNFINISHED), Broken(Rot.ITEM_FAILED))


async def test_a_file_that_the_item_does_not_have_is_nobodys_word(scene: Scene) -> None:
    await scene.holds(SHOW)
    stray = scene.mount.root / SHOW.name / "Another.Show.S05E01.mkv"
    stray.write_bytes(b"x" * 77)
    (scene.media / "another.mkv").symlink_to(stray)

    [evidence] = await scene.evidence(scene.known(str(scene.media / "another.mkv"), 77), per_file=True)

    assert (evidence.word, judge(evidence)) == (Word.UNSURE, Unknown(Doubt.SERVICE))


async def test_content_that_is_withheld_is_broken(scene: Scene) -> None:
    await scene.made(SINTEL)
    file = scene.file(SINTEL)
    scene.service.refuses(SINTEL.infohash, at="unrestrict")
    scene.service.fault(CHECK, status=404, body={"error": "unknown_ressource", "error_code": 7})
    scene.mount.vanish(SINTEL)
    scene.mount.appear(SPRING)

    assert await scene.verdict(file) == Broken(Rot.WITHHELD)


async def test_what_still_reads_is_never_broken(scene: Scene) -> None:
    await scene.made(SINTEL)
    file = scene.file(SINTEL)
    scene.service.loses(SINTEL.infohash)

    assert await scene.verdict(file) == Unknown(Doubt.CONTRADICTED)


async def test_a_file_that_moved_within_the_mount_is_found_again(scene: Scene) -> None:
    await scene.holds(SHOW, shown=False)
    await scene.holds(SPRING)
    scene.mount.appear(SHOW, name=f"shows/{SHOW.name}")
    file = scene.file(SHOW, EPISODES[1])
    inspection = await scene.inspection()

    [evidence] = await inspection.evidence([Asked(file)])

    assert judge(evidence) == Broken(Rot.STRAYED)
    assert evidence.target == str(scene.mount.root / SHOW.name / EPISODES[1])
    place = scene.mount.root / "shows" / SHOW.name / EPISODES[1]
    assert await inspection.shown_at(file, evidence) == place


async def test_what_the_mount_does_not_show_is_not_found_again(scene: Scene) -> None:
    await scene.holds(SINTEL, shown=False)
    await scene.holds(SPRING)
    scene.mount.appear(SINTEL, name="sintel (2010)")
    file = scene.file(SINTEL)
    inspection = await scene.inspection()

    [evidence] = await inspection.evidence([Asked(file)])

    assert judge(evidence) == Broken(Rot.STRAYED)
    nowhere = [
        evidence,
        Evidence(),
        Evidence(target=evidence.target),
        Evidence(target=evidence.target, remote=Remote(ACCOUNT, "no such item")),
        Evidence(target=evidence.target, remote=Remote("no such account", "1")),
    ]
    assert [await inspection.shown_at(file, one) for one in nowhere] == [None] * len(nowhere)


async def test_an_item_that_goes_by_another_name_now_is_not_called_gone(scene: Scene) -> None:
    await scene.holds(SINTEL, shown=False)
    await scene.holds(SPRING)
    file = scene.file(SINTEL, leads_to=str(scene.mount.root / "What it was called" / "a.mkv"))

    assert await scene.verdict(file) == Broken(Rot.NOT_SHOWN)
    assert await scene.verdict(file, infohash=SINTEL.infohash) == Broken(Rot.STRAYED)
    assert await scene.verdict(file, infohash="e" * 40) == Broken(Rot.NOT_SHOWN)


async def test_an_item_that_an_earlier_run_found_is_gone_once_it_is_not_listed(scene: Scene) -> None:
    item = await scene.holds(SINTEL)
    await scene.holds(SPRING)
    file = scene.file(SINTEL)
    [before] = await scene.evidence(file)
    await scene.drops(item, SINTEL)

    assert (before.remote, before.infohash) == (Remote(ACCOUNT, item.id), SINTEL.infohash)
    assert await scene.verdict(file) == Broken(Rot.NOT_SHOWN)
    assert await scene.verdict(file, remote=before.remote) == Broken(Rot.ITEM_GONE)
    assert await scene.verdict(file, remote=Remote("another account", "7")) == Broken(Rot.NOT_SHOWN)


async def test_our_torrents_name_alone_makes_no_file_its_own(scene: Scene) -> None:
    item = await scene.made(SHOW)
    await scene.holds(SPRING)
    await scene.drops(item, SHOW)
    stray = scene.mount.root / SHOW.name / "Another.Show.S05E01.mkv"
    (scene.media / "another.mkv").symlink_to(stray)

    assert await scene.verdict(scene.known(str(scene.media / "another.mkv"), 77)) == Broken(Rot.NOT_SHOWN)


async def test_an_item_that_was_added_anew_is_the_one_that_counts(scene: Scene) -> None:
    old = await scene.made(SINTEL)
    file = scene.file(SINTEL)
    await scene.drops(old, SINTEL)
    new = await scene.holds(SINTEL)

    [evidence] = await scene.evidence(file)

    assert judge(evidence) == Healthy()
    assert evidence.remote == Remote(ACCOUNT, new.id)


async def test_an_account_that_was_emptied_breaks_nothing_until_a_person_says_so(scene: Scene) -> None:
    item = await scene.made(SINTEL)
    file = scene.file(SINTEL)
    await scene.drops(item, SINTEL)
    scene.mount.appear(SPRING)

    assert await scene.verdict(file) == Unknown(Doubt.SERVICE)
    assert await scene.verdict(file, believed={ACCOUNT}) == Broken(Rot.ITEM_GONE)


async def test_to_be_sure_an_item_is_asked_for_that_a_list_lacks(scene: Scene) -> None:
    await scene.made(SINTEL)
    file = scene.file(SINTEL)
    scene.mount.vanish(SINTEL)
    scene.mount.appear(SPRING)
    scene.service.fault(LIST, status=200, body=OTHERS, times=None)

    assert await scene.verdict(file) == Broken(Rot.ITEM_GONE)
    assert await scene.verdict(file, sure=True) == Broken(Rot.STRAYED)


async def test_nobody_is_sure_of_what_another_item_may_have(scene: Scene) -> None:
    gone = await scene.made(SINTEL)
    file = scene.file(SINTEL)
    await scene.drops(gone, SINTEL)
    scene.mount.appear(SPRING)
    back = await scene.holds(SINTEL, shown=False)
    scene.service.fault(LIST, status=200, body=OTHERS, times=None)
    remotes = [Remote(ACCOUNT, item.id) for item in (gone, back)]
    inspection = await scene.inspection()

    alone, both = [
        await inspection.evidence([Asked(file, remotes[0], SINTEL.infohash, also)], sure=True)
        for also in (None, remotes[1])
    ]

    assert judge(*alone) == Broken(Rot.ITEM_GONE)
    assert judge(*both) == Unknown(Doubt.SERVICE)


async def test_nobody_is_sure_of_what_a_service_does_not_answer_for(scene: Scene) -> None:
    await scene.made(SINTEL)
    file = scene.file(SINTEL)
    scene.mount.vanish(SINTEL)
    scene.mount.appear(SPRING)
    scene.service.fault(LIST, status=200, body=OTHERS, times=None)
    scene.service.fault(INFO, kind="html", status=503, times=None)

    assert await scene.verdict(file, sure=True) == Unknown(Doubt.SERVICE)


async def test_what_an_earlier_run_found_is_missed_too(scene: Scene) -> None:
    items = [await scene.holds(release) for release in (SINTEL, SPRING)]
    file = scene.file(SINTEL)
    remembered = {ACCOUNT: {*(item.id for item in items), *map(str, range(100))}}

    [evidence] = await scene.evidence(file, remembered=remembered)

    assert (evidence.listing, judge(evidence)) == (Listing.UNSURE, Unknown(Doubt.SERVICE))
    assert "lists 2 of the 102 items" in evidence.details[0]


async def test_a_mount_that_is_down_breaks_nothing(scene: Scene) -> None:
    await scene.holds(SINTEL)
    file = scene.file(SINTEL)
    scene.mount.vanish(SINTEL)

    assert await scene.verdict(file) == Unknown(Doubt.MOUNT)


# Ways into a mount


async def test_a_file_of_its_own_is_healthy_where_it_stands(scene: Scene) -> None:
    (scene.media / "film.mkv").write_bytes(b"x" * 10)

    assert await scene.evidence(scene.known(str(scene.media / "film.mkv"), 10)) == [Evidence(look=Look.SHOWN)]
    assert scene.service.calls() == 0


async def test_what_nobody_knows_is_read_before_it_is_called_healthy(scene: Scene) -> None:
    scene.mount.appear(SINTEL)
    file = scene.file(SINTEL)

    [evidence] = await scene.evidence(file)

    assert (evidence.listing, evidence.look) == (Listing.UNASKED, Look.READ)


async def test_a_mount_of_somebody_else_leads_to_the_same_items(tmp_path: Path) -> None:
    theirs = "/nowhere/decypharr/realdebrid"
    async with a_scene(tmp_path, seen_at=(theirs, "http://zurg:9999/dav")) as scene:
        item = await scene.holds(SINTEL)
        linked = scene.file(SINTEL, leads_to=f"{theirs}/__all__/{SINTEL.name}/{SINTEL.name}")
        strm = scene.media / "sintel.strm"
        strm.write_text(f"http://zurg:9999/dav/movies/{SINTEL.name}/{SINTEL.name}")

        evidence = await scene.evidence(scene.known(linked.path, 0), scene.known(str(strm), 0))

        assert [judge(one) for one in evidence] == [Healthy(), Healthy()]
        assert [one.remote for one in evidence] == [Remote(ACCOUNT, item.id)] * 2


async def test_a_canary_that_is_missing_breaks_nothing(tmp_path: Path) -> None:
    async with a_scene(tmp_path, canary="version.txt") as scene:
        await scene.holds(SINTEL)
        await scene.holds(SPRING)
        file = scene.file(SINTEL)
        scene.mount.vanish(SINTEL)

        assert await scene.verdict(file) == Unknown(Doubt.MOUNT)
