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
SPRING = Release("Spring.2019.1080p", {"Spring.2019.1080p.mkv": 60_000})
EPISODES = [path for path in SHOW.files if path.startswith("Caminandes.S01E")]
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
    inspection, listed = scene.inspection(), scene.service.calls(LIST)
    files = [scene.file(SHOW, path) for path in EPISODES]

    for file in files:
        await inspection.evidence([Asked(file)])

    assert scene.service.calls(CHECK) == 1
    assert scene.service.calls(LIST) == listed + 1


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


# Doubts


async def test_a_check_that_says_no_to_what_can_be_read_is_not_believed(scene: Scene) -> None:
    await scene.made(SINTEL)
    file = scene.file(SINTEL)
    scene.service.fault(CHECK, status=404, body={"error": "unknown_ressource", "error_code": 7}, times=None)

    [evidence] = await scene.evidence(file)

    assert (evidence.word, judge(evidence)) == (Word.ALIVE, Healthy())


async def test_a_service_that_stops_answering_is_asked_no_more_for_a_while(scene: Scene) -> None:
    await scene.made(SHOW)
    files = [scene.file(SHOW, path) for path in EPISODES]
    scene.service.fault(CHECK, kind="html", status=503, times=None)

    evidence = await scene.evidence(*files, per_file=True)

    assert {judge(one) for one in evidence} == {Unknown(Doubt.SERVICE)}
    assert scene.service.calls(CHECK) == 1


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


async def test_a_folder_that_was_renamed_on_the_mount_breaks_only_the_way_to_it(scene: Scene) -> None:
    await scene.holds(SINTEL, shown=False)
    await scene.holds(SPRING)
    scene.mount.appear(SINTEL, name="sintel (2010)")
    file = scene.file(SINTEL)

    assert await scene.verdict(file) == Broken(Rot.STRAYED)


async def test_an_item_that_goes_by_another_name_now_is_not_called_gone(scene: Scene) -> None:
    await scene.holds(SINTEL, shown=False)
    await scene.holds(SPRING)
    file = scene.file(SINTEL, leads_to=str(scene.mount.root / "What it was called" / "a.mkv"))

    assert await scene.verdict(file) == Broken(Rot.NOT_SHOWN)
    assert await scene.verdict(file, infohash=SINTEL.infohash) == Broken(Rot.STRAYED)
    assert await scene.verdict(file, infohash="e" * 40) == Broken(Rot.ITEM_GONE)


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
