"""One torrent in detail: properties, files, trackers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from qbitproxy.core.release import UnsafePath, placed_paths
from qbitproxy.core.torrent import Accepted, Confirming, Failed, Placing, Ready, RemoteFile, Torrent
from qbitproxy.web.qbit.metainfo import Metainfo
from qbitproxy.web.qbit.profile import Profile
from qbitproxy.web.qbit.wire import FileRow, Properties, TorrentRow, TrackerRow

OFF, NOT_CONTACTED, WORKING, NOT_WORKING, REFUSING = 0, 1, 2, 4, 5
MISSING, HAVE = 0, 2
NO_LIMIT = -1
PEER_SOURCES = ("** [DHT] **", "** [PeX] **", "** [LSD] **")


def properties(torrent: Torrent, row: TorrentRow, metainfo: Metainfo, profile: Profile) -> Properties:
    """The answer of torrents/properties; `row` is the torrent's own of this moment."""
    pieces, own = len(metainfo.piece_hashes), torrent.options.comment
    no_time, no_date = (-1, -1) if profile.since_5_0 else (0, 0 if pieces else -1)
    return Properties(
        addition_date=row.added_on,
        availability=row.availability if profile.since_5_2 else UNSET,
        comment=metainfo.comment if own is None else own,
        completion_date=row.completion_on,
        created_by=metainfo.created_by,
        creation_date=no_date if metainfo.creation_date < 0 else metainfo.creation_date,
        dl_limit=row.dl_limit or NO_LIMIT,
        dl_speed=row.dlspeed,
        dl_speed_avg=row.completed // row.time_active if row.time_active else no_time,
        download_path=row.download_path,
        eta=row.eta,
        has_metadata=row.has_metadata,
        hash=row.hash,
        infohash_v1=row.infohash_v1,
        infohash_v2=row.infohash_v2,
        is_private=bool(torrent.private),
        last_seen=row.seen_complete,
        name=row.name,
        piece_size=metainfo.piece_size,
        pieces_have=sum(map(bool, piece_states(row, metainfo))),
        pieces_num=pieces or -1,
        popularity=row.popularity,
        private=row.private,
        progress=row.progress if profile.since_5_0 else UNSET,
        save_path=row.save_path,
        seeding_time=row.seeding_time,
        seeds=row.num_seeds,
        seeds_total=row.num_complete,
        share_ratio=row.ratio,
        time_elapsed=row.time_active,
        total_downloaded=row.downloaded,
        total_downloaded_session=row.downloaded_session,
        total_size=row.total_size,
        up_limit=row.up_limit or NO_LIMIT,
    )


def piece_states(row: TorrentRow, metainfo: Metainfo) -> list[int]:
    """Whether each piece is there (2) or missing (0), as far as progress tells."""
    pieces = len(metainfo.piece_hashes)
    have = int(pieces * row.progress)
    return [HAVE] * have + [MISSING] * (pieces - have)


def files(torrent: Torrent, row: TorrentRow, metainfo: Metainfo) -> list[FileRow]:
    """The files by the names they have below the save path; those that are not placed are skipped ones."""
    chosen = _chosen_files(torrent)
    placed = _names_on_disk(chosen)
    known = {file.path: file.size for file in torrent.files}
    sizes = known if placed.keys() <= known.keys() else {file.path: file.size for file in chosen}
    folder = PurePosixPath(row.content_path).name
    rows: list[FileRow] = []
    offset = 0
    for index, (path, size) in enumerate(sizes.items()):
        is_wanted = not placed or path in placed
        rows.append(
            FileRow(
                availability=row.availability,
                index=index,
                is_seed=isinstance(torrent.phase, Ready) if index == 0 else None,
                name=f"{folder}/{placed.get(path, path)}",
                piece_range=_piece_range(offset, size, metainfo.piece_size),
                priority=1 if is_wanted else 0,
                progress=row.progress if is_wanted else 0,
                size=size,
            )
        )
        offset += size
        if metainfo.aligned and metainfo.piece_size > 0:
            offset += -offset % metainfo.piece_size
    return rows


def first_says_whether_seed(torrent: Torrent, rows: Sequence[FileRow]) -> list[FileRow]:
    """`rows` with `is_seed` in the first of them alone."""
    is_seed = isinstance(torrent.phase, Ready)
    return [replace(row, is_seed=None if number else is_seed) for number, row in enumerate(rows)]


def trackers(torrent: Torrent, seeders: int, profile: Profile) -> list[TrackerRow]:
    """Peer exchange is off; the torrent's own trackers work while a provider does."""
    private = "This torrent is private" if torrent.private else ""
    nobody: dict[str, Any] = {"num_downloaded": 0, "num_leeches": 0, "num_peers": 0, "num_seeds": 0}
    rows = [TrackerRow(msg=private, status=OFF, tier=-1, url=url, **nobody) for url in PEER_SOURCES]
    return rows + own_trackers(torrent, seeders, profile)


def own_trackers(torrent: Torrent, seeders: int, profile: Profile) -> list[TrackerRow]:
    """The torrent's own trackers, which say how the provider is doing."""
    status, message = _tracker_status(torrent)
    if profile.since_5_2 and status == NOT_WORKING:
        status = REFUSING
    newer: dict[str, Any] = {}
    if profile.since_5_2:
        newer |= {"endpoints": (), "min_announce": 0, "next_announce": 0, "updating": False}
    return [
        TrackerRow(msg=message, num_seeds=seeders, status=status, tier=tracker.tier, url=tracker.url, **newer)
        for tracker in torrent.trackers
    ]


def _chosen_files(torrent: Torrent) -> tuple[RemoteFile, ...]:
    match torrent.phase:
        case Placing(files=files) | Confirming(files=files) | Ready(files=files):
            return files
        case _:
            return ()


def _names_on_disk(files: Sequence[RemoteFile]) -> dict[str, str]:
    """By the provider's names, which stay where they cannot be placed."""
    try:
        return {file.path: str(path) for file, path in placed_paths(files)}
    except UnsafePath:
        return {file.path: file.path for file in files}


def _piece_range(offset: int, size: int, piece_size: int) -> tuple[int, int]:
    if piece_size <= 0:
        return -1, -1
    return offset // piece_size, (offset + max(size, 1) - 1) // piece_size


def _tracker_status(torrent: Torrent) -> tuple[int, str]:
    match torrent.phase:
        case Failed(detail=detail):
            return NOT_WORKING, detail
        case Accepted():
            return NOT_CONTACTED, torrent.waiting_for
        case _:
            return (NOT_CONTACTED, "") if torrent.paused else (WORKING, "")
