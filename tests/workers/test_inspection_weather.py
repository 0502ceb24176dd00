"""Whatever services and mounts do, what lives is never called broken beyond repair, what is lost is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from compat.content import Release
from qbitproxy.core.verdict import REPLACEABLE, Broken, Healthy, Rot, Verdict, judge
from qbitproxy.workers.inspection import Asked
from tests.workers.scene import ACCOUNT, Scene, a_scene

RELEASES = [Release(f"Film.{n}.2010.1080p", {f"film.{n}.mkv": 4000 + n}) for n in range(6)]
CHECK, UNRESTRICT, LIST = "POST /unrestrict/check", "POST /unrestrict/link", "GET /torrents"
FAULTS: Mapping[str, Callable[[Scene], object]] = {
    "no list": lambda scene: scene.service.fault(LIST, kind="html", status=502, times=None),
    "an empty list": lambda scene: scene.service.fault(LIST, status=204, times=None),
    "a list that is cut off": lambda scene: scene.service.fault(LIST, kind="half", times=None),
    "no check": lambda scene: scene.service.fault(CHECK, kind="html", status=503, times=None),
    "checks that lie": lambda scene: scene.service.fault(
        CHECK, status=404, body={"error": "unknown_ressource", "error_code": 7}, times=None
    ),
    "no links": lambda scene: scene.service.fault(UNRESTRICT, kind="html", status=503, times=None),
    "throttling": lambda scene: scene.service.fault("*", status=429, times=None),
    "hollow bytes": lambda scene: scene.service.fault("GET /d/{id}/{name}", kind="hollow", times=None),
    "no premium": lambda scene: scene.service.lapses(),
    "half a list": lambda scene: scene.service.fault(
        LIST,
        status=200,
        body=[
            {"id": item.id, "hash": item.infohash, "status": item.status, "filename": item.release.name}
            for item in scene.service.items()[:3]
        ],
        times=None,
    ),
    "folders were renamed": lambda scene: [
        (scene.mount.root / release.name).rename(scene.mount.root / f"renamed {release.name}")
        for release in RELEASES
        if (scene.mount.root / release.name).exists()
    ],
    "the mount is down": lambda scene: scene.mount.goes_down(),
}


class Fate(StrEnum):
    """What became of a release since the last run."""

    LIVES = "lives"
    DROPPED = "dropped"  # by the service: neither listed nor shown
    LOST = "lost"  # listed, yet nothing behind its links


FATES = st.lists(st.sampled_from(Fate), min_size=len(RELEASES), max_size=len(RELEASES))


async def verdicts(folder: Path, fates: list[Fate], weather: Collection[str]) -> list[Verdict]:
    """What a run makes of a library in that weather, after one in good weather knew all of it."""
    async with a_scene(folder) as scene:
        items = [await scene.holds(release) for release in RELEASES]
        files = [scene.file(release) for release in RELEASES]
        earlier = await scene.inspection()
        before = await earlier.evidence([Asked(file) for file in files])
        assert {judge(one) for one in before} == {Healthy()}
        remembered = {ACCOUNT: (await earlier.inventory(ACCOUNT)).ids}
        for release, item, fate in zip(RELEASES, items, fates, strict=True):
            if fate is Fate.DROPPED:
                await scene.drops(item, release)
            elif fate is Fate.LOST:
                scene.service.loses(release.infohash)
                scene.mount.vanish(release)
        for fault in sorted(weather, key=list(FAULTS).index):
            FAULTS[fault](scene)
        known = zip(files, before, strict=True)
        asked = [Asked(file, evidence.remote, evidence.infohash) for file, evidence in known]
        later = await scene.inspection(remembered=remembered)
        return [judge(one) for one in await later.evidence(asked)]


def seen(fates: list[Fate], weather: Collection[str] = ()) -> list[Verdict]:
    with TemporaryDirectory() as folder:
        return asyncio.run(verdicts(Path(folder), fates, weather))


@settings(max_examples=30, deadline=None)
@given(FATES, st.lists(st.sampled_from(list(FAULTS)), unique=True, min_size=1, max_size=3))
def test_what_lives_is_never_replaced_in_any_weather(fates: list[Fate], weather: list[str]) -> None:
    found = seen(fates, weather)

    for fate, verdict in zip(fates, found, strict=True):
        assert fate is not Fate.LIVES or getattr(verdict, "why", None) not in REPLACEABLE


@settings(max_examples=10, deadline=None)
@given(FATES.filter(lambda fates: fates.count(Fate.DROPPED) < 3 and Fate.LIVES in fates))
def test_what_is_lost_is_found_in_good_weather(fates: list[Fate]) -> None:
    assert seen(fates) == [
        {
            Fate.LIVES: Healthy(),
            Fate.DROPPED: Broken(Rot.ITEM_GONE),
            Fate.LOST: Broken(Rot.LINK_DEAD),
        }[fate]
        for fate in fates
    ]
