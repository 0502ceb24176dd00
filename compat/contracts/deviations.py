"""Where an Arr does otherwise than its published interface says, each with the reason.

Source: Sonarr develop 97d24acf0, Radarr develop 1b9662d58, Lidarr develop 0501e6156, Readarr develop
4fb62c072 (resources, controllers, the serialiser), read 2026-08: all newer than what is published of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from compat.contracts.judge import Contract, Operation, published


class Deviation(Struct, frozen=True):
    """One difference. Of an enumeration `word` holds what comes on top of the published values."""

    place: str  # a type, "Type.member", "GET /path?parameter", or "GET /path" for what it answers
    word: str
    why: str


_EVERYWHERE = (
    Deviation("TimeSpan", "string", "a duration is written as text: 1.03:00:00"),
    Deviation("HttpUri", "string", "an address is written as text"),
)
_NEWER = "came after the interface was published"
_OWN = "a command's own members stand beside its name, and come back with it"
_READ = "lists in pages read it from the query by themselves"
_OUTSIDE = "is served beside the published interface, to find out what there is"

DEVIATIONS: Mapping[str, tuple[Deviation, ...]] = MappingProxyType(
    {
        "lidarr": (
            Deviation("Command.albumIds", "array integer", _OWN),
            Deviation("CommandResource.albumIds", "array integer", _OWN),
        ),
        "radarr": (
            *_EVERYWHERE,
            Deviation("GET /api", "object", _OUTSIDE),
            Deviation("GET /ping", "object", _OUTSIDE),
            Deviation("GET /api/v3/queue?page", "integer", _READ),
            Deviation("GET /api/v3/queue?pageSize", "integer", _READ),
            Deviation("GET /api/v3/movie?excludeLocalCovers", "boolean", _NEWER),
            Deviation("DELETE /api/v3/queue/{id}?skipRedownload", "boolean", _NEWER),
            Deviation("Command.movieIds", "array integer", _OWN),
            Deviation("CommandResource.movieIds", "array integer", _OWN),
            Deviation("CommandResource.result", "enum unknown|successful|unsuccessful", _NEWER),
            Deviation(
                "DownloadClientConfigResource.autoRedownloadFailedFromInteractiveSearch", "boolean", _NEWER
            ),
            Deviation("MovieResource.movieFileId", "integer", _NEWER),
            Deviation("NotificationResource.onHealthRestored", "boolean", _NEWER),
            Deviation("NotificationResource.onManualInteractionRequired", "boolean", _NEWER),
            Deviation("NotificationResource.onMovieAdded", "boolean", _NEWER),
            Deviation("QueueResource.added", "date", _NEWER),
            Deviation("QueueResource.customFormatScore", "integer", _NEWER),
            Deviation("QueueResource.downloadClientHasPostImportCategory", "boolean", _NEWER),
            Deviation("QueueResource.trackedDownloadState", "enum importBlocked", _NEWER),
            Deviation("UnmappedFolder.relativePath", "string", _NEWER),
        ),
        "readarr": (
            *_EVERYWHERE,
            Deviation("GET /api/v1/queue?page", "integer", _READ),
            Deviation("GET /api/v1/queue?pageSize", "integer", _READ),
            Deviation("DELETE /api/v1/queue/{id}?skipRedownload", "boolean", _NEWER),
            Deviation("Command.bookIds", "array integer", _OWN),
            Deviation("CommandResource.bookIds", "array integer", _OWN),
            Deviation("CommandResource.result", "enum unknown|successful|unsuccessful", _NEWER),
            Deviation(
                "DownloadClientConfigResource.autoRedownloadFailedFromInteractiveSearch", "boolean", _NEWER
            ),
            Deviation("DownloadClientResource.removeCompletedDownloads", "boolean", _NEWER),
            Deviation("DownloadClientResource.removeFailedDownloads", "boolean", _NEWER),
            Deviation("NotificationResource.onAuthorAdded", "boolean", _NEWER),
            Deviation("QueueResource.customFormatScore", "integer", _NEWER),
            Deviation("QueueResource.downloadClientHasPostImportCategory", "boolean", _NEWER),
        ),
        "sonarr": (
            *_EVERYWHERE,
            Deviation("CommandResource.episodeIds", "array integer", _OWN),
            Deviation("Command.episodeIds", "array integer", _OWN),
            Deviation("NotificationResource.onImportComplete", "boolean", _NEWER),
            Deviation("QueueResource.added", "date", _NEWER),
            Deviation("QueueResource.downloadClientHasPostImportCategory", "boolean", _NEWER),
            Deviation("QueueResource.trackedDownloadState", "enum importBlocked", _NEWER),
        ),
    }
)
"""The differences of each Arr."""


def real(name: str) -> Contract:
    """The contract of one Arr as it is kept: what was published, with the differences."""
    contract = published(name)
    for deviation in DEVIATIONS.get(name, ()):
        contract = amended(contract, deviation)
    return contract


def amended(contract: Contract, deviation: Deviation) -> Contract:
    """The contract with one difference more."""
    place, _, parameter = deviation.place.partition("?")
    if parameter:
        operation = contract.operations[place]
        query = operation.query | {parameter: _joined(operation.query.get(parameter), deviation.word)}
        return replace(contract, operations=contract.operations | {place: replace(operation, query=query)})
    if " " in place:
        operation = contract.operations.get(place, Operation({}, "", ""))
        changed = replace(operation, answer=deviation.word)
        return replace(contract, operations=contract.operations | {place: changed})
    name, _, member = place.partition(".")
    if not member:
        return replace(contract, stands_for=contract.stands_for | {name: deviation.word})
    members = contract.types[name]
    members = members | {member: _joined(members.get(member), deviation.word)}
    return replace(contract, types=contract.types | {name: members})


def _joined(published: str | None, word: str) -> str:
    if published and published.startswith("enum ") and word.startswith("enum "):
        values = [*published.removeprefix("enum ").split("|"), *word.removeprefix("enum ").split("|")]
        return "enum " + "|".join(dict.fromkeys(values))
    return word
