"""Every difference from the original that is meant, with its reason.

The original is 4.5.2, the release that Debian packages; the daemon claims to be 4.6.7.
"""

from __future__ import annotations

from compat.clients.comparison import ABSENT, Allowed

API, TYPED, NODE, PLAIN = "qbittorrent-api", "aioqbt", "ctrl-qbittorrent", "python-qbittorrent"
LIBRARIES = f"{API} {TYPED} {NODE} {PLAIN}"
ARRS = "Lidarr* Radarr* Readarr* Sonarr* Whisparr*"

NEWER = "came between 4.5.2 and 4.6.7"
NO_READER = "no RSS reader is behind us: said at once, instead of a rule that never acts"
NO_SEARCH = "no search plugins are behind us: said at once"
NO_NETWORK = "this machine's network is nobody's business, nor could a client choose where we listen"
FOLDER = "content has a folder of its own, a single file too"

NEWER_RELEASE = [
    Allowed(clients=LIBRARIES, step="*references", at="*", original=ABSENT, because=NEWER),
    Allowed(clients=LIBRARIES, step="*references", at="*proxy_torrents_only", ours=ABSENT, because=NEWER),
    Allowed(clients=LIBRARIES, step="*references", at="*proxy_type", ours="text", because=NEWER),
    Allowed(clients=f"{API} {TYPED}", step="torrents?count", ours=3, because="came with 4.6.1"),
    Allowed(
        clients=f"{API} {TYPED} {NODE}",
        step="*orrents* as it looks",
        at="*inactive_seeding_time*",
        original=ABSENT,
        because=NEWER,
    ),
    Allowed(clients=API, step="sync_maindata", at="*inactive_seeding_time*", original=ABSENT, because=NEWER),
    Allowed(clients=API, step="sync_maindata", at="*use_subcategories", original=ABSENT, because=NEWER),
    Allowed(clients=NODE, step="getSyncMainData", at="*use_subcategories", original=ABSENT, because=NEWER),
]

NOT_HERE = [
    Allowed(clients=API, step="rss_*", at="*", because=NO_READER),
    Allowed(clients=TYPED, step="rss.*", at="*", because=NO_READER),
    Allowed(clients=NODE, step="*etRssRule*", because=NO_READER),
    Allowed(clients=NODE, step="removeRssRule", because=NO_READER),
    Allowed(clients=API, step="search_*", at="*", because=NO_SEARCH),
    Allowed(clients=TYPED, step="search.*", at="*", because=NO_SEARCH),
    Allowed(clients=API, step="app_network_interface_*list", ours=[], because=NO_NETWORK),
    Allowed(clients=TYPED, step="app.network_interface_*list", ours=[], because=NO_NETWORK),
    Allowed(
        clients=f"{API} {TYPED}",
        step="app?shutdown",
        at="*",
        because="whoever supervises the daemon ends it: it serves others than this client",
    ),
    Allowed(
        clients=f"{API} {NODE} {PLAIN}",
        step="*references once set",
        ours=3,
        because="how many downloads run at once is decided by our settings: files.parallel_downloads",
    ),
]

NO_PEERS = [
    Allowed(
        clients=API,
        step="torrents_add_peers",
        at="*",
        because="nobody is ever connected to: each peer counts as failed",
    ),
    Allowed(
        clients=API,
        step="torrents_set_force_start shows",
        ours="never came about",
        because="what is finished has nothing left that could be forced",
    ),
    Allowed(
        clients=TYPED,
        step="torrents.properties",
        at="*last_seen",
        because="a copy that a service has is a complete one; the original has never met a peer here",
    ),
    Allowed(
        clients="qbit-manage",
        step="*afterwards",
        at="tags",
        because="our trackers count as working, else tools take torrents for dead; links are no hard links",
    ),
    Allowed(
        clients="qbit-manage",
        step="complaints",
        because="it looks for hard links, and says that links lead elsewhere",
    ),
    Allowed(
        clients="prometheus-qbittorrent-exporter",
        step="torrents",
        because="what a service fetched counts as downloaded; the original found it on its disk",
    ),
    Allowed(
        clients=ARRS,
        step="refresh",
        at="1.rests past its limit",
        ours=True,
        because="nothing is seeded, so that every goal is met at once and an Arr may move what it imports",
    ),
]

PLACES = [
    Allowed(clients="flexget", step="what is listed", at="0", because=FOLDER),
    Allowed(clients=API, step="torrents_set_* shows", at="0.1", because=FOLDER),
    Allowed(
        clients=API,
        step="*",
        at="0.magnet_uri",
        because="later releases of its library escape with capitals; ours tells the name that is shown",
    ),
]

NEWEST = [
    Allowed(
        step="test with a wrong password",
        at="*",
        because="from 5.2 on wrong credentials are 401, of which an Arr says something else",
    ),
]
"""What sets the newest release apart from the oldest in the eyes of an Arr."""

ALLOWED: tuple[Allowed, ...] = (*NEWER_RELEASE, *NOT_HERE, *NO_PEERS, *PLACES)
