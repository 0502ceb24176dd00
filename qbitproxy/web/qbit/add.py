"""torrents/add: whatever was handed in becomes durable torrents before the answer goes out."""

from __future__ import annotations

import asyncio
import re

import structlog
from aiohttp import web
from msgspec import Struct

from qbitproxy.core.events import RemovalAsked
from qbitproxy.core.faults import Fault
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Action, Confirming, Failed, Options, Placing, Ready, Request, Torrent
from qbitproxy.library import Category, Draft, UnknownTorrent
from qbitproxy.sources import V2_ONLY, BadSource, from_magnet, read_metainfo
from qbitproxy.web.keys import CALLER, FETCH, LIBRARY, ROSTER, SETTINGS
from qbitproxy.web.qbit.answers import plain
from qbitproxy.web.qbit.category_routes import put_category
from qbitproxy.web.qbit.control_routes import display_name, with_share_limits
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import below, is_category_name
from qbitproxy.web.qbit.selection import LISTING, record_each

ACCEPTED, REFUSED = "Ok.", "Fails."
BARE_HASH = re.compile(r"[0-9a-fA-F]{40}|[A-Za-z2-7]{32}", re.ASCII)
BARE_V2_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)

log = structlog.get_logger()


class Sources(Struct):
    """What was handed in, read."""

    good: list[Source]
    told: list[str]  # why others are no good, where the client is told more than `Fails.`


async def add(request: web.Request, form: Form) -> web.Response:
    """`Ok.` once every good source is durable, duplicates included; `Fails.` or 415 when none is good.

    Source: qBittorrent 4.6.7, TorrentsController::addAction, which calls a duplicate a failure; an Arr would
    grab the same release for ever, so here it is none.
    """
    sources = await _read_sources(request, form)
    wish = "" if form.flag("autoTMM") else form.text("savepath")
    save_path = below(request.app[SETTINGS].files.download_root, wish)
    if save_path is None:
        log.warning("add_refused", detail="savepath is not below the download root")
        return plain(REFUSED)
    if not sources.good:
        return plain("\n".join(sources.told), 415) if sources.told else plain(REFUSED)
    library, category = request.app[LIBRARY], await _category(request, form)
    await library.put_tags(form.listed("tags", ","))
    place = save_path if wish else library.save_path(category)
    drafts = [_draft(request, form, source, category, place) for source in sources.good]
    async with asyncio.TaskGroup() as group:  # together, so that they share their commits
        accepted = [group.create_task(library.accept(draft)) for draft in drafts]
    taken = await _taken(request, [task.result() for task in accepted])
    return plain(ACCEPTED if taken else REFUSED)


async def _read_sources(request: web.Request, form: Form) -> Sources:
    sources = Sources([], [])
    for link in form.listed("urls", "\n"):
        try:
            sources.good.append(await _read_link(request, link))
        except (BadSource, Fault) as bad:
            log.warning("add_refused", detail=bad.detail)
            if V2_ONLY in bad.detail:
                sources.told.append(f"Error: {bad.detail}")
    for upload in form.uploads:
        try:
            sources.good.append(await read_metainfo(upload.body))
        except BadSource as bad:
            log.warning("add_refused", detail=bad.detail)
            name = display_name(upload.filename)
            sources.told.append(f"Error: '{name}' is not a valid torrent file: {bad.detail}")
    return sources


async def _read_link(request: web.Request, link: str) -> Source:
    """A magnet link, a bare hash or a web address as a source. Raises BadSource, Fault."""
    if BARE_HASH.fullmatch(link):
        return from_magnet(f"magnet:?xt=urn:btih:{link}")
    if BARE_V2_HASH.fullmatch(link):
        return from_magnet(f"magnet:?xt=urn:btmh:1220{link}")
    if link.lower().startswith(("http://", "https://")):
        return await request.app[FETCH](link)
    return from_magnet(link)


async def _category(request: web.Request, form: Form) -> str:
    """The category that is asked for, created if need be; "" when it cannot be one."""
    name = form.text("category")
    if not name or not is_category_name(name):
        return ""
    if name not in request.app[LIBRARY].categories:
        try:
            await put_category(request, Category(name))
        except web.HTTPConflict as failure:  # placing says so, too, and waits for somebody to mend it
            log.warning("category_folder_missing", category=name, detail=failure.text)
            await request.app[LIBRARY].put_category(Category(name))
    return name


def _draft(request: web.Request, form: Form, source: Source, category: str, save_path: str) -> Draft:
    """`sequentialDownload` asks for a download, `firstLastPiecePrio` for the removal of trackers.

    Source: Decypharr 1.1.6, docs "qBittorrent API": what its users set in their Arrs.
    """
    settings, caller = request.app[SETTINGS], request[CALLER]
    known = request.app[ROSTER].for_category(category)
    arr = caller.arr or (known.name if known else "")
    sequential, first_last = form.flag("sequentialDownload"), form.flag("firstLastPiecePrio")
    return Draft(
        source=source,
        category=category,
        save_path=save_path,
        request=Request(
            arr=arr,
            action=Action.DOWNLOAD if sequential else settings.action_for(arr),
            strip_trackers=first_last or settings.strips_trackers(source, arr),
        ),
        options=with_share_limits(
            Options(
                tags=tuple(dict.fromkeys(form.listed("tags", ","))),
                sequential=sequential,
                first_last=first_last,
                force_start=form.flag("forced"),
                rank=_top_rank(request) if form.flag("addToTopOfQueue") else 0,
            ),
            form,
        ),
        automatic=form.flag("autoTMM"),
        paused=form.flag("paused", form.flag("stopped")),
        name=display_name(form.text("rename")),
    )


def _top_rank(request: web.Request) -> int:
    queue = request.app[LISTING].queue()
    return queue[0].options.rank + 1 if queue else 0


async def _taken(request: web.Request, torrents: list[Torrent]) -> bool:
    """Whether a provider may still serve any of them, as far as is known when the wait is over.

    If not, they go: the client looks for another release at once, without a trace of these.
    """
    wait, library = request.app[SETTINGS].qbittorrent.add_wait, request.app[LIBRARY]
    if not wait:
        return True
    try:
        async with asyncio.timeout(wait.total_seconds()):
            ends = [await library.until(torrent.id, _is_decided) for torrent in torrents]
    except (TimeoutError, UnknownTorrent):
        return True
    if not all(isinstance(torrent.phase, Failed) for torrent in ends):
        return True
    await record_each(request, ends, lambda _: RemovalAsked(delete_files=True))
    return False


def _is_decided(torrent: Torrent) -> bool:
    return isinstance(torrent.phase, Failed | Placing | Confirming | Ready)
