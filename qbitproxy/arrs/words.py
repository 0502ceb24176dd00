"""What each kind of Arr calls the same things.

Source: Sonarr develop 97d24acf0, Radarr develop 1b9662d58, Lidarr develop 0501e6156, Readarr develop
4fb62c072: their controllers and commands under src/*.Api.V* and src/NzbDrone.Core, read 2026-08.
"""

from __future__ import annotations

from msgspec import Struct


class Words(Struct, frozen=True, kw_only=True):
    """The words of one kind of Arr."""

    owner: str  # whom a file belongs to; so are its list and its history called: "movie", "history/movie"
    files: str = ""  # where files are listed and deleted; listed apart, or within their owners
    catalogue: str = ""  # whose numbers find an owner: "tvdb", "tmdb"
    inside: bool = False  # the owners' list holds their files, one each
    part: str = ""  # what a file holds; "" where it is the owner itself
    monitor: str  # where parts are monitored
    search: str  # the command that looks for parts
    part_ids: str  # under which name both are told of them
    unknown: str  # makes the queue show downloads for nobody
    events: tuple[str, ...]  # what a webhook is to be told of

    @property
    def owner_id(self) -> str:
        """How everything else refers to an owner."""
        return f"{self.owner}Id"


_EVERYWHERE = ("onUpgrade", "onRename")

SERIES = Words(
    owner="series",
    catalogue="tvdb",
    files="episodefile",
    part="episode",
    monitor="episode/monitor",
    search="EpisodeSearch",
    part_ids="episodeIds",
    unknown="includeUnknownSeriesItems",
    events=(
        *_EVERYWHERE,
        "onDownload",
        "onSeriesDelete",
        "onEpisodeFileDelete",
        "onEpisodeFileDeleteForUpgrade",
    ),
)
MOVIES = Words(
    owner="movie",
    catalogue="tmdb",
    files="moviefile",
    inside=True,
    monitor="movie/editor",
    search="MoviesSearch",
    part_ids="movieIds",
    unknown="includeUnknownMovieItems",
    events=(
        *_EVERYWHERE,
        "onDownload",
        "onMovieDelete",
        "onMovieFileDelete",
        "onMovieFileDeleteForUpgrade",
    ),
)
ARTISTS = Words(
    owner="artist",
    files="trackfile",
    part="album",
    monitor="album/monitor",
    search="AlbumSearch",
    part_ids="albumIds",
    unknown="includeUnknownArtistItems",
    events=(*_EVERYWHERE, "onReleaseImport", "onTrackRetag", "onArtistDelete", "onAlbumDelete"),
)
AUTHORS = Words(
    owner="author",
    files="bookfile",
    part="book",
    monitor="book/monitor",
    search="BookSearch",
    part_ids="bookIds",
    unknown="includeUnknownAuthorItems",
    events=(
        *_EVERYWHERE,
        "onReleaseImport",
        "onBookRetag",
        "onAuthorDelete",
        "onBookDelete",
        "onBookFileDelete",
        "onBookFileDeleteForUpgrade",
    ),
)
