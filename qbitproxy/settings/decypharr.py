"""The settings that a config.json of Decypharr comes to.

Source: Decypharr v1.1.6 (2025-10-27) and v2.4, internal/config/*.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from qbitproxy.settings.peers import ArrKind
from qbitproxy.settings.reading import Place, Reading
from qbitproxy.settings.schema import Settings

Document = dict[str, Any]


class Counterpart(Struct, frozen=True):
    """What stands for one key of theirs."""

    theirs: str  # "debrids[].api_key": of each of a list
    ours: str  # "" for nothing
    why: str = ""  # what differs, or why there is nothing
    read: Callable[[Any], Any] = lambda value: value  # their value -> ours, None to leave it out


class Converted(Struct, frozen=True):
    """What a file comes to."""

    settings: Settings
    notes: list[str]  # keys that nothing stands for, and what has to be looked at


def _rate(value: Any) -> int | None:
    """ "250/minute" as so many per minute."""
    found = re.fullmatch(r"\s*([0-9]+)\s*/\s*(second|sec|s|minute|min|m|hour|hr|h)\s*", str(value))
    if found is None:
        return None
    count, unit = int(found[1]), found[2][0]
    return max(count * 60 if unit == "s" else count // 60 if unit == "h" else count, 1)


def _number(value: Any) -> Any:
    return int(value) if str(value).isdecimal() else value


def _always(value: Any) -> str | None:
    return "always" if value else None


def _denied(value: Any) -> bool:
    return not value


def _level(value: Any) -> str:
    return {"trace": "debug", "warn": "warning"}.get(str(value), str(value))


def _one(value: Any) -> list[Any] | None:
    return [value] if value else None


COUNTERPARTS = (
    Counterpart("bind_address", "server.host"),
    Counterpart("port", "server.port", read=_number),
    Counterpart("url_base", "server.url_base", read=lambda value: str(value).rstrip("/")),
    Counterpart("log_level", "log.level", "`trace` is `debug`", _level),
    Counterpart("use_auth", "", "always on"),
    Counterpart("allowed_file_types", "", "`files.extensions`, by kind of Arr"),
    Counterpart("min_file_size", "files.minimum_size"),
    Counterpart("max_file_size", "files.maximum_size"),
    Counterpart("discord_webhook_url", "notifications.discord.url"),
    Counterpart("notifications.webhook_url", "notifications.discord.url"),
    Counterpart("callback_url", "webhooks.callback_url"),
    Counterpart("notifications.callback_url", "webhooks.callback_url"),
    Counterpart("remove_stalled_after", "fetching.stall_patience"),
    Counterpart("download_folder", "files.download_root"),
    Counterpart("qbittorrent.download_folder", "files.download_root"),
    Counterpart("max_active_downloads", "files.parallel_downloads"),
    Counterpart("qbittorrent.max_downloads", "files.parallel_downloads"),
    Counterpart("always_rm_tracker_urls", "files.strip_trackers", "`always`", _always),
    Counterpart("qbittorrent.always_rm_tracker_urls", "files.strip_trackers", "`always`", _always),
    Counterpart("default_download_action", "files.default_action"),
    Counterpart("skip_multi_season", "files.split_seasons", "the opposite", _denied),
    Counterpart("allow_samples", "files.skip_samples", "the opposite", _denied),
    Counterpart("categories", "", "each comes with its first torrent"),
    Counterpart("qbittorrent.categories", "", "each comes with its first torrent"),
    Counterpart("qbittorrent.username", "", "the account has a name of its own"),
    Counterpart("qbittorrent.password", "", "nothing reads it there"),
    Counterpart("qbittorrent.refresh_interval", "", "`poll` of each provider"),
    Counterpart("debrids[].api_key", "providers.NAME.api_key"),
    Counterpart("debrids[].download_api_keys", "providers.NAME.download_keys", "without `api_key` itself"),
    Counterpart("debrids[].folder", "providers.NAME.mount"),
    Counterpart("debrids[].download_uncached", "providers.NAME.uncached"),
    Counterpart("debrids[].rate_limit", "providers.NAME.requests_per_minute", "a number", _rate),
    Counterpart("debrids[].proxy", "providers.NAME.proxy"),
    Counterpart("debrids[].minimum_free_slot", "providers.NAME.keep_free"),
    Counterpart("arrs[].host", "arrs.NAME.url"),
    Counterpart("arrs[].token", "arrs.NAME.api_key"),
    Counterpart("arrs[].download_uncached", "arrs.NAME.uncached"),
    Counterpart("arrs[].selected_debrid", "arrs.NAME.providers", "a list", _one),
    Counterpart("arrs[].cleanup", "", "a release that nobody serves is reported to its Arr"),
    Counterpart("arrs[].skip_repair", "arrs.NAME.skip_repair"),
    Counterpart("repair.enabled", "", "`repair.schedule` is empty where it is off"),
    Counterpart("repair.interval", "repair.schedule"),
    Counterpart("repair.auto_process", "repair.auto_process"),
    Counterpart("repair.strategy", "repair.strategy"),
    Counterpart("repair.workers", "", "calls go behind everybody who waits, at the pace of each service"),
    Counterpart("repair.zurg_url", "", "what a mount shows is looked at through the mount"),
    Counterpart("repair.use_webdav", "", "what a mount shows is looked at through the mount"),
    Counterpart("webdav", "", "nothing is mounted here: zurg, rclone or the like does it"),
    Counterpart("rclone", "", "nothing is mounted here: zurg, rclone or the like does it"),
    Counterpart("mount", "", "nothing is mounted here: zurg, rclone or the like does it"),
    Counterpart("usenet", "", "torrents only"),
)
KINDS = {"debrids": "provider", "arrs": "type"}
"""The lists of theirs that are tables of ours -> the key that says what each is."""


def converted(theirs: Mapping[str, Any]) -> Converted:
    """`theirs` in our words; what does not fit is left out with a note."""
    document: Document = {}
    notes: list[str] = []
    for path, value in _leaves(theirs, document, notes):
        known = _counterpart(path[0])
        if known is None or not known.ours:
            if value not in (None, "", [], {}, False):
                notes.append(f"{path[0]}: {known.why if known else 'there is nothing like it here'}")
        elif value not in (None, "", []) and (read := known.read(value)) is not None:
            _put(document, known.ours.replace("NAME", path[1]), read)
    _without_main_keys(document)
    _without_idle_schedule(theirs, document)
    reading = Reading()
    settings: Settings = reading.section(Settings, document, Place())
    return Converted(settings, [*notes, *map(str, reading.problems)])


def counterparts_table() -> str:
    """The counterparts as the table of docs/migrating-from-decypharr.md."""
    rows = [f"| `{c.theirs}` | {f'`{c.ours}`' if c.ours else ''} | {c.why} |" for c in COUNTERPARTS]
    return "\n".join(["| Decypharr's `config.json` | Here | |", "| --- | --- | --- |", *rows])


def _leaves(
    theirs: Mapping[str, Any], document: Document, notes: list[str], before: str = ""
) -> Iterator[tuple[tuple[str, str], Any]]:
    """Every value with its path, then the name of the table it belongs to; tables are begun on the way."""
    for key, value in theirs.items():
        path = f"{before}{key}"
        if _counterpart(path) is not None:
            yield (path, ""), value
        elif path in KINDS and isinstance(value, list):
            for row in value:
                yield from _row(path, row, document, notes)
        elif isinstance(value, dict):
            yield from _leaves(value, document, notes, f"{path}.")
        else:
            yield (path, ""), value


def _row(table: str, row: Any, document: Document, notes: list[str]) -> Iterator[tuple[tuple[str, str], Any]]:
    if not isinstance(row, dict):
        notes.append(f"{table}[]: there is something that is no table")
        return
    name = re.sub(r"[^a-z0-9_-]+", "-", str(row.get("name", "")).lower()).strip("-_")
    kind = str(row.get(KINDS[table]) or "") or name
    if table == "arrs":
        kind = next((str(each) for each in ArrKind if each in (kind, name) or each in name), "")
    if not name or not kind:
        notes.append(f"{table}[]: {row.get('name', '')!r} is none that is known here")
        return
    here = {"kind": kind, "category": row["name"]} if table == "arrs" else {"kind": kind}
    _put(document, f"{'providers' if table == 'debrids' else 'arrs'}.{name}", here)
    for key, value in row.items():
        if key not in ("name", KINDS[table], "source"):
            yield (f"{table}[].{key}", name), value


def _counterpart(path: str) -> Counterpart | None:
    return next((each for each in COUNTERPARTS if each.theirs == path), None)


def _put(document: Document, path: str, value: Any) -> None:
    *folders, name = path.split(".")
    for folder in folders:
        document = document.setdefault(folder, {})
    document[name] = value


def _without_idle_schedule(theirs: Mapping[str, Any], document: Document) -> None:
    """An interval of theirs means nothing while repair is off."""
    repair = theirs.get("repair")
    if isinstance(repair, dict) and not repair.get("enabled"):
        document.get("repair", {}).pop("schedule", None)


def _without_main_keys(document: Document) -> None:
    """Source: v1.1.6 writes the main key among the keys for downloads."""
    for provider in document.get("providers", {}).values():
        keys = [key for key in provider.pop("download_keys", []) if key != provider.get("api_key")]
        if keys:
            provider["download_keys"] = keys
