"""What is asked of `/api`, besides what it says of Arrs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from qbitproxy.core.insight import Hook
from qbitproxy.core.torrent import Accepted, Failed, Ready, Torrent
from qbitproxy.roster import KnownArr
from qbitproxy.web.api.wire import magnet_link

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""How Decypharr writes a time that has not come."""

Short = Annotated[str, Meta(max_length=2048)]


class AddRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The fields of `POST /api/add`, beside the uploads."""

    arr: Short = ""
    arr_name: Short = ""  # the same
    action: Short = ""
    debrid: Short = ""
    urls: str | list[str] = ""  # one in each line
    download_folder: Short = ""
    download_uncached: bool | None = None
    callback_url: Short = ""
    rm_tracker_urls: bool = False
    skip_multi_season: bool = False


class ArrShape(Struct, frozen=True, kw_only=True):
    """An Arr under every spelling of its names; its key is never shown."""

    name: str
    host: str = ""
    token: str = ""  # "***" when one is set
    type: str = "others"
    category: str
    source: str = ""  # "auto" when it introduced itself
    webhook_state: str = ""  # "registered", "pending", "failed" or "off"; "" where there is none to be had
    webhook_problem: str = ""  # why it failed
    cleanup: bool = False
    skip_repair: bool = False
    download_uncached: bool | None = None
    selected_debrid: str = ""  # the only provider it uses
    skip_repair_too: bool = field(default=False, name="skipRepair")
    download_uncached_too: bool | None = field(default=None, name="downloadUncached")
    selected_debrid_too: str = field(default="", name="selectedDebrid")


class MagnetShape(Struct, frozen=True, kw_only=True):
    """The source of a torrent, without its trackers."""

    name: str
    infohash: str = field(name="infoHash")
    size: int  # bytes; 0 while unknown
    link: str


class ImportShape(Struct, frozen=True, kw_only=True):
    """What came of one source, under every spelling of its names; `id` is the torrent's own."""

    id: str
    category: str
    download_folder: str = field(name="downloadFolder")
    debrid: str
    magnet: MagnetShape
    arr: ArrShape
    action: str
    download_uncached: bool | None = field(name="downloadUncached")
    callback_url: str = field(name="callBackUrl")
    skip_multi_season: bool
    status: str  # "started", "queued", "completed", "failed"
    completed_at: datetime = field(name="completedAt")
    type: str
    is_async: bool = field(default=False, name="async")
    debrid_too: str = field(name="debridName")
    callback_url_too: str = field(name="callbackUrl")
    type_too: str = field(name="importType")


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a request to add."""

    results: list[ImportShape]
    errors: list[str] | UnsetType = UNSET  # one for each source that is none


def arr_shape(known: KnownArr, hook: Hook | None = None) -> ArrShape:
    """`known` as `/api` shows it, with what is known of its webhook."""
    settings = known.settings
    only = settings.providers[0] if len(settings.providers) == 1 else ""
    return ArrShape(
        name=known.name,
        host=settings.url,
        token="***" if settings.api_key else "",
        type=known.kind,
        category=known.category,
        source="auto" if known.learned else "",
        webhook_state=hook.state if hook else "",
        webhook_problem=hook.problem if hook else "",
        download_uncached=settings.uncached,
        download_uncached_too=settings.uncached,
        selected_debrid=only,
        selected_debrid_too=only,
    )


def nameless_arr(category: str) -> ArrShape:
    """What stands where an Arr is expected, for a category that is nobody's."""
    return ArrShape(name=category, category=category)


def import_shape(torrent: Torrent, arr: ArrShape) -> ImportShape:
    """What came of one source handed to `POST /api/add`."""
    request = torrent.request
    magnet = MagnetShape(
        name=torrent.name, infohash=torrent.infohash, size=torrent.size or 0, link=magnet_link(torrent)
    )
    return ImportShape(
        id=str(torrent.id),
        category=torrent.category,
        download_folder=torrent.save_path,
        debrid=request.provider,
        debrid_too=request.provider,
        magnet=magnet,
        arr=arr,
        action=request.action,
        download_uncached=request.uncached,
        callback_url=request.callback_url,
        callback_url_too=request.callback_url,
        skip_multi_season=request.skip_multi_season,
        status=_status(torrent),
        completed_at=torrent.completed_at or NEVER,
        type=request.origin,
        type_too=request.origin,
    )


def _status(torrent: Torrent) -> str:
    match torrent.phase:
        case Ready():
            return "completed"
        case Failed():
            return "failed"
        case Accepted() if torrent.paused or torrent.waiting_for:
            return "queued"
    return "started"
