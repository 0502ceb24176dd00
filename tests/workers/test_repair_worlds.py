"""Whatever goes wrong around repair, nothing that lives is lost, and what is lost is found in the end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from qbitproxy.core.repair import State
from qbitproxy.core.verdict import Broken
from tests.workers.worlds import World, a_world

FILES = 40


NIGHTS = st.lists(
    st.fixed_dictionaries(
        {
            "down": st.sampled_from(["", "one", "two", "both"]),
            "half": st.sampled_from(["", "one"]),
            "unmounted": st.sampled_from(["", "one", "two"]),
            "arr": st.sampled_from(["", "", "down", "forgetful", "empty"]),
            "lost": st.lists(st.integers(1, FILES), max_size=4),
            "back": st.lists(st.sampled_from(["one", "two", ""]), min_size=4, max_size=4),
            "killed_after": st.integers(0, 150),
            "allowed": st.booleans(),
        }
    ),
    max_size=4,
)


def goes_wrong(world: World, night: dict[str, object], lost: set[int], chance: Random) -> None:
    world.all_is_well()
    for number, back in zip(night["lost"], night["back"], strict=False):  # type: ignore[call-overload]
        for service in world.services.values():
            service.lose(number)
        if back:
            world.services[back].cached.add(number)
        lost.add(number)
    for name, service in world.services.items():
        service.down = night["down"] in (name, "both")
        service.half = chance if night["half"] == name else None
        if night["unmounted"] == name:
            service.unmount()
    if night["arr"]:
        setattr(world.arr, str(night["arr"]), True)


@settings(max_examples=25, deadline=None)
@given(NIGHTS, st.integers(0, 1000))
def test_nothing_that_lives_is_lost_and_what_is_lost_is_found(
    nights: list[dict[str, object]], seed: int
) -> None:
    async def live() -> None:
        with TemporaryDirectory() as folder:
            async with a_world(Path(folder), FILES) as world:
                await through(world, nights, Random(seed))

    asyncio.run(live())


async def through(world: World, nights: list[dict[str, object]], chance: Random) -> None:
    lost: set[int] = set()
    await world.night()
    for night in nights:
        goes_wrong(world, night, lost, chance)
        await world.night(killed_after=int(str(night["killed_after"])), allowed=bool(night["allowed"]))
    world.all_is_well()

    for _ in range(2):
        before = sum(service.calls for service in world.services.values())
        await world.night(allowed=True)
        calls = sum(service.calls for service in world.services.values()) - before
        assert calls <= 10 + 8 * len(lost)

    last = world.repairs.all()[-1]
    rows = await world.repairs.found(last.id, 0, FILES)
    found = {row.finding.file.id for row in rows if isinstance(row.finding.verdict, Broken)}
    for number in range(1, FILES + 1):
        file = world.media / f"{number}.mkv"
        if number in world.arr.files:
            assert number in found or file.read_bytes()
        else:
            assert number in lost
            assert number in world.arr.monitored_parts
            assert number in world.arr.blocked & world.arr.searched
    assert all(job.state in (State.COMPLETED, State.HELD, State.FAILED) for job in world.repairs.all())
