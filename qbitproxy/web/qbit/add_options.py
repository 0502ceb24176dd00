"""What torrents/add asks of a torrent besides its source.

How the content is laid out, whether it is checked, and that it were there already (`contentLayout`,
`root_folder`, `skip_checking`, `seedMode`) is nothing a client decides here: content comes complete from a
provider, into a folder of its own. Source: qBittorrent 4.6.7 and 5.3.0, TorrentsController::addAction.
"""

from __future__ import annotations

from aiohttp import web

from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import FileWish, Layout, Options
from qbitproxy.web.keys import LIBRARY, SETTINGS
from qbitproxy.web.qbit.control_routes import with_share_limits
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.metadata_routes import METADATA
from qbitproxy.web.qbit.places import below
from qbitproxy.web.qbit.preferences import starts_paused
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import LISTING

NORMAL = "1"
PRIORITIES = frozenset({"0", NORMAL, "6", "7"})


def refuse_odd_wishes(request: web.Request, form: Form) -> None:
    """Raise HTTPBadRequest for what 5.2 and later refuse before anything is added."""
    if not profile_of(request).since_5_2:
        return
    if form.text("downloader"):
        raise web.HTTPBadRequest(text=f"{form.text('downloader')!r} is no search plugin")
    priorities = form.listed("filePriorities", ",")
    if not priorities:
        return
    if form.uploads:
        raise web.HTTPBadRequest(text="Cannot specify filePriorities when uploading torrent files")
    links = form.listed("urls", "\n")
    source = request.app[METADATA].get(links[0]) if len(links) == 1 else None
    if source is None:
        raise web.HTTPBadRequest(text="filePriorities need one URL whose metadata was fetched before")
    if len(priorities) != len(source.files) or not PRIORITIES.issuperset(priorities):
        raise web.HTTPBadRequest(text="filePriorities must be 0, 1, 6 or 7 for each file of the torrent")


def options_for(request: web.Request, form: Form, source: Source) -> Options:
    """What clients may set later as well, as it is from the first day."""
    stored = request.app[LIBRARY].preferences
    on_top = form.flag("addToTopOfQueue", bool(stored.get("add_to_top_of_queue", False)))
    options = Options(
        tags=tuple(dict.fromkeys(form.listed("tags", ","))),
        sequential=form.flag("sequentialDownload"),
        first_last=form.flag("firstLastPiecePrio"),
        force_start=form.flag("forced"),
        rank=_top_rank(request) if on_top else 0,
        download_limit=max(form.whole("dlLimit"), 0),
        upload_limit=max(form.whole("upLimit"), 0),
        auto_tmm=_is_automatic(request, form),
        download_path=_download_path(request, form),
        stop_at_metadata=not source.files and _stop_condition(request, form) != "None",
    )
    return with_share_limits(options, form, profile_of(request))


def layout_for(request: web.Request, form: Form, source: Source) -> Layout:
    """Which files are wanted, as far as a client of 5.2 or later says; a normal one as the rules say."""
    if not profile_of(request).since_5_2:
        return Layout()
    said = zip(source.files, form.listed("filePriorities", ","), strict=False)
    wishes = tuple(FileWish(path=file.path, priority=int(one)) for file, one in said if one != NORMAL)
    return Layout(files=wishes, revision=int(bool(wishes)))


def is_stopped(request: web.Request, form: Form, source: Source) -> bool:
    """Whether the torrent waits for somebody to start it: if two names say so, that of the release counts.

    Before 5.0 only FilesChecked stops a torrent whose metadata are there from the beginning.
    """
    is_5 = profile_of(request).since_5_0
    own, other = ("stopped", "paused") if is_5 else ("paused", "stopped")
    stops = ("FilesChecked", "MetadataReceived") if is_5 else ("FilesChecked",)
    checked = bool(source.files) and _stop_condition(request, form) in stops
    usual = starts_paused(request.app[LIBRARY].preferences)
    return form.flag(own, form.flag(other, usual)) or checked


def _is_automatic(request: web.Request, form: Form) -> bool:
    """Whether the category decides the folder; where nobody says, a place that is given says no."""
    usual = request.app[LIBRARY].preferences.get("auto_tmm_enabled") is True
    placed = any(form.text(name).strip() for name in ("savepath", "downloadPath"))
    return form.flag("autoTMM", usual and not placed)


def _stop_condition(request: web.Request, form: Form) -> str:
    word = form.text("stopCondition") or request.app[LIBRARY].preferences.get(
        "torrent_stop_condition", "None"
    )
    return word if word in ("MetadataReceived", "FilesChecked") else "None"


def _download_path(request: web.Request, form: Form) -> str:
    """Where unfinished content is said to be; a path outside of the download root is none."""
    path = form.text("downloadPath").strip()
    if not path or form.flag("autoTMM") or not form.flag("useDownloadPath", True):
        return ""
    return below(request.app[SETTINGS].files.download_root, path) or ""


def _top_rank(request: web.Request) -> int:
    queue = request.app[LISTING].queue()
    return queue[0].options.rank + 1 if queue else 0
