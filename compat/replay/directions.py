"""What the recording script did without writing it down: before a group, before an entry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from compat.emulators.arr_wire import moment
from compat.replay.player import Left, Outcome, Player
from compat.replay.recording import Entry
from compat.replay.rewriting import PASSWORD, ROOT

Direction = Callable[[Player], Awaitable[object]]
PRIVATE = "abecc3e7f20367fee2e2598768e1e07c7c3bde37"


def _prefer(**preferences: object) -> Direction:
    return lambda player: player.prefer(**preferences)


def _post(endpoint: str, **form: str) -> Direction:
    return lambda player: player.post(endpoint, **form)


def _content(torrent: str, share: float) -> Direction:
    return lambda player: player.server.content(torrent, share)


def _all(*directions: Direction) -> Direction:
    async def one_by_one(player: Player) -> None:
        for direction in directions:
            await direction(player)

    return one_by_one


def _start(hashes: str) -> Direction:
    return lambda player: player.post("torrents/start" if player.is_5 else "torrents/resume", hashes=hashes)


def _stop(hashes: str) -> Direction:
    return lambda player: player.post("torrents/stop" if player.is_5 else "torrents/pause", hashes=hashes)


def _wait(seconds: float) -> Direction:
    return lambda _: moment(seconds)


async def _forget(player: Player) -> None:
    player.forget()


async def _restart(player: Player) -> None:
    await player.server.restart()


async def _refreshed(player: Player) -> None:
    await moment(player.server.refresh)


def _until_listed(count: int) -> Direction:
    return lambda player: player.until(lambda rows: len(rows) >= count)


async def _until_finished(player: Player) -> None:
    await player.until(lambda rows: all(row["progress"] == 1 for row in rows))


async def _until_begun(player: Player) -> None:
    """Until no torrent waits any more that does not have to."""
    if player.server.refresh == 0:
        await player.until(lambda rows: all(row["state"] != "queuedDL" for row in rows))


def _named_anew(name: str) -> Direction:
    """Until content is placed its folder bears the name that is shown, so it is renamed with it."""

    async def tell(player: Player) -> None:
        if player.server.refresh == 0:
            player.words.learn_folder("Example.Show.S01", name)

    return tell


async def _restore_login(player: Player) -> None:
    """A 4.5 lets a client set any name and password."""
    if (await player.get("app/preferences"))["web_ui_username"] != "admin":
        await player.prefer(web_ui_username="admin", web_ui_password=PASSWORD)


async def _stand_alone(player: Player) -> None:
    """The torrent that groups about other things have: `bytes`, stopped."""
    await player.upload("bytes", paused="true", stopped="true")
    await player.until(lambda rows: len(rows) > 0)


async def _delete_all(player: Player) -> None:
    await player.post("torrents/delete", hashes="all", deleteFiles="true")
    await player.until(lambda rows: not rows)


_wipe: Direction = Player.wipe
_log_in: Direction = Player.log_in
_stand: Direction = Player.stand

BEFORE_GROUP: Mapping[str, Direction] = {
    "auth": _all(_wipe, _forget),
    "categories": _all(_wipe, _prefer(use_subcategories=False)),
    "tags": _all(_wipe, _stand_alone),
    "torrents-info": _all(_wipe, _stand),
    "torrents-details": _log_in,
    "torrents-control": _all(_wipe, _prefer(pex=False, lsd=False), _stand),
    "torrents-location": _all(_wipe, _stand),
    "torrents-trackers-peers": _all(_wipe, _stand),
    "sync": _all(_wipe, _stand, _log_in),
    "arr-flow": _all(_wipe, _content("url", 1), _forget),
    "lifecycle": _all(_wipe, _post("torrents/createCategory", category="tv", savePath=f"{ROOT}/tv")),
    "log": _log_in,
}
"""All others begin with nothing but a session."""

_OPTIONS = (
    "option defaults", "rename", "savepath absolute", "savepath relative",
    "category with a save path, no autoTMM", "category with a save path, autoTMM=true",
    "autoTMM=true with savepath (savepath ignored)", "invalid category name", "new category with a slash",
    "tags with blanks", "contentLayout=NoSubfolder", "contentLayout=Subfolder (single root already)",
    "contentLayout=nonsense (falls back)", "root_folder=false (old parameter)", "limits",
    "sequential and first/last", "downloadPath", "paused=true (4.x name)", "stopped=true (5.x name)",
    "paused=1 (not a boolean word: ignored)", "forced=true", "stopCondition=MetadataReceived",
    "stopCondition=FilesChecked", "addToTopOfQueue=true", "filePriorities with an upload (refused)",
)  # fmt: skip
"""What `torrents-add` shows with the torrent "show", nothing of which is there."""

BEFORE: Mapping[tuple[str, str], Direction] = {
    ("app", "app/cookies"): _restore_login,
    ("auth", "login OK, Referer equal to Host"): _forget,
    ("auth", "bypass_local_auth=true: call without cookie (a session is started)"): _prefer(
        bypass_local_auth=True
    ),
    ("auth", "ban (max 3 failures, 4 s): failure 1"): _prefer(
        bypass_local_auth=False, web_ui_max_auth_fail_count=3, web_ui_ban_duration=4
    ),
    ("auth", "ban: right password after it expired"): _wait(4.2),
    ("auth", "login with web_ui_session_timeout=1"): _all(_prefer(web_ui_session_timeout=1), _forget),
    ("auth", "session expired after 1 s of silence"): _wait(2.2),
    ("auth", "login with web_ui_session_timeout=0 (never expires)"): _all(
        _log_in, _prefer(web_ui_session_timeout=0), _forget
    ),
    ("transport", "HEAD on a read endpoint"): _prefer(
        web_ui_session_timeout=3600, web_ui_max_auth_fail_count=5, web_ui_ban_duration=3600
    ),
    ("transport", "domain list *.example.test;seedbox: matching name"): _prefer(
        web_ui_domain_list="*.example.test;seedbox"
    ),
    ("transport", "CSRF protection off: foreign Origin"): _prefer(
        web_ui_domain_list="*", web_ui_csrf_protection_enabled=False
    ),
    ("transport", "CSRF protection off: login cookie"): _forget,
    ("transfer", "info"): _prefer(web_ui_csrf_protection_enabled=True),
    ("transfer", "downloadLimit"): _post("transfer/setSpeedLimitsMode", mode="0"),
    (
        "categories",
        "create x/y/z after setting use_subcategories (a preference key that 4.5 does not know: "
        "no parents are made)",
    ): _prefer(use_subcategories=True),
    ("categories", "use_subcategories on: create x/y/z makes the parents"): _prefer(use_subcategories=True),
    ("torrents-add", "add with GET"): _all(_prefer(use_subcategories=False), _wipe),
    ("torrents-add", "add several urls (newline), one duplicate, one garbage"): _delete_all,
    ("torrents-add", "add http url of a .torrent"): _all(_until_listed(2), _delete_all),
    ("torrents-add", "add .torrent upload, paused/stopped, content already on disk"): _delete_all,
    ("torrents-add", "add an upload that is no torrent"): _delete_all,
    ("torrents-add", "add hybrid v1+v2 .torrent"): _delete_all,
    ("torrents-add", "option defaults"): _all(
        _content("show", 0),
        _post("torrents/createCategory", category="tv", savePath=f"{ROOT}/tv"),
        _post("torrents/editCategory", category="tv", savePath=f"{ROOT}/tv"),
    ),
    ("torrents-add", "skip_checking=true, content there"): _all(_delete_all, _content("show", 1)),
    ("torrents-add", "skip_checking=true and paused"): _all(_delete_all, _content("show", 1)),
    ("torrents-add", "skip_checking=true, content missing"): _all(_delete_all, _content("show", 0)),
    ("torrents-add", "seedMode=true"): _all(_delete_all, _content("show", 1)),
    ("torrents-details", "trackers with PeX and LSD switched on"): _prefer(pex=True, lsd=True),
    ("torrents-control", "recheck one"): _all(_start("all"), _until_begun),
    ("torrents-control", "setForceStart on a paused/stopped one starts it"): _stop(PRIVATE),
    ("torrents-control", "increasePrio with queueing off"): _prefer(queueing_enabled=False),
    (
        "torrents-control",
        "-> info afterwards <- topPrio with queueing off and no hashes (parameter check is first)",
    ): _prefer(queueing_enabled=True),
    ("torrents-location", "-> info afterwards <- rename"): _named_anew("New Name"),
    ("torrents-location", "-> info afterwards <- files afterwards"): _named_anew("Example.Show.S01"),
    ("sync", "maindata next rid: a delta"): _refreshed,
    ("sync", "maindata: delta with the changes"): _refreshed,
    ("sync", "maindata: delta with torrents_removed, categories_removed, tags_removed"): _refreshed,
    ("sync", "maindata: another session has its own counter"): _log_in,
    ("sync", "maindata: full update of an empty server"): _wipe,
    ("lifecycle", "downloading: info"): _content("swarm", 0.64),
    ("lifecycle", "finished: info"): _all(_content("swarm", 1), _until_finished),
    ("lifecycle", "session cookie from before the restart"): _restart,
    ("lifecycle", "content deleted while the server was down (missingFiles): info"): _log_in,
    ("lifecycle", "start a torrent in missingFiles"): _all(_restart, _log_in),
}  # fmt: skip
"""By group and name of the entry."""


async def play(player: Player, groups: Sequence[str], left: Left) -> AsyncIterator[Outcome]:
    """Put whole groups, with what was done off the record before and in between."""
    for group in groups:
        await BEFORE_GROUP.get(group, _log_in)(player)
        for entry in player.recording.groups[group]:
            await _before(player, entry)
            yield await player.play(entry, left)


async def _before(player: Player, entry: Entry) -> None:
    if entry.group == "torrents-add" and entry.label in _OPTIONS:
        await _delete_all(player)
    direction = BEFORE.get((entry.group, entry.name))
    if direction is not None:
        await direction(player)
