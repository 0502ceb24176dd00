"""The JSON shapes of the qBittorrent Web API, keys in alphabetical order as on the wire.

A key that came with 5.0 or later is left out (UNSET) where an older release is imitated.
Source: qBittorrent 4.6.7, webui/api/serialize/serialize_torrent.cpp with torrentscontroller.cpp,
synccontroller.cpp, transfercontroller.cpp, read 2026-08-22. Numbers annotated float are written as
integers while they are whole, as the original does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

encode = msgspec.json.Encoder().encode


class TorrentRow(Struct, frozen=True, kw_only=True):
    """One torrent in torrents/info: sizes in bytes, speeds in bytes per second, times in epoch seconds."""

    added_on: int
    amount_left: int
    auto_tmm: bool = False
    availability: float
    category: str
    comment: str | UnsetType = UNSET  # 5.0
    completed: int
    completion_on: int  # -1: never
    connections_count: int | UnsetType = UNSET  # 5.2
    connections_limit: int | UnsetType = UNSET  # 5.2
    content_path: str
    created_by: str | UnsetType = UNSET  # 5.2
    creation_date: int | UnsetType = UNSET  # 5.2; -1: unknown
    dl_limit: int = 0
    dlspeed: int
    download_path: str = ""
    downloaded: int
    downloaded_session: int
    eta: int  # seconds
    f_l_piece_prio: bool
    force_start: bool
    has_metadata: bool | UnsetType = UNSET  # 5.0
    hash: str
    inactive_seeding_time_limit: int  # minutes
    infohash_v1: str
    infohash_v2: str
    last_activity: int
    magnet_uri: str
    max_inactive_seeding_time: int  # minutes
    max_ratio: float
    max_seeding_time: int  # minutes
    name: str
    num_complete: int
    num_incomplete: int = 0
    num_leechs: int = 0
    num_seeds: int
    piece_size: int | UnsetType = UNSET  # 5.2; -1: unknown
    pieces_have: int | UnsetType = UNSET  # 5.2
    pieces_num: int | UnsetType = UNSET  # 5.2; -1: unknown
    popularity: float | UnsetType = UNSET  # 5.0
    priority: int
    private: bool | UnsetType | None = UNSET  # 5.0; None: no metadata yet
    progress: float
    ratio: float
    ratio_limit: float
    reannounce: int | UnsetType = UNSET  # 5.0; seconds
    root_path: str | UnsetType = UNSET  # 5.0; "": a single file
    save_path: str
    seeding_time: int  # seconds
    seeding_time_limit: int  # minutes
    seen_complete: int
    seq_dl: bool
    share_limit_action: str | UnsetType = UNSET  # 5.2
    share_limits_mode: str | UnsetType = UNSET  # 5.3
    size: int
    state: str
    super_seeding: bool = False
    tags: str
    time_active: int  # seconds
    total_size: int  # -1: no metadata yet
    total_wasted: int | UnsetType = UNSET  # 5.2
    tracker: str = ""
    trackers_count: int = 0
    up_limit: int = 0
    uploaded: int = 0
    uploaded_session: int = 0
    upspeed: int = 0


class Properties(Struct, frozen=True, kw_only=True):
    """torrents/properties."""

    addition_date: int
    availability: float | UnsetType = UNSET  # 5.2
    comment: str
    completion_date: int
    created_by: str
    creation_date: int
    dl_limit: int  # -1: none
    dl_speed: int
    dl_speed_avg: int
    download_path: str = ""
    eta: int
    has_metadata: bool | UnsetType = UNSET  # 5.0
    hash: str
    infohash_v1: str
    infohash_v2: str
    is_private: bool
    last_seen: int
    name: str
    nb_connections: int = 0
    nb_connections_limit: int = 100
    peers: int = 0
    peers_total: int = 0
    piece_size: int
    pieces_have: int
    pieces_num: int
    popularity: float | UnsetType = UNSET  # 5.0
    private: bool | UnsetType | None = UNSET  # 5.0; None: no metadata yet
    progress: float | UnsetType = UNSET  # 5.1
    reannounce: int = 0
    save_path: str
    seeding_time: int
    seeds: int
    seeds_total: int
    share_ratio: float
    time_elapsed: int
    total_downloaded: int
    total_downloaded_session: int
    total_size: int
    total_uploaded: int = 0
    total_uploaded_session: int = 0
    total_wasted: int = 0
    up_limit: int  # -1: none
    up_speed: int = 0
    up_speed_avg: int = 0


class FileRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file in torrents/files; `is_seed` stands on the file of index 0 alone."""

    availability: float
    index: int
    is_seed: bool | None = None
    name: str  # below the save path, "/" between parts
    piece_range: tuple[int, int]
    priority: int  # 0 skipped, 1 wanted
    progress: float
    size: int


class TrackerRow(Struct, frozen=True, kw_only=True):
    """One tracker in torrents/trackers.

    Status: 0 off, 1 not contacted, 2 working, 4 not working, 5 refusing (from 5.2 on).
    """

    endpoints: tuple[()] | UnsetType = UNSET  # 5.2
    min_announce: int | UnsetType = UNSET  # 5.2; 0: never
    msg: str = ""
    next_announce: int | UnsetType = UNSET  # 5.2; 0: never
    num_downloaded: int = -1
    num_leeches: int = -1
    num_peers: int = -1
    num_seeds: int = -1
    status: int
    tier: int
    updating: bool | UnsetType = UNSET  # 5.2
    url: str


