"""docs/compatibility.md: every endpoint with what proves it, every deliberate difference with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from compat.replay.recording import Recording, read_recording
from compat.replay.run import PROFILES
from compat.replay.tally import ELSEWHERE, Counts, Tally

CLIENTS = Path(__file__).parents[1] / "clients" / "proofs.json"
"""What real client programs were seen to use: {profile: {program: [endpoints]}}."""

NOT_FOUND = 404
UNRECORDED = (
    "rss/addFeed", "rss/addFolder", "rss/cloneRule", "rss/markAsRead", "rss/matchingArticles", "rss/moveItem",
    "rss/refreshItem", "rss/removeItem", "rss/removeRule", "rss/renameRule", "rss/setFeedRefreshInterval",
    "rss/setFeedURL", "search/delete", "search/downloadTorrent", "search/enablePlugin",
    "search/installPlugin", "search/results", "search/uninstallPlugin", "search/updatePlugins",
    "torrentcreator/addTask", "torrentcreator/deleteTask", "torrentcreator/torrentFile",
    "torrents/downloadFile", "torrents/fetchMetadata", "torrents/parseMetadata", "torrents/saveMetadata",
)  # fmt: skip
"""Endpoints that nobody asked the recorded servers for."""

IN_VAIN = frozenset({"search/stop"})
"""Endpoints that were there, but had nothing of what they were asked for."""

INTRODUCTION = """\
# Compatibility

What qbitproxy answers is compared with what real qBittorrent servers answered. Three of them were recorded
(`compat/recordings/README.md`), and every request of the recordings is put to the daemon under the profile
that is nearest: 4.5.2 to `4.6`, 5.1.0 to `5.1`, 5.3.0 to `5.3`. Compared are status, content type, cookies,
texts, the keys of JSON at every level with the types of their values, and the values themselves where the
recording shows what a call did. Besides, real client programs are run against the daemon.

`python -m compat.replay report` makes this page, of what `python -m compat.replay keep` found.
"""

EXPLANATION = """\
## Endpoints

A number is how many recorded exchanges come out the same; "n differ" are those that differ on purpose, for
the reasons below. "absent" is what the release does not have: it is 404 here as well. Nothing in a column:
nobody asked the recorded server for it.
"""


def report(told: Tally) -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, EXPLANATION, *_table(told), "", *_reasons(told), ""])


def endpoints(told: Tally) -> list[str]:
    """Every endpoint there is, those apart that no release has."""
    recorded = {name for counted in told["exchanges"].values() for name in counted}
    return sorted((recorded - _never_there() - {ELSEWHERE}) | {*UNRECORDED, *IN_VAIN})


def _table(told: Tally) -> Iterable[str]:
    profiles = list(PROFILES.values())
    users = _users()
    absent = {PROFILES[name]: _absent(read_recording(name)) for name in PROFILES}
    yield f"| Endpoint | {' | '.join(profiles)} | Seen in use by |"
    yield "| --- |" + " --- |" * (len(profiles) + 1)
    for endpoint in endpoints(told):
        cells = [
            _cell(told["exchanges"][profile].get(endpoint, {}), is_absent=endpoint in absent[profile])
            for profile in profiles
        ]
        yield f"| `{endpoint}` | {' | '.join(cells)} | {', '.join(users.get(endpoint, []))} |"


def _cell(counts: Counts, *, is_absent: bool) -> str:
    if is_absent and counts.keys() == {"same"}:
        return "absent"
    parts = [str(counts["same"])] if "same" in counts else []
    parts += [f"{counts['deliberate']} differ"] if "deliberate" in counts else []
    parts += [f"{counts['pending']} not yet"] if "pending" in counts else []
    return ", ".join(parts)


def _reasons(told: Tally) -> Iterable[str]:
    yield "## Deliberate differences"
    yield ""
    for why, where in sorted(told["reasons"].items()):
        named = [f"`{name}`" if name != ELSEWHERE else name for name in sorted(where)]
        profiles = sorted({profile for each in where.values() for profile in each})
        scope = "" if len(profiles) == len(PROFILES) else f" ({', '.join(profiles)})"
        yield f"- {why}{scope} {', '.join(named)}"


def _users() -> dict[str, list[str]]:
    """Endpoint -> programs."""
    proofs: Mapping[str, Mapping[str, list[str]]] = (
        json.loads(CLIENTS.read_text()) if CLIENTS.exists() else {}
    )
    users: dict[str, set[str]] = {}
    for programs in proofs.values():
        for program, used in programs.items():
            for endpoint in used:
                users.setdefault(endpoint, set()).add(program)
    return {endpoint: sorted(programs, key=str.lower) for endpoint, programs in users.items()}


def _absent(recording: Recording) -> set[str]:
    """Endpoints that were nothing but 404 to who had logged in."""
    statuses: dict[str, set[int]] = {}
    for entry in recording.entries:
        if entry.request.get("session_cookie") is not False:
            statuses.setdefault(entry.endpoint, set()).add(entry.response["status"])
    return {endpoint for endpoint, seen in statuses.items() if seen == {NOT_FOUND}} - IN_VAIN


def _never_there() -> set[str]:
    """Paths that no recorded server had: they were asked for to see just that."""
    return set.intersection(*(_absent(read_recording(name)) for name in PROFILES))
