"""What every provider promises, as far as a real account can show it.

Nothing here takes the account for its own: other torrents may be in it, before and meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

import aiohttp

from compat.cases.unmet import Unmet, expect, fault_of
from qbitproxy.core.calls import Http
from qbitproxy.core.faults import Denied, Missing, Reason, Refusal
from qbitproxy.core.ports import Account, CacheCheck, ItemState, Provider, RemoteItem, Source
from qbitproxy.core.release import ContentRules, wanted
from qbitproxy.core.torrent import RemoteFile

END = 64 * 2**10  # bytes that are read at either end of a file
PATIENCE = aiohttp.ClientTimeout(total=60)
NOTHING = ContentRules(extensions=frozenset({"no file ends like this"}))


async def account_says_who_it_is(provider: Provider) -> Account:
    """Somebody, with premium until a moment that is known."""
    account = await provider.account()
    expect("somebody's account", True, bool(account.user))
    until = account.premium_until
    expect("premium ends at a moment with its zone", True, until is not None and until.tzinfo is not None)
    return account


async def items_are_told_apart(provider: Provider) -> list[RemoteItem]:
    """The list, each item under an id of its own."""
    items = await provider.items()
    ids = {item.id for item in items}
    expect("ids of the items", len(items), len(ids))
    expect("an item without an id", False, "" in ids)
    return items


async def wrong_key_is_denied(stranger: Provider, key: str, source: Source, rules: ContentRules) -> None:
    """By every verb that has to ask the service; `stranger` is connected with the wrong `key`."""
    verbs: dict[str, Callable[[], Awaitable[object]]] = {
        "account": stranger.account,
        "items": stranger.items,
        "submit": lambda: stranger.submit(source, rules),
    }
    for name, verb in verbs.items():
        denied = await fault_of(Denied, f"{name} with a wrong key", verb())
        expect(f"the key is told by {name}", False, key in f"{denied!r} {denied}")


async def unknown_is_not_held(check: CacheCheck, http: Http, name: str, infohash: str) -> None:
    """A torrent that nobody has is not said to be held."""
    held = await check.ask(http, name, [infohash])
    expect("held of what nobody has", frozenset(), held)


async def submitting_again_adds_nothing(
    provider: Provider, item: RemoteItem, source: Source, rules: ContentRules
) -> RemoteItem:
    """Submitting what `item` holds gives that item, which stays the only one."""
    again = await provider.submit(source, rules)
    expect("id, infohash of the second answer", (item.id, item.infohash), (again.id, again.infohash))
    if item.state is ItemState.DONE:
        expect("state of the second answer", item.state, again.state)
        _expect_files("files of the second answer", item.files or (), again.files or ())
    expect("items that hold it", [item.id], await _holding(provider, item.infohash))
    return again


async def submitted_is_listed(provider: Provider, item: RemoteItem) -> RemoteItem:
    """As the list shows it: the same thing, complete when it is done."""
    listed = await _listed(provider, item.id)
    if listed is None:
        raise Unmet("what was submitted", "listed", "not listed")
    expect("infohash as listed", item.infohash, listed.infohash)
    if item.state is ItemState.DONE:
        expect("state, progress as listed", (item.state, 1.0), (listed.state, listed.progress))
    return listed


async def contents_are_what_the_rules_want(
    provider: Provider, item: RemoteItem, rules: ContentRules
) -> RemoteItem:
    """Of a finished item with its files, those that `rules` want; wanting none of them loses nothing."""
    contents = await provider.contents(item.id, rules)
    _expect_files("files that are wanted", wanted(item.files or (), rules), contents.files or ())
    refusal = await fault_of(Refusal, "contents when nothing is wanted", provider.contents(item.id, NOTHING))
    expect("why nothing is wanted", Reason.REFUSED_BY_POLICY, refusal.reason)
    expect("still listed", True, await _listed(provider, item.id) is not None)
    return contents


async def links_lead_to_bytes(
    provider: Provider, files: Iterable[RemoteFile], session: aiohttp.ClientSession
) -> dict[str, tuple[bytes, bytes]]:
    """The first, the last 64 KiB of each file by its path, fetched as ranges."""
    return {file.path: await _ends(provider, file, session) for file in files}


async def release_is_repeatable(provider: Provider, item_id: str, rules: ContentRules) -> None:
    """Let go of twice, then gone."""
    await provider.release(item_id)
    await provider.release(item_id)
    expect("listed after its release", False, await _listed(provider, item_id) is not None)
    await fault_of(Missing, "contents after its release", provider.contents(item_id, rules))


async def released_can_be_submitted_again(
    provider: Provider, source: Source, rules: ContentRules
) -> RemoteItem:
    """Submitted once more, it is there once."""
    again = await provider.submit(source, rules)
    expect("infohash", source.infohash, again.infohash)
    expect("items that hold it", [again.id], await _holding(provider, source.infohash))
    return again


def _expect_files(what: str, expected: Sequence[RemoteFile], got: Sequence[RemoteFile]) -> None:
    """Raises Unmet unless they are the same; their links are not told."""
    expect(what, [(file.path, file.size) for file in expected], [(file.path, file.size) for file in got])
    expect(f"ids, links of {what}", True, list(expected) == list(got))


async def _listed(provider: Provider, item_id: str) -> RemoteItem | None:
    return next((item for item in await provider.items() if item.id == item_id), None)


async def _holding(provider: Provider, infohash: str) -> list[str]:
    return [item.id for item in await provider.items() if item.infohash == infohash]


async def _ends(provider: Provider, file: RemoteFile, session: aiohttp.ClientSession) -> tuple[bytes, bytes]:
    link = await provider.link(file)
    expect("the address in a link's repr", False, link.url in repr(link))
    if link.size and file.size:
        expect(f"size of {file.path} by its link", file.size, link.size)
    size = file.size or link.size
    expect(f"the size of {file.path} is known", True, size > 0)
    begins = max(0, size - END)
    first = await _range(session, link.url, file.path, (0, min(END, size), size))
    last = await _range(session, link.url, file.path, (begins, size, size))
    if begins < len(first):
        same = first[begins:] == last[: len(first) - begins]
        expect(f"the same bytes in both ranges of {file.path}", True, same)
    return first, last


async def _range(session: aiohttp.ClientSession, url: str, path: str, span: tuple[int, int, int]) -> bytes:
    """Of a `span` (start, end, size) the bytes up to, not including, its end; no more are ever read."""
    start, end, size = span
    what = f"bytes {start} to {end} of {path}"
    headers = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
    content = b""
    try:
        async with session.get(url, headers=headers, timeout=PATIENCE) as response:
            expect(f"status of {what}", 206, response.status)
            told = response.headers.get("Content-Range")
            expect(f"Content-Range of {what}", f"bytes {start}-{end - 1}/{size}", told)
            while len(content) <= end - start and (more := await response.content.read(END)):
                content += more
    except (aiohttp.ClientError, TimeoutError) as error:  # its text may hold the address
        raise Unmet(what, "an answer", type(error).__name__) from None
    expect(f"length of {what}", end - start, len(content))
    return content
