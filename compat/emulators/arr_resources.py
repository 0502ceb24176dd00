"""The JSON shapes of an Arr's REST API.

Source: Sonarr develop 97d24acf0 (src/Sonarr.Api.V3), Sonarr v5-develop 49df353fa (src/Sonarr.Api.V5), read
2026-08; Readarr develop 2142a602b (CommandResource.cs), read 2026-11. Members that are null are left out, as
the Arr's serialiser does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from aiohttp import web

from compat.emulators.arr_check import Ailment, Failure
from compat.emulators.arr_flavour import Medium
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_records import BlocklistRecord, Command, HistoryRecord, Tracked, record_id
from compat.emulators.arr_settings import ClientSettings, Json

QUALITY = {
    "quality": {"id": 3, "name": "WEBDL-1080p"},
    "revision": {"version": 1, "real": 0, "isRepack": False},
}
LANGUAGES = [{"id": 1, "name": "English"}]
UNAVAILABLE = "downloadClientUnavailable"
HUMP = re.compile(r"(?<!^)(?=[A-Z])")


def answer(value: object, *, status: int = 200) -> web.Response:
    """Return JSON as an Arr writes it: indented, no null member."""
    return web.json_response(_without_nulls(value), status=status, dumps=lambda it: json.dumps(it, indent=2))


def time_of(at: float | None) -> str | None:
    """Write unix seconds as UTC with a "Z"."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(left: timedelta | None) -> str | None:
    """Write a duration as .NET's TimeSpan does: "1.03:00:00"."""
    if left is None:
        return None
    hours, rest = divmod(left.seconds, 3600)
    return (f"{left.days}." if left.days else "") + f"{hours:02}:{rest // 60:02}:{rest % 60:02}"


def queue_records(download: Tracked, medium: Medium, settings: ClientSettings, now: float) -> Iterator[Json]:
    """Yield what the queue shows of one download: a record for each episode, or one."""
    left = download.listed.time_left
    for part in download.parts:
        yield {
            **(_owned(medium, download.grab.wanted.owner, part) if download.grab else {}),
            "languages": LANGUAGES if medium.is_video else None,
            "quality": QUALITY,
            "customFormats": [],
            "customFormatScore": 0,
            "size": download.size,
            "title": download.title,
            "sizeleft": download.sizeleft,
            "timeleft": span(left),
            "estimatedCompletionTime": time_of(now + left.total_seconds()) if left is not None else None,
            "added": time_of(download.added) if medium.dates_downloads else None,
            "status": download.status,
            "trackedDownloadStatus": "warning" if download.messages else "ok",
            "trackedDownloadState": download.state,
            "statusMessages": [{"title": it.name, "messages": [it.reason]} for it in download.messages],
            "errorMessage": download.listed.message or None,
            "downloadId": download.download_id,
            "protocol": "torrent",
            "downloadClient": settings.name,
            "downloadClientHasPostImportCategory": bool(settings.post_import_category),
            "indexer": "Bench" if download.grab else None,
            "outputPath": download.output_path or None,
            "id": download.record_id(part),
        }


def queue_v5(download: Tracked, medium: Medium, settings: ClientSettings, now: float) -> Json:
    """Return the one record that API version 5 shows of a download."""
    record = next(queue_records(download, medium, settings, now))
    for gone in ("episodeId", "seasonNumber"):
        record.pop(gone, None)
    parts = download.grab.wanted.parts if download.grab else []
    record |= {"sizeLeft": record.pop("sizeleft"), "timeLeft": record.pop("timeleft")}
    return record | {
        "episodeIds": list(parts),
        "seasonNumbers": [1] if parts else [],
        "isFullSeason": len(parts) > 1,
        "id": record_id(download.download_id, None),
    }


def pending_record(offer: Offer, owner: int, medium: Medium, now: float) -> Json:
    """Return how a release shows in the queue that waits for the client: without a download id."""
    size = sum(offer.files.values())
    return {
        "languages": LANGUAGES if medium.is_video else None,
        "quality": QUALITY,
        "size": size,
        "sizeleft": size,
        "title": offer.title,
        "added": time_of(now) if medium.dates_downloads else None,
        "status": UNAVAILABLE,
        "protocol": "torrent",
        "indexer": "Bench",
        "id": record_id(f"pending-{offer.infohash}", owner),
    }


def history_record(record: HistoryRecord, medium: Medium) -> Json:
    """Return one row of the history."""
    return {
        **_owned(medium, record.owner, record.part, season=False),
        "sourceTitle": record.title,
        "languages": LANGUAGES if medium.is_video else None,
        "quality": QUALITY,
        "customFormats": [],
        "date": time_of(record.at),
        "downloadId": record.download_id,
        "eventType": record.event,
        "data": record.facts,
        "id": record.id,
    }


def blocklist_record(record: BlocklistRecord, medium: Medium) -> Json:
    """Return one row of the blocklist."""
    return {
        f"{medium.owner}Id": record.owner,
        **({f"{medium.part}Ids": list(record.parts)} if medium.part else {}),
        "sourceTitle": record.title,
        "date": time_of(record.at),
        "protocol": "torrent",
        "indexer": "Bench",
        "message": record.message,
        "id": record.id,
    }


def command_resource(command: Command) -> Json:
    """Return one command."""
    spent = None if command.ended is None or command.started is None else command.ended - command.started
    return {
        "name": command.name,
        "commandName": HUMP.sub(" ", command.name),
        "message": command.message or None,
        "body": command.body,
        "priority": "normal",
        "status": command.status,
        "result": "successful" if command.ended is not None else "unknown",
        "queued": time_of(command.queued),
        "started": time_of(command.started),
        "ended": time_of(command.ended),
        "duration": span(timedelta(seconds=spent)) if spent is not None else None,
        "trigger": "manual",
        "stateChangeTime": time_of(command.started or command.ended),
        "sendUpdatesToClient": False,
        "updateScheduledTask": True,
        "id": command.id,
    }


def ailment(ailing: Ailment, number: int) -> Json:
    """Return one entry of the health page."""
    return {
        "source": ailing.source,
        "type": ailing.severity,
        "message": ailing.message,
        "wikiUrl": "https://wiki.servarr.com/",
        "id": number,
    }


def failure(failed: Failure) -> Json:
    """Return one member of the array that a 400 for bad settings holds."""
    return {
        "propertyName": failed.setting,
        "errorMessage": failed.message,
        "severity": "warning" if failed.is_warning else "error",
        "isWarning": failed.is_warning,
    }


def _owned(medium: Medium, owner: int, part: int | None, *, season: bool = True) -> Json:
    ids: Json = {f"{medium.owner}Id": owner}
    if medium.part:
        ids[f"{medium.part}Id"] = part
    if medium.per_part and season:
        ids["seasonNumber"] = 1
    return ids


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value