class WebSeedRow(Struct, frozen=True):
    """One address in torrents/webseeds."""

    url: str


class TierRow(Struct, frozen=True):
    """One tracker of a .torrent file."""

    tier: int
    url: str


class PathRow(Struct, frozen=True):
    """One file of a .torrent file."""

    length: int  # bytes
    path: str


class TorrentInfoRow(Struct, frozen=True, kw_only=True):
    """`info` of torrents/parseMetadata."""

    files: Sequence[PathRow]
    length: int  # bytes
    name: str
    piece_length: int  # bytes
    pieces_num: int
    private: bool


class MetadataRow(Struct, frozen=True, kw_only=True):
    """One .torrent file in torrents/parseMetadata."""

    comment: str
    created_by: str
    creation_date: int  # -1: unknown
    hash: str
    info: TorrentInfoRow
    infohash_v1: str
    infohash_v2: str
    trackers: Sequence[TierRow]
    webseeds: Sequence[WebSeedRow]


class PeersRow(Struct, frozen=True):
    """What became of the peers given to one torrent."""

    added: int
    failed: int


class AddedRow(Struct, frozen=True, kw_only=True):
    """torrents/add from 5.2 on."""

    added_torrent_ids: list[str]
    failure_count: int
    pending_count: int = 0  # addresses are fetched before the answer
    success_count: int


class CategoryRow(Struct, frozen=True, kw_only=True):
    """One category in torrents/categories."""

    download_path: str | bool | UnsetType | None = UNSET  # False: none; None (5.2): that of everybody
    inactive_seeding_time_limit: int | UnsetType = UNSET  # 5.2; minutes
    name: str
    ratio_limit: int | UnsetType = UNSET  # 5.2
    save_path: str = field(name="savePath")
    seeding_time_limit: int | UnsetType = UNSET  # 5.2; minutes
    share_limit_action: str | UnsetType = UNSET  # 5.2
    share_limits_mode: str | UnsetType = UNSET  # 5.3


class TransferRow(Struct, frozen=True, kw_only=True):
    """transfer/info."""

    connection_status: str
    dht_nodes: int = 0
    dl_info_data: int
    dl_info_speed: int
    dl_rate_limit: int
    last_external_address_v4: str | UnsetType = UNSET  # 5.0
    last_external_address_v6: str | UnsetType = UNSET  # 5.0
    up_info_data: int = 0
    up_info_speed: int = 0
    up_rate_limit: int = 0


class LogRow(Struct, frozen=True, kw_only=True):
    """One line in log/main: type 1 normal, 2 information, 4 warning, 8 critical."""

    id: int
    message: str
    timestamp: int  # epoch seconds
    type: int


class ServerState(Struct, frozen=True, kw_only=True):
    """`server_state` of sync/maindata."""

    alltime_dl: int
    alltime_ul: int = 0
    average_time_queue: int = 0
    connection_status: str
    dht_nodes: int = 0
    dl_info_data: int
    dl_info_speed: int
    dl_rate_limit: int
    free_space_on_disk: int
    global_ratio: str = "-"
    last_external_address_v4: str | UnsetType = UNSET  # 5.1
    last_external_address_v6: str | UnsetType = UNSET  # 5.1
    queued_io_jobs: int = 0
    queued_tracker_announces: int | UnsetType = UNSET  # 5.3
    queueing: bool
    read_cache_hits: str = "0"
    read_cache_overload: str = "0"
    refresh_interval: int  # milliseconds
    request_latency: int | UnsetType = UNSET  # 5.3
    session_state: bool | UnsetType = UNSET  # 5.3
    total_buffers_size: int = 0
    total_peer_connections: int = 0
    total_queued_size: int = 0
    total_wasted_session: int = 0
    up_info_data: int = 0
    up_info_speed: int = 0
    up_rate_limit: int = 0
    use_alt_speed_limits: bool = False
    use_subcategories: bool | UnsetType = UNSET  # 4.6 to 5.1
    write_cache_overload: str = "0"


class MainData(Struct, frozen=True, kw_only=True):
    """sync/maindata without what follows in the alphabet: torrents, trackers. A delta has what changed."""

    categories: Mapping[str, CategoryRow] | UnsetType = UNSET
    categories_removed: list[str] | UnsetType = UNSET
    full_update: bool | UnsetType = UNSET
    rid: int
    server_state: ServerState | dict[str, Any] | UnsetType = UNSET
    tags: Sequence[str] | UnsetType = UNSET
    tags_removed: list[str] | UnsetType = UNSET


class PeerData(Struct, frozen=True, kw_only=True):
    """sync/torrentPeers of a torrent without peers; a delta says nothing but its rid."""

    full_update: bool | UnsetType = UNSET
    peers: dict[str, str] | UnsetType = UNSET
    rid: int
    show_flags: bool | UnsetType = UNSET
