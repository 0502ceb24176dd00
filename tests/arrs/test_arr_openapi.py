"""What we ask the Arrs, what the emulated Arrs answer: both held against the published interfaces.

What an Arr sends to our webhook is in none of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from compat.content import SHOW
from compat.contracts.deviations import DEVIATIONS, amended, real
from compat.contracts.judge import names, published
from compat.emulators.arr import Arr as Emulator
from compat.emulators.bench import Bench
from qbitproxy.arrs import ARRS
from qbitproxy.arrs.servarr import identify
from qbitproxy.core.ports import Arr, ArrSpec
from qbitproxy.http import connect
from qbitproxy.settings import Secret
from tests.arrs.court import UNKNOWN, Judge, Scene, Stranger, furnish
from tests.arrs.ground import emulator_of
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent
from tests.support import ManualClock


@pytest.fixture(params=names())
def spec(request: pytest.FixtureRequest) -> ArrSpec:
    """Every Arr there is a contract of."""
    return ARRS[request.param]


@pytest.fixture
def judge(spec: ArrSpec) -> Judge:
    return Judge(real(spec.name))


@pytest.fixture
async def service(
    spec: ArrSpec, judge: Judge, tmp_path: Path, qbit: FakeQbittorrent
) -> AsyncIterator[Emulator]:
    emulator = emulator_of(spec)(tmp_path / "library")
    emulator.app.middlewares.insert(1, judge.listener())  # sees what the gate makes of a refusal, too
    async with emulator as running:
        running.uses(qbit.address, USERNAME, PASSWORD)
        yield running


@pytest.fixture
async def scene(service: Emulator, qbit: FakeQbittorrent, arr: Arr) -> AsyncIterator[Scene]:
    await furnish(service, qbit)
    async with Bench() as us:
        us.fault(status=200, times=None)
        yield Scene(arr, service, f"{us.origin}/hook")


# What we ask


async def ping(scene: Scene) -> None:
    assert (await scene.arr.ping()).app == scene.service.flavour.name


async def unseen(scene: Scene) -> None:
    folder = scene.service.root / "Title"
    there = next(folder.iterdir())
    absent = [str(folder / name) for name in (f"2{there.suffix}", "1.txt")]
    assert await scene.arr.unseen([str(there), *absent], []) == absent


async def refresh(scene: Scene) -> None:
    await scene.arr.refresh()


async def reject(scene: Scene) -> None:
    assert "blocked" in await scene.arr.reject(SHOW.infohash, scene.service.client.settings.category)


async def library(scene: Scene) -> None:
    file = await scene.file()
    assert (await scene.arr.library(media_ids=[file.media_id, 4711])).files == (file,)


async def media_id(scene: Scene) -> None:
    known = (await scene.file()).media_id
    assert await scene.arr.media_id("id", known) == known
    assert await scene.arr.media_id("id", 4711) is None
    assert await scene.arr.media_id("", 100 + known) in (known, None)


async def roots(scene: Scene) -> None:
    assert await scene.arr.roots()


async def unmapped(scene: Scene) -> None:
    await scene.arr.unmapped()


async def grab_of(scene: Scene) -> None:
    assert await scene.arr.grab_of(await scene.file())


async def monitored(scene: Scene) -> None:
    assert (await scene.arr.monitored(await scene.file())).parts


async def delete_file(scene: Scene) -> None:
    file = await scene.file()
    await scene.arr.delete_file(file)
    assert file.id not in scene.service.shelf.files


async def block(scene: Scene) -> None:
    assert await scene.arr.block(await scene.file())


async def restore(scene: Scene) -> None:
    file = await scene.file()
    await scene.arr.restore(file, await scene.arr.monitored(file))
    assert scene.service.calls("PUT *")


async def search(scene: Scene) -> None:
    await scene.arr.search([await scene.file()])
    assert scene.service.commands.given


async def queue(scene: Scene) -> None:
    items = await scene.arr.queue()
    assert {item.infohash for item in items} == {SHOW.infohash, UNKNOWN, ""}
    assert any(item.messages for item in items)


async def remove_from_queue(scene: Scene) -> None:
    await scene.arr.remove_from_queue(await scene.item(), blocklist=True, search=False)
    assert len(scene.service.queue) == 1


async def clients(scene: Scene) -> None:
    assert await scene.arr.clients()


async def register_webhook(scene: Scene) -> None:
    for secret in ("a-fake-secret", "another-fake-secret"):
        await scene.arr.register_webhook(scene.hook, secret)


async def unregister_webhook(scene: Scene) -> None:
    await register_webhook(scene)
    await scene.arr.unregister_webhook()
    assert scene.service.herald.webhooks == []


VERBS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    verb.__name__: verb
    for verb in (
        ping, unseen, refresh, reject, library, media_id, roots, unmapped, grab_of, monitored, delete_file,
        block, restore, search, queue, remove_from_queue, clients, register_webhook, unregister_webhook,
    )
}  # fmt: skip


def test_every_verb_is_judged() -> None:
    promised = {name for kind in Arr.__mro__ for name in vars(kind) if not name.startswith("_")}

    assert set(VERBS) == promised


@pytest.mark.parametrize("verb", VERBS)
async def test_a_verb_keeps_to_the_published_interface(verb: str, scene: Scene, judge: Judge) -> None:
    await VERBS[verb](scene)

    assert judge.complaints == []
    assert judge.answered


async def test_finding_out_what_is_there_keeps_to_the_published_interface(
    spec: ArrSpec, service: Emulator, judge: Judge, session: aiohttp.ClientSession
) -> None:
    http = connect(spec.http, "mine", service.url, Secret(service.api_key), session, ManualClock())

    await identify(http)

    assert judge.complaints == []


# What the emulated Arr answers


async def everything_asked(scene: Scene, session: aiohttp.ClientSession) -> dict[str, int]:
    """Have the emulated Arr answer whatever it can; return what it refused, with the status."""
    await search(scene)
    await register_webhook(scene)
    await block(scene)
    stranger = Stranger(session, scene.service)
    return {name: status for name in stranger.everything() if (status := await stranger.ask(name)) >= 300}


async def test_whatever_else_the_emulated_arr_serves_keeps_to_the_published_interface(
    scene: Scene, judge: Judge, session: aiohttp.ClientSession
) -> None:
    refused = await everything_asked(scene, session)

    assert refused == {}
    assert judge.complaints == []


async def test_every_difference_from_the_published_interface_is_met(
    spec: ArrSpec, scene: Scene, judge: Judge, session: aiohttp.ClientSession
) -> None:
    await remove_from_queue(scene)
    await everything_asked(scene, session)

    for deviation in DEVIATIONS.get(spec.name, ()):
        judge.contract = published(spec.name)
        for other in DEVIATIONS.get(spec.name, ()):
            judge.contract = judge.contract if other is deviation else amended(judge.contract, other)
        assert judge.complaints, deviation
