"""The JSON shapes of an Arr's library.

Source: Sonarr develop 97d24acf0 (SeriesResource.cs, EpisodeResource.cs, EpisodeFileResource.cs), Radarr
develop 1b9662d58 (MovieResource.cs, MovieFileResource.cs), Lidarr develop 0501e6156 (ArtistResource.cs,
AlbumResource.cs, TrackFileResource.cs), Readarr develop 4fb62c072, read 2026-08. Of metadata there is only
what a caller cannot do without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from compat.emulators.arr_resources import LANGUAGES, QUALITY, time_of
from compat.emulators.arr_settings import Json
from compat.emulators.arr_shelf import MediaFile, Owner, Part, Shelf

Seen = Callable[[Path], str]
"""How the Arr calls a real path."""

LONG_AGO = 1_577_836_800.0  # 2020-01-01T00:00:00Z


def owner_resource(owner: Owner, shelf: Shelf, seen: Seen) -> Json:
    """Return a series, movie, artist or author."""
    everywhere: Json = {
        "path": seen(owner.folder),
        "rootFolderPath": f"{seen(shelf.root)}/",
        "qualityProfileId": 1,
        "monitored": owner.monitored,
        "tags": [],
        "genres": [],
        "images": [],
        "added": time_of(LONG_AGO),
        "id": owner.id,
    }
    files = shelf.files_of(owner.id)
    match shelf.medium.owner:
        case "series":
            return everywhere | _series(owner, shelf, files)
        case "movie":
            return everywhere | _movie(owner, shelf, files, seen)
    return everywhere | _collector(owner, shelf, files)


def part_resource(part: Part, shelf: Shelf) -> Json:
    """Return an episode, album or book."""
    everywhere = {
        f"{shelf.medium.owner}Id": part.owner,
        "title": f"{shelf.medium.part.capitalize()} {part.number}",
        "monitored": part.monitored,
        "id": part.id,
    }
    if shelf.medium.part == "episode":
        file = shelf.file_of(part.id)
        return everywhere | {
            "tvdbId": 1000 + part.id,
            "episodeFileId": file,
            "seasonNumber": part.season,
            "episodeNumber": part.number,
            "hasFile": bool(file),
            "unverifiedSceneNumbering": False,
        }
    files = [file for file in shelf.files_of(part.owner) if part.id in file.parts]
    return everywhere | {
        f"foreign{shelf.medium.part.capitalize()}Id": str(part.id),
        "releaseDate": time_of(LONG_AGO),
        "statistics": _counted(shelf, files, [part]),
    }


def file_resource(file: MediaFile, shelf: Shelf, seen: Seen) -> Json:
    """Return an episode file, movie file, track file or book file."""
    resource: Json = {
        f"{shelf.medium.owner}Id": file.owner,
        "path": seen(file.path),
        "size": file.size,
        "dateAdded": time_of(file.added),
        "quality": QUALITY,
        "qualityCutoffNotMet": False,
        "id": file.id,
    }
    match shelf.medium.part:
        case "episode":
            resource["seasonNumber"] = shelf.parts[file.parts[0]].season
        case "album" | "book":
            resource[f"{shelf.medium.part}Id"] = file.parts[0]
    if shelf.medium.is_video:
        resource["relativePath"] = str(file.path.relative_to(shelf.owners[file.owner].folder))
        resource["languages"] = LANGUAGES
    return resource


def _series(owner: Owner, shelf: Shelf, files: Sequence[MediaFile]) -> Json:
    parts = shelf.parts_of(owner.id)
    seasons = {part.season: [one for one in parts if one.season == part.season] for part in parts}
    return {
        "title": owner.title,
        "sortTitle": owner.title.lower(),
        "status": "ended",
        "ended": True,
        "overview": "",
        "seasons": [
            {
                "seasonNumber": number,
                "monitored": True,
                "statistics": _counted(
                    shelf, [one for one in files if shelf.parts[one.parts[0]].season == number], members
                ),
            }
            for number, members in sorted(seasons.items())
        ],
        "year": 2020,
        "seasonFolder": False,
        "seriesType": "standard",
        "tvdbId": 100 + owner.id,
        "titleSlug": str(owner.id),
        "ratings": {"votes": 0, "value": 0},
        "statistics": {"seasonCount": len(seasons)} | _counted(shelf, files, parts),
    }


def _movie(owner: Owner, shelf: Shelf, files: Sequence[MediaFile], seen: Seen) -> Json:
    return {
        "title": owner.title,
        "originalTitle": owner.title,
        "sortTitle": owner.title.lower(),
        "sizeOnDisk": sum(file.size for file in files),
        "status": "released",
        "overview": "",
        "year": 2020,
        "hasFile": bool(files),
        "movieFileId": files[0].id if files else 0,
        "movieFile": file_resource(files[0], shelf, seen) if files else None,
        "minimumAvailability": "released",
        "isAvailable": True,
        "folderName": seen(owner.folder),
        "tmdbId": 100 + owner.id,
        "titleSlug": str(100 + owner.id),
        "ratings": {},
    }


def _collector(owner: Owner, shelf: Shelf, files: Sequence[MediaFile]) -> Json:
    name = f"{shelf.medium.owner}Name"
    return {
        name: owner.title,
        "sortName": owner.title.lower(),
        "status": "ended",
        "ended": True,
        f"foreign{shelf.medium.owner.capitalize()}Id": str(owner.id),
        "metadataProfileId": 1,
        "ratings": {"votes": 0, "value": 0},
        "statistics": _counted(shelf, files, shelf.parts_of(owner.id)),
    }


def _counted(shelf: Shelf, files: Sequence[MediaFile], parts: Sequence[Part]) -> Json:
    """Return statistics: files by the Arr's own name, parts by theirs."""
    word = shelf.medium.file_word
    thing = word.removesuffix("File")
    total = len(parts) if shelf.medium.per_part else max(len(files), len(parts))
    return {
        f"{word}Count": len(files),
        f"{thing}Count": total,
        f"total{thing.capitalize()}Count": total,
        "sizeOnDisk": sum(file.size for file in files),
        f"percentOf{thing.capitalize()}s": 100 * len(files) / total if total else 0,
    }
