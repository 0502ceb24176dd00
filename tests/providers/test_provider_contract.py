"""What every provider promises, whatever service it speaks to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from compat.cases import providers as cases
from compat.content import SAME_NAMES, SHOW, SINTEL, Release
from qbitproxy.core.calls import Http
from qbitproxy.core.faults import Busy, Denied, Missing, Reason, Refusal, Unreachable
from qbitproxy.core.ports import ItemState, Provider, ProviderSpec
from qbitproxy.core.release import ContentRules
from qbitproxy.core.verdict import Word
from qbitproxy.files.mounts import shown
from qbitproxy.http import connect
from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Secret
from tests.providers.account import EVERYTHING, NAME, VIDEO, ImpatientClock, source_of
from tests.providers.emulated import emulator_of

WRONG_KEY = "not-a-real-key-and-a-wrong-one"


def spoken_to(
    spec: ProviderSpec, service: Any, session: aiohttp.ClientSession, key: str, deadline: float = 20
) -> Http:
    fast = replace(spec.http, burst=10_000, deadline=timedelta(seconds=deadline), rests=False)
    return connect(fast, NAME, service.url, Secret(key), session, ImpatientClock())


def connected(spec: ProviderSpec, service: Any, session: aiohttp.ClientSession, key: str) -> Provider:
    return spec.connect(spoken_to(spec, service, session, key), NAME)


@pytest.fixture(params=sorted(PROVIDERS))
def spec(request: pytest.FixtureRequest) -> ProviderSpec:
    return PROVIDERS[request.param]


@pytest.fixture
async def service(spec: ProviderSpec) -> AsyncIterator[Any]:
    async with emulator_of(spec) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as open_session:
        yield open_session


@pytest.fixture
def provider(spec: ProviderSpec, service: Any, session: aiohttp.ClientSession) -> Provider:
    return connected(spec, service, session, service.token)


async def test_account_says_who_it_is_until_when(spec: ProviderSpec, provider: Provider) -> None:
    if spec.last_resort:  # the user's own program costs nothing
        assert (await provider.account()).user
    else:
        await cases.account_says_who_it_is(provider)


async def test_wrong_key_is_denied_by_every_verb(
    spec: ProviderSpec, service: Any, session: aiohttp.ClientSession
) -> None:
    stranger = connected(spec, service, session, WRONG_KEY)

    await cases.wrong_key_is_denied(stranger, WRONG_KEY, source_of(SINTEL), VIDEO)

    assert service.items() == []


async def test_empty_account_holds_nothing(provider: Provider) -> None:
    assert await cases.items_are_told_apart(provider) == []


@pytest.mark.parametrize("metainfo", [False, True])
async def test_cached_release_is_done_at_once_with_its_wanted_files(
    service: Any, provider: Provider, metainfo: bool
) -> None:
    service.knows(SHOW)

    item = await provider.submit(source_of(SHOW, metainfo=metainfo), VIDEO)

    assert (item.state, item.infohash, item.name) == (ItemState.DONE, SHOW.infohash, SHOW.name)
    assert item.files is not None
    assert {file.path: file.size for file in item.files} == {
        path: size for path, size in SHOW.files.items() if path.startswith("Caminandes.S01E")
    }
    assert await provider.contents(item.id, VIDEO) == item


async def test_contents_are_what_the_rules_want(service: Any, provider: Provider) -> None:
    service.knows(SHOW)
    item = await provider.submit(source_of(SHOW), EVERYTHING)

    episodes = await cases.contents_are_what_the_rules_want(provider, item, VIDEO)

    assert item.files is not None
    assert len(item.files) == len(SHOW.files)
    assert episodes.files == tuple(file for file in item.files if file.path.startswith("Caminandes.S01E"))
    assert len(service.items()) == 1


async def test_submitting_twice_adds_nothing(spec: ProviderSpec, service: Any, provider: Provider) -> None:
    service.knows(SINTEL)

    first = await provider.submit(source_of(SINTEL), VIDEO)
    second = await cases.submitting_again_adds_nothing(
        provider, first, source_of(SINTEL, metainfo=True), VIDEO
    )

    assert replace(second, adopted=first.adopted) == first
    assert not first.adopted
    assert second.adopted or spec.local  # a program of the user's own marks by itself whose an item is
    assert len(service.items()) == 1


async def test_an_item_that_serves_nothing_is_done_without_where_the_service_adds_anew(
    spec: ProviderSpec, service: Any, provider: Provider, session: aiohttp.ClientSession
) -> None:
    service.knows(SINTEL)
    dead = await provider.submit(source_of(SINTEL), VIDEO)
    service.loses(SINTEL.infohash)

    if not spec.adds_anew:
        with pytest.raises(Refusal):
            await provider.submit(source_of(SINTEL), VIDEO, {dead.id})
        assert [item.id for item in await provider.items()] == [dead.id]
        return
    anew = await provider.submit(source_of(SINTEL), VIDEO, {dead.id})
    again = await provider.submit(source_of(SINTEL), VIDEO, {dead.id})

    assert (anew.state, anew.adopted, again.id, again.adopted) == (ItemState.DONE, False, anew.id, True)
    assert {item.id for item in await provider.items()} == {dead.id, anew.id}
    await cases.links_lead_to_bytes(provider, anew.files or (), session)
    with pytest.raises(Missing):
        await provider.link((dead.files or ())[0])


async def test_what_was_submitted_is_listed(service: Any, provider: Provider) -> None:
    service.knows(SINTEL)

    item = await provider.submit(source_of(SINTEL), VIDEO)
    listed = await cases.submitted_is_listed(provider, item)

    assert await provider.items() == [listed]
    assert (listed.infohash, listed.state) == (SINTEL.infohash, ItemState.DONE)
    assert (listed.progress, listed.size) == (1.0, SINTEL.size)


async def test_links_lead_to_the_true_bytes(
    spec: ProviderSpec, service: Any, provider: Provider, session: aiohttp.ClientSession
) -> None:
    if spec.local:
        return  # its files are looked for on the mount
    service.knows(SHOW)
    item = await provider.submit(source_of(SHOW), VIDEO)

    ends = await cases.links_lead_to_bytes(provider, item.files or (), session)

    assert ends == {
        file.path: (
            SHOW.read(file.path, 0, cases.END),
            SHOW.read(file.path, file.size - cases.END, file.size),
        )
        for file in item.files or ()
    }
    for file in item.files or ():
        link = await provider.link(file)
        async with session.get(link.url) as response:
            assert await response.read() == SHOW.read(file.path)
        assert link.url not in repr(link)


@pytest.mark.parametrize("release", [SHOW, SINTEL, SAME_NAMES], ids=lambda release: str(release.name))
async def test_a_local_provider_has_the_true_bytes_where_its_item_says(
    spec: ProviderSpec, service: Any, provider: Provider, release: Release
) -> None:
    if not spec.local:
        return  # its bytes come by link
    service.knows(release)
    item = await provider.submit(source_of(release), VIDEO)

    places = shown(service.downloads, item.name, "", item.files or ())

    assert [place.read_bytes() for place in places] == [release.read(f.path) for f in item.files or ()]
    with pytest.raises(Refusal):
        await provider.link((item.files or ())[0])


async def test_uncached_release_is_listed_on_its_way_until_it_is_done(
    service: Any, provider: Provider
) -> None:
    service.knows(SINTEL, cached=False)

    submitted = await provider.submit(source_of(SINTEL), VIDEO)
    seen = [(await provider.items())[0] for _ in range(12)]

    assert submitted.state is not ItemState.DONE
    assert [item.state for item in seen][-1] is ItemState.DONE
    assert any(0 < item.progress < 1 and item.speed for item in seen)
    assert all(item.progress < 1 or item.state is ItemState.DONE for item in seen)


async def test_a_service_that_says_what_it_holds_says_it_for_many_at_once(
    spec: ProviderSpec, service: Any, session: aiohttp.ClientSession
) -> None:
    check = spec.cache_check
    if check is None:
        return  # only adding tells
    service.knows(SHOW)
    service.knows(SAME_NAMES)
    service.knows(SINTEL, cached=False)
    http = spoken_to(spec, service, session, service.token)
    asked = [SHOW.infohash, SINTEL.infohash, "e" * 40, SAME_NAMES.infohash]

    held = await check.ask(http, NAME, asked)

    assert held == {SHOW.infohash, SAME_NAMES.infohash}
    assert check.most >= len(asked)
    assert service.items() == []
    with pytest.raises(Denied):
        await check.ask(spoken_to(spec, service, session, WRONG_KEY), NAME, asked)


async def test_what_nobody_has_is_not_said_to_be_held(
    spec: ProviderSpec, service: Any, session: aiohttp.ClientSession
) -> None:
    if spec.cache_check is not None:
        http = spoken_to(spec, service, session, service.token)
        await cases.unknown_is_not_held(spec.cache_check, http, NAME, "e" * 40)


async def test_a_service_that_checks_links_tells_those_it_serves_from_those_it_lost(
    spec: ProviderSpec, service: Any, provider: Provider, session: aiohttp.ClientSession
) -> None:
    check = spec.link_check
    if check is None:
        return  # its list tells, or only fetching does
    http = spoken_to(spec, service, session, service.token)
    links = {}
    for release in (SINTEL, SHOW):
        service.knows(release)
        submitted = await provider.submit(source_of(release), VIDEO)
        assert submitted.files is not None
        links[release] = submitted.files[0].link
    service.loses(SHOW.infohash)

    alive = await check.ask(http, NAME, [links[SINTEL]])
    lost = await check.ask(http, NAME, [links[SHOW]])

    assert alive == {links[SINTEL]: Word.ALIVE}
    assert lost in ({links[SHOW]: Word.DEAD}, {links[SHOW]: Word.DOUBTED})


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_link_check_that_is_not_answered_has_no_word(
    spec: ProviderSpec, service: Any, provider: Provider, session: aiohttp.ClientSession, status: int
) -> None:
    if spec.link_check is None:
        return
    service.knows(SINTEL)
    submitted = await provider.submit(source_of(SINTEL), VIDEO)
    assert submitted.files is not None
    service.fault(kind="html", status=status, times=None)

    with pytest.raises((Unreachable, Busy)):
        await spec.link_check.ask(
            spoken_to(spec, service, session, service.token), NAME, [submitted.files[0].link]
        )


async def test_what_a_service_lost_is_told_by_its_list_or_by_fetching_it(
    spec: ProviderSpec, service: Any, provider: Provider, session: aiohttp.ClientSession
) -> None:
    if spec.last_resort:
        return  # a program of the user loses nothing
    service.knows(SINTEL)
    submitted = await provider.submit(source_of(SINTEL), VIDEO)
    assert submitted.files is not None
    service.loses(SINTEL.infohash)

    listed = [item.state for _ in range(3) for item in await provider.items()][-1]

    if spec.lists_losses:
        assert listed is not ItemState.DONE
        return
    try:
        link = await provider.link(submitted.files[0])
    except Missing:
        return
    async with session.get(link.url) as answer:
        assert answer.status == 404


async def test_release_is_repeatable(service: Any, provider: Provider) -> None:
    service.knows(SINTEL)
    item = await provider.submit(source_of(SINTEL), VIDEO)

    await cases.release_is_repeatable(provider, item.id, VIDEO)

    assert service.items() == []


async def test_released_torrent_can_be_submitted_again(service: Any, provider: Provider) -> None:
    service.knows(SINTEL)
    await provider.release((await provider.submit(source_of(SINTEL), VIDEO)).id)

    again = await cases.released_can_be_submitted_again(provider, source_of(SINTEL), VIDEO)

    assert again.state is ItemState.DONE
    assert len(service.items()) == 1


async def test_release_without_wanted_files_is_refused_and_let_go(service: Any, provider: Provider) -> None:
    service.knows(SINTEL)
    books = ContentRules(extensions=frozenset({"epub"}))

    with pytest.raises(Refusal, match=r"Sintel\.2010\.1080p\.mkv") as caught:
        await provider.submit(source_of(SINTEL), books)

    assert caught.value.reason is Reason.REFUSED_BY_POLICY
    assert service.items() == []


async def test_filtered_release_is_refused(spec: ProviderSpec, service: Any, provider: Provider) -> None:
    if spec.last_resort:
        return  # it withholds nothing
    service.knows(SINTEL)
    service.refuses(SINTEL.infohash)

    with pytest.raises(Refusal) as caught:
        await provider.submit(source_of(SINTEL), VIDEO)

    assert caught.value.reason is Reason.FILTERED_BY_PROVIDER


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("kind", ["html", "answer"])
async def test_outage_says_nothing_about_torrents(
    service: Any, provider: Provider, kind: str, status: int
) -> None:
    service.fault(kind=kind, status=status, times=None)

    for verb in (provider.account(), provider.items(), provider.submit(source_of(SINTEL), VIDEO)):
        with pytest.raises(Unreachable):
            await verb


@pytest.mark.parametrize("kind", ["half", "short", "reset", "hollow", "gzip", "hang"])
async def test_broken_list_is_never_a_short_one(
    spec: ProviderSpec, service: Any, session: aiohttp.ClientSession, provider: Provider, kind: str
) -> None:
    service.knows(SINTEL)
    await provider.submit(source_of(SINTEL), VIDEO)
    service.fault(kind=kind, times=None)

    hasty = spec.connect(spoken_to(spec, service, session, service.token, deadline=1), NAME)
    with pytest.raises(Unreachable):
        await hasty.items()
