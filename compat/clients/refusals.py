"""Every step that a daemon which imitates 5.1 or 5.3 refuses, with the reason.

There is no original of these releases to compare with: what refuses nothing else does what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compat.clients.allowed import NO_READER, NO_SEARCH
from compat.clients.comparison import Allowed, Difference

API, TYPED, NODE, PLAIN = "qbittorrent-api@*", "aioqbt@*", "ctrl-qbittorrent@*", "python-qbittorrent@*"

NEVER = "never came about"
LATER = "NotImplementedError"
WRONG = "is asked for something wrong on purpose"
UNCHANGED = "the original refuses to change a category to what it is"
NO_CREATOR = "no torrents are made here"
NO_SSL = "nobody is connected to, with a certificate neither"
GET_WRITES = "asks by GET for what changes something, which every release since 4.4 refuses"

REFUSALS: tuple[Allowed, ...] = (
    Allowed(clients=f"{API} {TYPED} {NODE}", step="*wrong password", because=WRONG),
    Allowed(clients=f"{API} {TYPED} {NODE} {PLAIN}", step="* of none", because=WRONG),
    Allowed(clients=f"{API} {TYPED} {NODE}", step="* no torrent", because=WRONG),
    Allowed(clients=f"{API} {NODE}", step="* twice", because=WRONG),
    Allowed(clients=API, step="* without name", because=WRONG),
    Allowed(clients=API, step="* unknown", because=WRONG),
    Allowed(clients=API, step="*odd*", because=WRONG),
    Allowed(clients=API, step="*to nowhere", because=WRONG),
    Allowed(clients="qbittorrent-api@5.3", step="torrents_add nothing", because=WRONG),
    Allowed(clients=PLAIN, step="anything before a login", because=WRONG),
    Allowed(clients=f"qbittorrent-api@5.1 {TYPED}", step="torrents?edit_category", because=UNCHANGED),
    Allowed(clients=f"{API} {TYPED}", step="rss?*", because=NO_READER),
    Allowed(clients=NODE, step="*RssRule", because=NO_READER),
    Allowed(clients=f"{API} {TYPED}", step="search?*", because=NO_SEARCH),
    Allowed(clients=API, step="torrentcreator_*", because=NO_CREATOR),
    Allowed(clients=NODE, step="*TorrentCreator*", because=NO_CREATOR),
    Allowed(clients=f"{API} {TYPED}", step="torrents?*ssl_parameters", because=NO_SSL),
    Allowed(clients=f"{API} {TYPED}", step="app?shutdown", because="whoever supervises the daemon ends it"),
    Allowed(
        clients=API,
        step="torrents_set_force_start shows",
        because="what is finished has nothing left that could be forced",
    ),
    Allowed(
        clients="qbittorrent-api@5.3",
        step="transfer_*_session",
        because="came with a build of 2.16.2 that is newer than the one which is imitated",
    ),
    Allowed(clients=NODE, step="editTrackers", because="the client calls what no release has"),
    Allowed(clients=PLAIN, step="toggle_alternative_speed", because=GET_WRITES),
    Allowed(clients=PLAIN, step="logout", because=GET_WRITES),
    Allowed(clients=PLAIN, step="shutdown", because=GET_WRITES),
)


def refused(outcomes: Mapping[str, Any]) -> list[Difference]:
    """Every step that came to nothing, but for those that the client knows to be of a later release."""
    return [
        Difference(step, "", "an answer", outcome)
        for step, outcome in outcomes.items()
        if outcome == NEVER or (isinstance(outcome, dict) and outcome.get("raised", LATER) != LATER)
    ]
