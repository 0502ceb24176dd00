"""The whole at once for clients that come again and again."""

from __future__ import annotations

from aiohttp import web
from msgspec import UNSET

from qbitproxy.web.keys import CALLER, CLOCK, LIBRARY, SETTINGS
from qbitproxy.web.qbit.access import client
from qbitproxy.web.qbit.answers import Run, as_json, in_parts
from qbitproxy.web.qbit.category_routes import category_rows
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import FreeSpace
from qbitproxy.web.qbit.preference_keys import DEFAULTS
from qbitproxy.web.qbit.preferences import queueing, subcategories
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.rows import Totals
from qbitproxy.web.qbit.selection import LISTING, named
from qbitproxy.web.qbit.shown import Answers, Showing, Shown
from qbitproxy.web.qbit.sync import Known, Session, Sessions, difference, everything
from qbitproxy.web.qbit.transfer_routes import connection, is_alternative, limits_now
from qbitproxy.web.qbit.wire import MainData, PeerData, ServerState, encode

TRACKER_MARKS = b'"has_other_announce_error":false,"has_tracker_error":false,"has_tracker_warning":false,'
"""What 5.2 and later say of each torrent here alone: nobody announces, so nothing of it fails."""

SESSIONS: web.AppKey[Sessions] = web.AppKey("sessions", Sessions)
ANSWERS: web.AppKey[Answers] = web.AppKey("answers", Answers)
FREE_SPACE: web.AppKey[FreeSpace] = web.AppKey("free_space", FreeSpace)


async def main_data(request: web.Request, form: Form) -> web.Response:
    """sync/maindata."""
    listing, library, caller = request.app[LISTING], request.app[LIBRARY], request[CALLER]
    free = await request.app[FREE_SPACE].at(library.save_path(""))
    session, asked = _session(request), form.whole("rid")
    before = session.base(asked)
    since = None if before is None else before.moment
    moment = await listing.moment(caller, since, request.app[CLOCK].now())
    session.last = now = Known(
        rid=session.next_rid(asked),
        moment=moment.number,
        categories=category_rows(request),
        tags=library.tags,
        state=_state(request, moment.totals, free),
    )
    showing = Showing(
        caller=caller,
        columns=listing.columns,
        kin=library.with_infohash,
        tally=listing.tally,
        marks=TRACKER_MARKS if profile_of(request).since_5_2 else b"",
    )
    if before is None or since is None or moment.epochs is None:
        return _answer(everything(now), await showing.everything(moment), full=True)
    changes = await request.app[ANSWERS].changes(showing, moment, since)
    return _answer(difference(before, now), changes, full=False)


async def peers(request: web.Request, form: Form) -> web.Response:
    """sync/torrentPeers: nobody is connected. Here a torrent that is not named is one that is not found."""
    if "hash" not in form:
        raise web.HTTPNotFound(text="Not Found")
    named(request, form)
    rid, known = _session(request).peers(form.whole("rid"))
    if known:
        return as_json(PeerData(rid=rid))
    return as_json(PeerData(full_update=True, peers={}, rid=rid, show_flags=True))


def _session(request: web.Request) -> Session:
    return request.app[SESSIONS].of(request[CALLER], client(request))


def _state(request: web.Request, totals: Totals, free: int) -> ServerState:
    bounds, profile, stored = limits_now(request), profile_of(request), request.app[LIBRARY].preferences
    return ServerState(
        alltime_dl=totals.done,
        connection_status=connection(request),
        dl_info_data=totals.done,
        dl_info_speed=totals.speed,
        dl_rate_limit=bounds.download,
        free_space_on_disk=free,
        last_external_address_v4="" if profile.since_5_0 else UNSET,
        last_external_address_v6="" if profile.since_5_0 else UNSET,
        queued_tracker_announces=0 if profile.since_5_3 else UNSET,
        queueing=queueing(request.app[SETTINGS], stored),
        refresh_interval=stored.get("refresh_interval", DEFAULTS["refresh_interval"]),
        request_latency=0 if profile.since_5_3 else UNSET,
        session_state=False if profile.since_5_3 else UNSET,
        up_rate_limit=bounds.upload,
        use_alt_speed_limits=is_alternative(request),
        use_subcategories=UNSET if profile.since_5_2 else subcategories(profile, stored),
    )


def _answer(data: MainData, shown: Shown, *, full: bool) -> web.Response:
    """`data` with its end. A full update has the empty parts as well, which every client understands."""
    parts: list[bytes | Run] = [encode(data)[:-1]]
    if full or shown.torrents.size:
        parts += [b',"torrents":{', shown.torrents, b"}"]
    if shown.torrents_removed:
        parts += [b',"torrents_removed":', encode(shown.torrents_removed)]
    if full or shown.trackers.size:
        parts += [b',"trackers":{', shown.trackers, b"}"]
    if shown.trackers_removed:
        parts += [b',"trackers_removed":', encode(shown.trackers_removed)]
    return in_parts([*parts, b"}"])
