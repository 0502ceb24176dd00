"""Differences that end when content can be moved and renamed."""

from __future__ import annotations

from compat.clients.comparison import Allowed

LAYOUT = "content is not moved or renamed yet"
API_STEPS = (
    "torrents_file_priority",
    "an odd priority",
    "the priority shows",
    "torrents_rename_*",
    "the folder is renamed",
    "the new names show",
    "torrents_set_location*",
    "torrents_set_save_path*",
    "torrents_set_download_path",
    "torrents_set_auto_management shows",
)
TYPED_STEPS = (
    "torrents.file_prio",
    "torrents.rename_*",
    "the new names show",
    "torrents.set_*_path",
    "torrents.set_location",
    "the film has moved",
)
NODE_STEPS = ("setFilePriority", "renameF*", "the new names show", "setTorrentLocation", "the film has moved")
PLAIN_STEPS = ("set_file_priority", "set_torrent_location")
STEPS = {
    "qbittorrent-api": API_STEPS,
    "aioqbt": TYPED_STEPS,
    "ctrl-qbittorrent": NODE_STEPS,
    "python-qbittorrent": PLAIN_STEPS,
    "Cleanuparr": ("leave a file out",),
    "flood": ("move", "a file first"),
    "qBitrr": ("keep the file",),
}

UNREFUSED = ("the new names show", "the priority shows")
"""Steps that show what did not happen."""

PENDING = tuple(
    Allowed(clients=client, step=step, at="*", because=LAYOUT)
    for client, steps in STEPS.items()
    for step in steps
)
PENDING_REFUSALS = tuple(
    Allowed(clients=f"{client}@*", step=step, because=LAYOUT)
    for client in ("qbittorrent-api", "aioqbt", "ctrl-qbittorrent", "python-qbittorrent")
    for step in STEPS[client]
    if step not in UNREFUSED
)
