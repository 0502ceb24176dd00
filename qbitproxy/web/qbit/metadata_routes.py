"""The .torrent files of torrents, and of those that somebody thinks of adding."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from qbitproxy.core.draft import trackers_of
from qbitproxy.core.faults import Fault
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Ready
from qbitproxy.sources import BadSource, read_metainfo, with_trackers
from qbitproxy.web.keys import CALLER, CLOCK, LIBRARY
from qbitproxy.web.qbit import details
from qbitproxy.web.qbit.add_sources import is_address, no_torrent, read_link, unfetched
from qbitproxy.web.qbit.answers import as_file, as_json
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.handed_in import metainfo_of, metainfo_of_source, source_of
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import LISTING, named
from qbitproxy.web.qbit.wire import MetadataRow, PathRow, TierRow, TorrentInfoRow, WebSeedRow

TORRENT_FILE = "application/x-bittorrent"
MOST_BYTES, MOST_FETCHED = 32 << 20, 200


class Fetched:
    """The metadata fetched lately, by whatever they were asked for with; the oldest make room."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}

    def get(self, name: str) -> Source | None:
        """The source that was fetched for `name`."""
        return self._sources.get(name)

    def put(self, name: str, source: Source) -> None:
        """Keep `source` for a while."""
        self._sources.pop(name, None)
        self._sources[name] = source
        while len(self._sources) > 1 and self._is_full():
            del self._sources[next(iter(self._sources))]

    def _is_full(self) -> bool:
        size = sum(len(source.metainfo) for source in self._sources.values())
        return len(self._sources) > MOST_FETCHED or size > MOST_BYTES


METADATA: web.AppKey[Fetched] = web.AppKey("metadata", Fetched)


async def export(request: web.Request, form: Form) -> web.Response:
    """torrents/export: the .torrent file as it was handed in, but with the trackers of today."""
    torrent, profile = named(request, form), profile_of(request)
    source = await source_of(request, torrent)
    if source is None or not source.metainfo:
        raise web.HTTPConflict(text="Unable to export torrent file. Error: Missing metadata")
    if {tracker.url for tracker in torrent.trackers} != set(source.trackers):
        source = with_trackers(source, torrent.trackers)
    if not profile.since_5_0:
        return as_file(source.metainfo, "text/plain; charset=UTF-8")
    name = torrent.name if profile.since_5_3 else torrent.infohash
    return as_file(source.metainfo, TORRENT_FILE, f"{name}.torrent")


async def piece_hashes(request: web.Request, form: Form) -> web.Response:
    """torrents/pieceHashes: none without a .torrent file."""
    return as_json((await metainfo_of(request, named(request, form))).piece_hashes)


async def piece_states(request: web.Request, form: Form) -> web.Response:
    """torrents/pieceStates: as many are whole (2) as progress says, the others missing (0)."""
    torrent = named(request, form)
    row = request.app[LISTING].describe(torrent, request.app[CLOCK].now())
    return as_json(details.piece_states(row, await metainfo_of(request, torrent)))


async def piece_availability(request: web.Request, form: Form) -> web.Response:
    """torrents/pieceAvailability: how many have each piece; nothing once all are ours."""
    torrent = named(request, form)
    seeders = request.app[LIBRARY].telemetry(torrent.id).seeders
    pieces = len((await metainfo_of(request, torrent)).piece_hashes)
    return as_json([] if isinstance(torrent.phase, Ready) else [seeders] * pieces)


async def fetch_metadata(request: web.Request, form: Form) -> web.Response:
    """torrents/fetchMetadata: 200 with what is known; 202 with the hashes alone, as long as it is no more."""
    form.need("source")
    link = form.text("source").strip()
    source = request.app[METADATA].get(link)
    if source is None:
        try:
            source = await read_link(request, link)
        except BadSource as bad:
            if is_address(link):
                raise web.HTTPUnsupportedMediaType(text=bad.detail) from None
            raise web.HTTPBadRequest(text="Must specify URI or hash") from None
        except Fault as fault:
            raise web.HTTPConflict(text=fault.detail) from None
        source = await _known(request, source)
    if source.metainfo:
        request.app[METADATA].put(link, source)
        return as_json(await _metadata(source))
    return as_json(_hashes(source), 202)


async def parse_metadata(request: web.Request, form: Form) -> web.Response:
    """torrents/parseMetadata: what each of the uploaded files says, in order."""
    if not form.uploads:
        raise web.HTTPBadRequest(text="Must specify torrent file(s)")
    rows: list[MetadataRow] = []
    for upload in form.uploads:
        try:
            source = await read_metainfo(upload.body)
        except BadSource as bad:
            raise web.HTTPUnsupportedMediaType(text=no_torrent(upload, bad)) from None
        request.app[METADATA].put(source.infohash, source)
        rows.append(await _metadata(source))
    return as_json(rows)


async def save_metadata(request: web.Request, form: Form) -> web.Response:
    """torrents/saveMetadata: the .torrent file of what fetchMetadata was asked for."""
    form.need("source")
    link = form.text("source").strip()
    source = request.app[METADATA].get(link)
    if source is None:
        source = await _known(request, _by_hash(link))
    if not source.metainfo:
        raise web.HTTPConflict(text="Metadata is not yet available")
    return as_file(source.metainfo, TORRENT_FILE, f"{source.name}.torrent")


def _by_hash(link: str) -> Source:
    """A link that needs no fetching as a source. Raises HTTPNotFound for any other."""
    try:
        return unfetched(link)
    except BadSource:
        raise web.HTTPNotFound(text="Not Found") from None


async def _known(request: web.Request, source: Source) -> Source:
    """`source` with the .torrent file, where it is that of a torrent which the caller has."""
    if source.metainfo:
        return source
    library, caller = request.app[LIBRARY], request[CALLER]
    for torrent in library.with_infohash(source.infohash):
        found = await source_of(request, torrent) if caller.sees(torrent) else None
        if found is not None and found.metainfo:
            return found
    return source


def _hashes(source: Source) -> dict[str, str]:
    return {"hash": source.infohash, "infohash_v1": source.infohash, "infohash_v2": source.infohash_v2}


async def _metadata(source: Source) -> MetadataRow:
    metainfo = await metainfo_of_source(source)
    return MetadataRow(
        comment=metainfo.comment,
        created_by=metainfo.created_by,
        creation_date=metainfo.creation_date,
        hash=source.infohash,
        info=TorrentInfoRow(
            files=_paths(source),
            length=source.size or 0,
            name=source.name,
            piece_length=metainfo.piece_size,
            pieces_num=len(metainfo.piece_hashes),
            private=bool(source.private),
        ),
        infohash_v1=source.infohash,
        infohash_v2=source.infohash_v2,
        trackers=[TierRow(tracker.tier, tracker.url) for tracker in trackers_of(source)],
        webseeds=[WebSeedRow(url) for url in metainfo.web_seeds],
    )


def _paths(source: Source) -> Sequence[PathRow]:
    """The files below the folder that the torrent is called by, unless it is a single one."""
    is_single = len(source.files) == 1 and source.files[0].path == source.name
    folder = "" if is_single else f"{source.name}/"
    return [PathRow(file.size, f"{folder}{file.path}") for file in source.files]
