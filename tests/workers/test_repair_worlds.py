"""Whatever goes wrong around repair, nothing that lives is lost, and what is lost is found in the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbitproxy.core.repair import State
from qbitproxy.core.verdict import Broken
from qbitproxy.workers.inspection import FRESH
from tests.workers.frail_service import ALIVE, DEAD, Asked, Rot
from tests.workers.worlds import SERVICES, World, a_world

FILES = 40
MANY = 10_000


@dataclass(frozen=True)
class Night:
    """What goes wrong before and while a job runs."""

    down: tuple[str, ...] = ()
    half: tuple[str, ...] = ()  # services that answer with a part
    hanging: tuple[str, ...] = ()  # services whose answers break off
    unmounted: tuple[str, ...] = ()  # "media" is the library itself
    arr: str = ""  # in what way it lies
    lost: int = 0  # releases that services hold no more
    back: tuple[str, ...] = ()  # who would serve these at once, over and over; "" is nobody
    rotten: tuple[Rot, ...] = ()  # releases that go wrong
    whole: bool = True  # with all their files
    upgraded: int = 0  # files that the Arr replaces, drops
    kills: tuple[int, ...] = ()
    allowed: bool = False


some = st.lists(st.sampled_from(sorted(SERVICES)), max_size=2, unique=True).map(tuple)
NIGHTS = st.lists(
    st.builds(
        Night,
        down=some,
        half=some,
        hanging=some,
        unmounted=st.lists(st.sampled_from(["media", *SERVICES]), max_size=2, unique=True).map(tuple),
        arr=st.sampled_from(["", "", "down", "forgetful", "empty", "stale"]),
        lost=st.integers(0, 4),
        back=st.lists(st.sampled_from(["", *SERVICES]), min_size=1, max_size=4).map(tuple),
        rotten=st.lists(st.sampled_from(Rot), max_size=4).map(tuple),
        whole=st.booleans(),
        upgraded=st.integers(0, 2),
        kills=st.lists(st.integers(1, 150), max_size=3).map(tuple),
        allowed=st.booleans(),
    ),
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(NIGHTS, st.integers(0, 1000), st.booleans())
def test_nothing_that_lives_is_lost_and_what_is_lost_is_found(
    nights: list[Night], seed: int, per_file: bool
) -> None:
    async def live() -> None:
        with TemporaryDirectory() as folder:
            async with a_world(Path(folder), FILES, per_file=per_file) as world:
                await through(world, nights, Random(seed))

    asyncio.run(live())


async def through(world: World, nights: list[Night], chance: Random) -> None:
    await world.night()
    for night in nights:
        goes_wrong(world, night, chance)
        await world.night(*night.kills, allowed=night.allowed)
        assert not world.wrongs()
    world.all_is_well()

    for _ in range(2):
        spent = Spending(world)
        await world.night(allowed=True)
        spent.is_within_budget()

    assert not world.wrongs()
    assert world.repairs.all()[-1].state is State.COMPLETED
    last = world.repairs.all()[-1]
    rows = await world.repairs.found(last.id, 0, len(world.arr.files))
    all_is_found(world, {row.finding.file.id for row in rows if isinstance(row.finding.verdict, Broken)})


def goes_wrong(world: World, night: Night, chance: Random) -> None:
    world.all_is_well()
    if night.arr == "stale":
        world.arr.stale = dict(world.arr.files)
    releases = sorted({world.release_of(file) for file in world.arr.files.values()})
    lost = chance.sample(releases, min(night.lost, len(releases)))
    for number, release in enumerate(lost):
        world.lose(release)
        if back := night.back[number % len(night.back)]:
            world.services[back].cached.add(release)
    for number, release in enumerate(chance.sample(releases, min(len(night.rotten), len(releases)))):
        world.rot(release, night.rotten[number], whole=night.whole or not world.per_file)
        if night.back[number % len(night.back)]:
            world.serves_anew(release)
    files = list(world.arr.files.values())
    for file in chance.sample(files, min(night.upgraded, len(files))):
        match chance.randrange(3):
            case 0:
                world.drop(file)
            case how:
                world.upgrade(file, in_place=how == 1)
    for name, service in world.services.items():
        service.down = name in night.down
        service.half = chance if name in night.half else None
        service.hangs = chance if name in night.hanging else None
        if name in night.unmounted:
            service.unmount()
    if "media" in night.unmounted:
        world.hide_library()
    if night.arr not in ("", "stale"):
        setattr(world.arr, night.arr, True)


@dataclass
class Spending:
    """What services are asked for from now on."""

    world: World
    before: dict[str, Counter[str]] = field(init=False)

    def __post_init__(self) -> None:
        world = self.world
        self.before = {name: Counter(service.calls) for name, service in world.services.items()}
        self._asked_before = {name: service.asked_about.total() for name, service in world.services.items()}
        self._began = world.clock.now()
        self._dead = len(world.dead()) + sum(service.ruins() for service in world.services.values())

    def is_within_budget(self) -> None:
        """Lists now and then; what lists do not tell once for each item; more only for what is dead.

        A job that was held and released has looked twice.
        """
        world = self.world
        lists = 3 + (world.clock.now() - self._began) / FRESH
        for name, service in world.services.items():
            calls = service.calls - self.before[name]
            more = 12 * self._dead
            looks = 1 + world.repairs.all()[-1].released
            things = looks * sum(
                len(items) * (len(world.contents[release]) if world.per_file else 1)
                for release, items in service.items_of.items()
            )
            told = {Asked.LIST: (0, 0), Asked.CHECK: (things, 0), Asked.LINK: (0, things)}
            checked, fetched = told[service.asked]
            asked = service.asked_about.total() - self._asked_before[name]
            assert calls["items"] <= lists + more
            assert asked <= checked + more
            assert calls["link"] <= fetched + more
            assert calls["contents"] <= checked + fetched + more
            assert calls["find"] + calls["check"] <= checked + more
            assert calls["submit"] + calls["release"] <= more


def all_is_found(world: World, found: set[int]) -> None:
    dead = {file.id for file in world.dead()}
    assert found >= dead
    for file in world.arr.files.values():
        assert Path(file.ours).is_symlink()
        assert file.id in dead or Path(file.ours).read_bytes()
    for file in world.arr.deleted:
        assert file.id in world.arr.blocked & world.arr.searched
        assert set(file.parts) <= world.arr.monitored_parts


@pytest.mark.parametrize("per_file", [False, True])
async def test_ten_thousand_files_are_no_different(tmp_path: Path, per_file: bool) -> None:
    chance = Random(6)
    nights = [
        Night(half=("one",), hanging=("two", "three"), arr="forgetful", kills=(300, 300), upgraded=20),
        Night(
            lost=60,
            back=("one", "two", "three"),
            rotten=tuple(chance.choices(ALIVE, k=30)) + tuple(chance.choices(DEAD, k=10)),
            unmounted=("two",),
            arr="stale",
            upgraded=20,
            whole=False,
            kills=(150, 500, 500),
            allowed=True,
        ),
    ]

    async with a_world(tmp_path, MANY, page=100, per_file=per_file) as world:
        await through(world, nights, chance)
