"""The trackers of torrents, and the peers they are told of."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote, urlsplit

from aiohttp import web

from qbitproxy.core.draft import MOST_TRACKERS, by_tier
from qbitproxy.core.events import Retracked
from qbitproxy.core.torrent import Torrent, Tracker
from qbitproxy.web.keys import LIBRARY
from qbitproxy.web.qbit import details
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.bounds import LONGEST_URL, few, parts, short
from qbitproxy.web.qbit.forms import Form, MissingParameters
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import ADJUSTING, among, called, chosen, named, record_each
from qbitproxy.web.qbit.wire import PeersRow

Trackers = tuple[Tracker, ...]

HIGHEST_TIER = 255
PEER = re.compile(r"\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})", re.ASCII)


async def trackers(request: web.Request, form: Form) -> web.Response:
    """torrents/trackers."""
    torrent = named(request, form)
    seeders = request.app[LIBRARY].telemetry(torrent.id).seeders
    return as_json(details.trackers(torrent, seeders, profile_of(request)))


async def add_trackers(request: web.Request, form: Form) -> web.Response:
    """torrents/addTrackers: one address a line, the next tier after an empty one; known ones stay put."""
    form.need("hash", "urls")
    new = list(_by_line(form.text("urls")))
    await _retrack(request, _meant(request, form), lambda known: by_tier((*known, *new)))
    return plain()


async def edit_tracker(request: web.Request, form: Form) -> web.Response:
    """torrents/editTracker: another address, another tier (5.2), or both.

    Source: qBittorrent 4.6.7 and 5.3.0, TorrentsController::editTrackerAction; the address goes by `origUrl`
    in the one, by `url` in the other.
    """
    form.need("hash")
    profile = profile_of(request)
    if "origUrl" not in form and "url" not in form:
        raise MissingParameters(["url" if profile.since_5_2 else "origUrl"])
    if not profile.since_5_2:
        form.need("newUrl")
    elif not form.text("newUrl") and "tier" not in form:
        raise web.HTTPBadRequest(text="Must specify at least one of [newUrl, tier]")
    torrent, old = named(request, form), form.text("origUrl" if "origUrl" in form else "url").strip()
    new, tier = form.text("newUrl", old).strip() or old, _tier(form)
    if not _is_url(short(new, LONGEST_URL, "a tracker")):
        raise web.HTTPBadRequest(text="New tracker URL is invalid")

    def edited(known: Trackers) -> Trackers:
        urls = [tracker.url for tracker in known]
        if new != old and new in urls:
            raise web.HTTPConflict(text="New tracker URL already exists")
        if old not in urls:
            raise web.HTTPConflict(text="Tracker not found")
        return by_tier(
            Tracker(new, tracker.tier if tier is None else tier) if tracker.url == old else tracker
            for tracker in known
        )

    if new != old or tier is not None:
        await _retrack(request, [torrent], edited)
    return plain()


async def remove_trackers(request: web.Request, form: Form) -> web.Response:
    """torrents/removeTrackers: `|` between addresses, escaped or not; unknown ones are fine."""
    form.need("hash", "urls")
    written = {url.strip() for url in parts(form.text("urls"), "|")}
    gone = written | {unquote(url) for url in written}
    await _retrack(request, _meant(request, form), lambda known: tuple(t for t in known if t.url not in gone))
    return plain()


async def add_peers(request: web.Request, form: Form) -> web.Response:
    """torrents/addPeers: nobody is connected to, so every peer counts as failed."""
    form.need("hashes", "peers")
    peers = parts(form.text("peers"), "|")
    if not any(map(_is_peer, peers)):
        raise web.HTTPBadRequest(text="No valid peers were specified")
    return as_json({torrent.infohash: PeersRow(0, len(peers)) for torrent in chosen(request, form)})


def _meant(request: web.Request, form: Form) -> list[Torrent]:
    """The torrents of `hash`, of which newer releases take several, `*` (5.0) or `all` (5.2).

    An unknown one is 404 before 5.2.
    """
    profile, text = profile_of(request), form.text("hash")
    if profile.since_5_0 and text == "*":
        return among(request, "all")
    if profile.since_5_2:
        return among(request, text)
    torrents = [called(request, name) for name in parts(text, "|")]
    return list({torrent.id: torrent for torrent in torrents}.values())


async def _retrack(
    request: web.Request, torrents: Iterable[Torrent], change: Callable[[Trackers], Trackers]
) -> None:
    """Give each torrent what `change` makes of its trackers, durable when this returns."""

    library = request.app[LIBRARY]
    async with request.app[ADJUSTING]:
        now = [library.get(torrent.id) or torrent for torrent in torrents]
        changed = {torrent.id: change(torrent.trackers) for torrent in now}
        for torrent in now:
            few(len(changed[torrent.id]), max(MOST_TRACKERS, len(torrent.trackers)), "trackers of a torrent")
        other = [torrent for torrent in now if changed[torrent.id] != torrent.trackers]
        await record_each(request, other, lambda torrent: Retracked(changed[torrent.id]))


def _by_line(text: str) -> Iterable[Tracker]:
    tier = 0
    for line in parts(text, "\n"):
        if line.strip():
            yield Tracker(short(line.strip(), LONGEST_URL, "a tracker"), tier)
        else:
            tier = min(tier + 1, HIGHEST_TIER)


def _tier(form: Form) -> int | None:
    if "tier" not in form:
        return None
    tier = form.whole("tier", -1)
    if not 0 <= tier <= HIGHEST_TIER:
        raise web.HTTPBadRequest(text=f"tier must be a number from 0 to {HIGHEST_TIER}")
    return tier


def _is_url(text: str) -> bool:
    try:
        return bool(text) and (urlsplit(text).port or 1) > 0
    except ValueError:
        return False


def _is_peer(text: str) -> bool:
    found = PEER.fullmatch(text.strip())
    if found is None or not 0 < int(found[2]) < 1 << 16:
        return False
    try:
        ipaddress.ip_address(found[1])
    except ValueError:
        return False
    return True
