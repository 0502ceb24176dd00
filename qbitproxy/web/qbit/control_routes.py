"""What clients do to torrents they have."""

from __future__ import annotations

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.events import Event, Paused, RemovalAsked, Renamed, Resumed, Retried
from qbitproxy.core.torrent import Failed, Options, Torrent
from qbitproxy.web.qbit.answers import plain
from qbitproxy.web.qbit.bounds import LONGEST_COMMENT, LONGEST_NAME, short
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.preferences import LONGEST_TIME
from qbitproxy.web.qbit.profile import Profile, profile_of
from qbitproxy.web.qbit.selection import adjust_each, chosen, named, record_each

HIGHEST_RATIO = 9999
"""Source: qBittorrent 4.6.7, Torrent::MAX_RATIO; 5.x has none."""

SHARE_LIMIT_ACTIONS = ("Default", "Stop", "Remove", "RemoveWithContent", "EnableSuperSeeding")
SHARE_LIMITS_MODES = ("Default", "MatchAny", "MatchAll")
"""Source: qBittorrent 5.3.0, ShareLimitAction, ShareLimitsMode."""


async def delete(request: web.Request, form: Form) -> web.Response:
    """torrents/delete: unknown hashes are fine; `deleteFiles` is false when it is left out."""
    delete_files = form.flag("deleteFiles")
    await record_each(request, chosen(request, form), lambda _: RemovalAsked(delete_files))
    return plain()


async def pause(request: web.Request, form: Form) -> web.Response:
    """torrents/pause, torrents/stop."""
    await record_each(request, chosen(request, form), lambda torrent: None if torrent.paused else Paused())
    return plain()


async def resume(request: web.Request, form: Form) -> web.Response:
    """torrents/resume, torrents/start; one that failed is tried again."""
    await _resume(request, chosen(request, form))
    return plain()


async def reannounce(request: web.Request, form: Form) -> web.Response:
    """torrents/reannounce: whatever waits to be tried again is tried now."""

    def hurry(torrent: Torrent) -> Event | None:
        return Resumed() if torrent.retry_at is not None and not torrent.paused else None

    await record_each(request, chosen(request, form), hurry)
    return plain()


async def force_start(request: web.Request, form: Form) -> web.Response:
    """torrents/setForceStart: a paused torrent starts whatever the value.

    Source: qBittorrent 4.6.7, TorrentsController::setForceStartAction, which resumes.
    """
    form.need("hashes", "value")
    torrents, value = chosen(request, form), form.flag("value")
    await adjust_each(request, torrents, lambda options: replace(options, force_start=value))
    await _resume(request, torrents)
    return plain()


async def set_share_limits(request: web.Request, form: Form) -> web.Response:
    """torrents/setShareLimits; the limits that later releases require may be left out."""
    form.need("hashes", "ratioLimit", "seedingTimeLimit")
    profile = profile_of(request)
    await adjust_each(request, chosen(request, form), lambda o: with_share_limits(o, form, profile))
    return plain()


def with_share_limits(options: Options, form: Form, profile: Profile) -> Options:
    """`options` with the limits of `form`: one that is no number is 0, one left out the default."""
    ratio = form.decimal("ratioLimit") if form.text("ratioLimit") else -2
    if not profile.since_5_0:
        ratio = min(ratio, HIGHEST_RATIO)
    return replace(
        options,
        ratio_limit=ratio if ratio >= -2 else -1,
        seeding_time_limit=_minutes(form, "seedingTimeLimit"),
        inactive_seeding_time_limit=_minutes(form, "inactiveSeedingTimeLimit"),
        share_limit_action=_word(form, "shareLimitAction", SHARE_LIMIT_ACTIONS),
        share_limits_mode=_word(form, "shareLimitsMode", SHARE_LIMITS_MODES),
    )


async def set_super_seeding(request: web.Request, form: Form) -> web.Response:
    """torrents/setSuperSeeding: the flag alone, as nothing is ever uploaded."""
    form.need("hashes", "value")
    value = form.flag("value")
    await adjust_each(request, chosen(request, form), lambda options: replace(options, super_seeding=value))
    return plain()


async def set_comment(request: web.Request, form: Form) -> web.Response:
    """torrents/setComment: shown in the place of what the .torrent says."""
    form.need("hashes", "comment")
    comment = short(form.text("comment"), LONGEST_COMMENT, "a comment")
    await adjust_each(request, chosen(request, form), lambda options: replace(options, comment=comment))
    return plain()


async def toggle_sequential(request: web.Request, form: Form) -> web.Response:
    """torrents/toggleSequentialDownload: the flag alone; how content is placed was decided at the add."""
    await adjust_each(request, chosen(request, form), lambda o: replace(o, sequential=not o.sequential))
    return plain()


async def toggle_first_last(request: web.Request, form: Form) -> web.Response:
    """torrents/toggleFirstLastPiecePrio: the flag alone."""
    await adjust_each(request, chosen(request, form), lambda o: replace(o, first_last=not o.first_last))
    return plain()


async def rename(request: web.Request, form: Form) -> web.Response:
    """torrents/rename: the name that is shown; what is placed keeps its folder."""
    form.need("hash", "name")
    name = display_name(form.text("name"))
    if not 0 < len(name) <= LONGEST_NAME:
        raise web.HTTPConflict(text="Incorrect torrent name")
    torrent = named(request, form)
    await record_each(request, [torrent], lambda _: Renamed(name))
    return plain()


def display_name(text: str) -> str:
    """`text` on one line."""
    return " ".join(text.strip().splitlines())


async def _resume(request: web.Request, torrents: list[Torrent]) -> None:
    waiting = [torrent for torrent in torrents if torrent.paused]
    await record_each(request, waiting, lambda _: Resumed())
    failed = [torrent for torrent in torrents if isinstance(torrent.phase, Failed)]
    await record_each(request, failed, lambda _: Retried())


def _word(form: Form, name: str, words: tuple[str, ...]) -> str:
    """One of `words` exactly as it is written; the first of them for anything else."""
    return form.text(name) if form.text(name) in words else words[0]


def _minutes(form: Form, name: str) -> int:
    limit = form.whole(name) if form.text(name) else -2
    return min(limit, LONGEST_TIME) if limit >= -2 else -1
