"""A recording of a real server, as `compat/recordings/README.md` describes it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parents[1] / "recordings"
TORRENTS = RECORDINGS / "qbittorrent-4.5.2" / "torrents"
PREFIX = "/api/v2/"

ORDER = (
    "app", "auth", "transport", "transfer", "rss-search", "categories", "tags", "torrents-add",
    "torrents-info", "torrents-details", "torrents-control", "torrents-location", "torrents-trackers-peers",
    "sync", "arr-flow", "lifecycle", "log",
)  # fmt: skip
"""The groups as they were recorded: some stand on what the one before left."""


@dataclass(frozen=True)
class Entry:
    """One exchange. `name` is its label, made unique within the group."""

    group: str
    label: str
    name: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    note: str

    @property
    def endpoint(self) -> str:
        """The path below /api/v2/; "" for anything else, such as a page of the Web UI."""
        path = str(self.request["path"]).partition("?")[0].partition(" ")[0]
        return path.removeprefix(PREFIX) if path.startswith(PREFIX) and ".." not in path else ""

    @property
    def shows(self) -> bool:
        """A read that shows what was done before: its values matter, not only its shape."""
        return self.note.startswith(("cut to the keys", "cut to one key", "two calls"))

    @property
    def is_course(self) -> bool:
        """The states that a torrent went through, polled for; only the last of them can be expected."""
        return self.note.startswith("one entry per change of state")


@dataclass(frozen=True)
class Recording:
    """Everything that one server was asked."""

    name: str
    groups: Mapping[str, tuple[Entry, ...]]

    @property
    def entries(self) -> list[Entry]:
        return [entry for group in self.groups.values() for entry in group]


def read_recording(name: str) -> Recording:
    """The recording in the folder `name`, its groups in the order of recording."""
    folder = RECORDINGS / name
    groups = {group: _read_group(folder / f"{group}.json") for group in ORDER}
    return Recording(name, groups)


def _read_group(path: Path) -> tuple[Entry, ...]:
    told = json.loads(path.read_text(encoding="utf-8"))
    entries: list[Entry] = []
    seen: Counter[str] = Counter()
    before = ""
    for each in told["entries"]:
        label = each["label"]
        name = f"{label} <- {before}" if label.startswith("-> info") else label
        before = before if label.startswith("->") else label
        seen[name] += 1
        name += f" ({seen[name]})" if seen[name] > 1 else ""
        request = dict(each["request"])
        if label.startswith("-> info") and request.get("query") == {"hashes": "all"}:
            del request["query"]  # what was shown is the whole list, which `hashes=all` never gives
        entries.append(Entry(told["group"], label, name, request, each["response"], each.get("note", "")))
    return tuple(entries)
