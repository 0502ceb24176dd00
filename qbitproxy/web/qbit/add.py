"""torrents/add: whatever was handed in becomes durable torrents before the answer goes out."""

from __future__ import annotations

import asyncio
import os

import structlog
from aiohttp import web

from qbitproxy.core.events import RemovalAsked
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Action, Confirming, Failed, Placing, Ready, Request, Torrent
from qbitproxy.library import Category, Draft, UnknownTorrent
from qbitproxy.web.keys import CALLER, LIBRARY, ROSTER, SETTINGS
from qbitproxy.web.qbit.add_options import is_stopped, layout_for, options_for, refuse_odd_wishes
from qbitproxy.web.qbit.add_sources import Sources, read_sources
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.bounds import LONGEST_NAME, MOST_CATEGORIES, MOST_TAGS_EACH, few, short
from qbitproxy.web.qbit.category_routes import put_category
from qbitproxy.web.qbit.control_routes import display_name
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import below, is_category_name
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import record_each
from qbitproxy.web.qbit.tag_routes import check_room, put_tags, read_tags
from qbitproxy.web.qbit.wire import AddedRow

ACCEPTED, REFUSED = "Ok.", "Fails."

log = structlog.get_logger()


async def add(request: web.Request, form: Form) -> web.Response:
    """`Ok.` once every good source is durable, duplicates included; `Fails.` when none is good.

    An upload that is no torrent is 415 whatever becomes of the others. From 5.2 on the answer counts, and
    nothing new is 409.
    Source: qBittorrent 4.6.7, TorrentsController::addAction, which calls a duplicate a failure; an Arr would
    grab the same release for ever, so here it is none.
    """
    refuse_odd_wishes(request, form)
    tags, name = read_tags(form), short(display_name(form.text("rename")), LONGEST_NAME, "a name")
    few(len(tags), MOST_TAGS_EACH, "tags of a torrent")
    check_room(request, tags)
    sources = await read_sources(request, form)
    wish = "" if form.flag("autoTMM") else form.text("savepath").strip()
    root, usual = request.app[SETTINGS].files.download_root, request.app[LIBRARY].save_path("")
    save_path = below(root, os.path.join(usual, wish))
    if save_path is None:
        log.warning("add_refused", detail="savepath is not below the download root")
        return _refused(request)
    if not sources.good:
        return _answer(request, sources, [])
    library, category = request.app[LIBRARY], await _category(request, form)
    place = save_path if wish else library.save_path(category)
    drafts = [_draft(request, form, source, category, place, name) for source in sources.good]
    new = [_is_new(request, draft) for draft in drafts]
    if any(new):
        await put_tags(request, tags)
    async with asyncio.TaskGroup() as group:  # together, so that they share their commits
        accepted = [group.create_task(library.accept(draft)) for draft in drafts]
    torrents = [task.result() for task in accepted]
    if not await _taken(request, torrents):
        return _refused(request)
    if not profile_of(request).counts_adds:
        new = [True] * len(torrents)
    return _answer(request, sources, [one for one, is_new in zip(torrents, new, strict=True) if is_new])


async def _category(request: web.Request, form: Form) -> str:
    """The category that is asked for, created if need be; "" when it cannot be one."""
    name = form.text("category")
    if not name or not is_category_name(name):
        return ""
    known = request.app[LIBRARY].categories
    if name not in known:
        few(len(known) + 1, MOST_CATEGORIES, "categories")
        try:
            await put_category(request, Category(name))
        except web.HTTPConflict as failure:  # placing says so, too, and waits for somebody to mend it
            log.warning("category_folder_missing", category=name, detail=failure.text)
            await request.app[LIBRARY].put_category(Category(name))
    return name


def _draft(
    request: web.Request, form: Form, source: Source, category: str, save_path: str, name: str
) -> Draft:
    """`sequentialDownload` asks for a download, `firstLastPiecePrio` for the removal of trackers.

    Source: Decypharr 1.1.6, docs "qBittorrent API": what its users set in their Arrs.
    """
    settings, caller = request.app[SETTINGS], request[CALLER]
    known = request.app[ROSTER].for_category(category)
    arr = caller.arr or (known.name if known else "")
    options = options_for(request, form, source)
    return Draft(
        source=source,
        category=category,
        save_path=save_path,
        request=Request(
            arr=arr,
            action=Action.DOWNLOAD if options.sequential else settings.action_for(arr),
            strip_trackers=options.first_last or settings.strips_trackers(source, arr),
        ),
        options=options,
        layout=layout_for(request, form, source),
        paused=is_stopped(request, form, source),
        name=name,
    )


def _is_new(request: web.Request, draft: Draft) -> bool:
    known = request.app[LIBRARY].find(draft.source.infohash, draft.category)
    return known is None or isinstance(known.phase, Failed)


def _answer(request: web.Request, sources: Sources, added: list[Torrent]) -> web.Response:
    if sources.told:
        return plain(sources.told[0], 415)
    if not added:
        return _refused(request)
    if not profile_of(request).counts_adds:
        return plain(ACCEPTED)
    return as_json(
        AddedRow(
            added_torrent_ids=[torrent.infohash for torrent in added],
            failure_count=sources.bad + len(sources.good) - len(added),
            success_count=len(added),
        )
    )


def _refused(request: web.Request) -> web.Response:
    return plain("Conflict", 409) if profile_of(request).counts_adds else plain(REFUSED)


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
