"""One torrent in detail: properties, files, trackers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from qbitproxy.core.layout import is_due, names
from qbitproxy.core.release import UnsafePath
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
    paths, priorities = shown_paths(torrent, row), _priorities(torrent)
    rows: list[FileRow] = []
    offset = 0
    for index, (path, size) in enumerate(sizes(torrent).items()):
        rows.append(
            FileRow(
                availability=row.availability,
                index=index,
                is_seed=isinstance(torrent.phase, Ready) if index == 0 else None,
                name=paths[path],
                piece_range=_piece_range(offset, size, metainfo.piece_size),
                priority=priorities[path],
                progress=row.progress if priorities[path] else 0,
                size=size,
            )
        )
        offset += size
        if metainfo.aligned and metainfo.piece_size > 0:
            offset += -offset % metainfo.piece_size
    return rows


def sizes(torrent: Torrent) -> dict[str, int]:
    """The bytes of each file, by its own path, in the order of torrents/files."""
    chosen = _chosen_files(torrent)
    known = {file.path: file.size for file in torrent.files}
    return known if all(file.path in known for file in chosen) else {file.path: file.size for file in chosen}


def shown_paths(torrent: Torrent, row: TorrentRow) -> dict[str, str]:
    """Where each file is, or is wanted, below the save path, by its own path."""
    folder = PurePosixPath(row.content_path).name
    wished = {wish.path: wish.place for wish in torrent.layout.files}
    placed = _names_on_disk(torrent, _chosen_files(torrent))
    return {path: f"{folder}/{placed.get(path) or wished.get(path) or path}" for path in sizes(torrent)}


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


def _priorities(torrent: Torrent) -> dict[str, int]:
    """What a client said; else whether the file is placed, or nobody knows yet which will be."""
    held = {file.path for file in _chosen_files(torrent)}
    said = {wish.path: wish.priority for wish in torrent.layout.files if wish.priority is not None}
    usual = {path: int(not held or path in held) for path in sizes(torrent)}
    due = is_due(torrent)
    return {path: said.get(path, one) if one or due else 0 for path, one in usual.items()}


def _names_on_disk(torrent: Torrent, files: Sequence[RemoteFile]) -> dict[str, str]:
    """By the provider's names, which stay where they cannot be placed."""
    try:
        return {path: str(place) for path, place in names(torrent, files).items()}
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
