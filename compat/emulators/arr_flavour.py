"""What sets one Arr release apart from another.

Source: Sonarr develop 97d24acf0, Sonarr v5-develop 49df353fa, Radarr develop 1b9662d58, Lidarr develop
0501e6156, Readarr develop 4fb62c072, Whisparr develop a85a59122 (NzbDrone.Core: Download/Clients/QBittorrent,
MediaFiles/MediaFileExtensions), read 2026-08.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


def _suffixes(words: str) -> frozenset[str]:
    return frozenset(f".{word}" for word in words.split())


VIDEO = _suffixes(
    "webm m4v 3gp nsv ty strm rm rmvb m3u ifo mov qt divx xvid bivx nrg pva wmv asf asx ogm ogv m2v avi bin "
    "dat dvr-ms mpg mpeg mp4 avc vp3 svq3 nuv viv dv fli flv wpl img iso vob mkv ts wtv m2ts"
)
AUDIO = _suffixes("mp2 mp3 m4a m4b m4p ogg oga opus wma wav wv flac ape aif aiff aifc")
BOOK = _suffixes(
    "epub kepub mobi azw3 pdf flac ape wavpack wav alac mp2 mp3 wma m4a m4p m4b aac mp4a ogg oga vorbis"
)


class InitialState(Enum):
    """How the Arr asks the client to begin; the values are those of its own API."""

    START = 0
    FORCE_START = 1
    STOP = 2


class Authorization(Enum):
    """What the Arr puts into the Authorization header of its ordinary calls."""

    BASIC = "Basic on every call"
    NONE = "nothing, or a Bearer key when one is set"
    BASIC_OR_KEY = "Basic, or a Bearer key when one is set"


@dataclass(frozen=True)
class Medium:
    """What the Arr collects: the words of its API, the integers of its history."""

    owner: str  # "series": whom a queue record belongs to
    part: str  # "episode": what one record stands for; "" where the owner is the whole
    imported: str  # the history event of one imported file
    events: dict[str, int]
    scan: str  # the command that imports a folder
    file: str  # "episodefile": where files are listed
    file_word: str  # "episodeFile": how files are called elsewhere
    deleted: str  # the history event of a file that went
    renamed: str  # the history event of a file with another name
    unmonitor: str  # the setting that ends the monitoring of what was deleted
    per_part: bool = False  # a pack is a queue record, a history record for each part
    wants_all: bool = False  # a pack with a file missing is not imported as a whole
    dates_downloads: bool = True  # the queue says since when it has them

    @property
    def file_id(self) -> str:
        """How a file is referred to."""
        return f"{self.file_word}Id"

    @property
    def is_video(self) -> bool:
        """Whether it is watched: records tell its languages, files the path below their owner."""
        return self.owner in ("series", "movie")


SERIES = Medium(
    "series",
    "episode",
    "downloadFolderImported",
    {
        "grabbed": 1,
        "downloadFolderImported": 3,
        "downloadFailed": 4,
        "episodeFileDeleted": 5,
        "episodeFileRenamed": 6,
        "downloadIgnored": 7,
    },
    "DownloadedEpisodesScan",
    "episodefile",
    "episodeFile",
    "episodeFileDeleted",
    "episodeFileRenamed",
    "autoUnmonitorPreviouslyDownloadedEpisodes",
    per_part=True,
    wants_all=True,
)
MOVIE = Medium(
    "movie",
    "",
    "downloadFolderImported",
    {
        "grabbed": 1,
        "downloadFolderImported": 3,
        "downloadFailed": 4,
        "movieFileDeleted": 6,
        "movieFileRenamed": 8,
        "downloadIgnored": 9,
    },
    "DownloadedMoviesScan",
    "moviefile",
    "movieFile",
    "movieFileDeleted",
    "movieFileRenamed",
    "autoUnmonitorPreviouslyDownloadedMovies",
)
ARTIST = Medium(
    "artist",
    "album",
    "trackFileImported",
    {
        "grabbed": 1,
        "trackFileImported": 3,
        "downloadFailed": 4,
        "trackFileDeleted": 5,
        "trackFileRenamed": 6,
        "albumImportIncomplete": 7,
        "downloadImported": 8,
        "downloadIgnored": 10,
    },
    "DownloadedAlbumsScan",
    "trackfile",
    "trackFile",
    "trackFileDeleted",
    "trackFileRenamed",
    "autoUnmonitorPreviouslyDownloadedTracks",
    wants_all=True,
)
AUTHOR = Medium(
    "author",
    "book",
    "bookFileImported",
    {
        "grabbed": 1,
        "bookFileImported": 3,
        "downloadFailed": 4,
        "bookFileDeleted": 5,
        "bookFileRenamed": 6,
        "bookImportIncomplete": 7,
        "downloadImported": 8,
        "downloadIgnored": 10,
    },
    "DownloadedBooksScan",
    "bookfile",
    "bookFile",
    "bookFileDeleted",
    "bookFileRenamed",
    "autoUnmonitorPreviouslyDownloadedBooks",
    dates_downloads=False,
)


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """One Arr in one release. The defaults are those of the newest releases."""

    name: str
    version: str  # where no behaviour hangs on the build number, that part is made up
    api: str  # "v3": the current version of its REST API
    deprecated_apis: tuple[str, ...] = ()
    medium: Medium
    category: str  # what a new download client is set to
    field_stem: str  # the word before "Category", "ImportedCategory" in its client settings
    priority_stem: str = ""  # the word after "recent" and "older"; the field stem capitalised when empty
    media: frozenset[str] = VIDEO  # suffixes with their dot, lower case
    authorization: Authorization = Authorization.BASIC
    exact_ok: bool = False  # a login answer other than "Ok." is a failure, the empty one too
    sends_stopped: bool = True  # `stopped` instead of `paused` from Web API 2.11.0 on
    knows_stopped: bool = True  # reads stoppedUP, stoppedDL
    knows_forced_meta: bool = True  # reads forcedMetaDL
    knows_inactive_limit: bool = True  # reads last_activity, inactive_seeding_time_limit
    knows_content_layout: bool = True  # has a setting for it
    ratio_slack: float = 0.001  # how far below its limit a ratio counts as reached
    setting_gates_removal: bool = True  # "remove completed" also decides whether files may be moved
    forgives_long_seeding: bool = True  # the connection test lets a client remove after 14 days of seeding
    import_failure_is_final: bool = False
    knows_blocked: bool = True  # has a state for what a person has to look at
    history_knows_files: bool = True  # the row of an import says which file came of it
    refusal_waits: bool = False  # a refused add counts as "client unavailable": the release stays pending

    @property
    def user_agent(self) -> str:
        """The header by which every Arr can be told."""
        return f"{self.name}/{self.version} (ubuntu 22.04)"

    @property
    def knows_api_key(self) -> bool:
        """The client settings have a field for a Web API key."""
        return self.authorization is not Authorization.BASIC

    @property
    def category_fields(self) -> tuple[str, str]:
        """Names of the category, of the post-import category in the client settings."""
        return f"{self.field_stem}Category", f"{self.field_stem}ImportedCategory"

    @property
    def priority_fields(self) -> tuple[str, str]:
        """Names of the priority for recent, for older media in the client settings."""
        stem = self.priority_stem or self.field_stem.capitalize()
        return f"recent{stem}Priority", f"older{stem}Priority"
