"""Whatever goes wrong around surveys, no item goes that a library plays from, and the others go."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from qbitproxy.core.orphans import Graces
from qbitproxy.references import References
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.survey import SurveyRules, Surveys
from tests.workers.test_repair_worlds import NIGHTS, Night, goes_wrong
from tests.workers.worlds import World, a_world

FILES = 40
DAY = timedelta(days=1)
BY_THEMSELVES = SurveyRules(graces=Graces(item=DAY, link=DAY, folder=DAY))


@settings(max_examples=25, deadline=None)
@given(NIGHTS, st.integers(0, 1000))
@example([Night(unmounted=("media",))] * 4, 3)
@example([Night(unmounted=("one", "two"))] * 2, 0)
@example([Night(half=("one", "two"))] * 2, 0)
@example([Night(arr="empty")] * 2, 0)
@example([Night(arr="forgetful"), Night(arr="stale", upgraded=2), Night(arr="down")], 0)
def test_no_item_goes_that_a_library_plays_from_and_the_others_go(nights: list[Night], seed: int) -> None:
    async def live() -> None:
        with TemporaryDirectory() as folder:
            async with a_world(Path(folder), FILES) as world:
                await through(world, nights, Random(seed))

    asyncio.run(live())


async def through(world: World, nights: list[Night], chance: Random) -> None:
    insisting = not any(night.upgraded for night in nights)
    await survey(world)
    for night in nights:
        goes_wrong(world, night, chance)
        await survey(world, *night.kills, insisting=insisting)
        await changes(world, chance)
        assert not world.wrongs()
    world.all_is_well()

    for _ in range(3):
        await survey(world, insisting=True)

    assert not world.wrongs()
    assert await References(world.store, world.clock).orphans() == []
    for name, _, release in all_held(world):
        assert world.services[name].must_stay(release), f"nothing refers to {release}, and it is still there"


async def survey(world: World, *kills: int, insisting: bool = False) -> None:
    """A day later: everything is ours, so may go by itself, and a person wants all gone that is listed.

    Nobody can know of a file that came while its library was not to be seen: whoever is `insisting`,
    whatever is in doubt, loses nothing as long as no new ones come.
    """
    references = References(world.store, world.clock)
    world.fuse.lay()
    await references.ask([orphan.number for orphan in await references.orphans()], despite=insisting)
    world.clock.advance(DAY + timedelta(hours=1))

    def note(db: sqlite3.Connection) -> None:
        rows = [(name, item) for name, item, _ in all_held(world)]
        db.executemany("INSERT OR IGNORE INTO remote VALUES (?, ?, 0, 1)", rows)

    await world.store.write(note)
    world.fuse.lay(*kills)
    await world.survived(surveys(world).survey)
    world.fuse.lay()


async def changes(world: World, chance: Random) -> None:
    """An Arr tells of some of its media, perhaps of what it does not have."""
    references = References(world.store, world.clock)
    known = sorted({file.media_id for file in world.arr.files.values()})
    for media_id in [*chance.sample(known, min(3, len(known))), 10**6]:
        await references.changed("arr", media_id)
    await world.survived(surveys(world).catch_up)


def surveys(world: World) -> Surveys:
    references = References(world.store, world.clock)
    return Surveys(world.ward, references, BY_THEMSELVES, lambda: ["arr"], Pulse(world.clock))


def all_held(world: World) -> list[tuple[str, str, int]]:
    """Service, item, release of all there is."""
    return [
        (name, item, release)
        for name, service in world.services.items()
        for release, items in service.items_of.items()
        for item in items
    ]
