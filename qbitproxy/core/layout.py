"""Where the files of a torrent are wanted, how what stands on disk comes to follow that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from msgspec.structs import replace

from qbitproxy.core.release import ContentRules, F, folder_name, placed_paths
from qbitproxy.core.torrent import (
    Confirming,
    Content,
    Fetching,
    FileWish,
    Layout,
    PlacedFile,
    Placing,
    Ready,
    Round,
    Torrent,
    TorrentFile,
    content_path,
)

NOT_WANTED = 0
"""The priority of a file that is not wanted. Source: qBittorrent 4.6.7, bittorrent/downloadpriority.h."""

ASIDE = ".qbitproxy-aside"
"""How the names begin that files have while they make way for each other."""


def wishes_of(torrent: Torrent) -> dict[str, FileWish]:
    """What clients want of the files that they said something of, by the torrent's name for each."""
    return {wish.path: wish for wish in torrent.layout.files}


def with_wishes(torrent: Torrent, wishes: Collection[FileWish]) -> tuple[FileWish, ...]:
    """What clients want of all files once `wishes` are among it."""
    return tuple((wishes_of(torrent) | {wish.path: wish for wish in wishes}).values())


def skipped(torrent: Torrent) -> frozenset[str]:
    """The paths of the files that clients do not want."""
    return frozenset(wish.path for wish in torrent.layout.files if wish.priority == NOT_WANTED)


def chosen(torrent: Torrent) -> frozenset[str]:
    """The paths of the files that clients want whatever the rules say."""
    return frozenset(wish.path for wish in torrent.layout.files if wish.priority)


def wants_nothing(torrent: Torrent) -> bool:
    """Whether clients want none of the files that are known: it is not to be finished then."""
    gone = skipped(torrent)
    return bool(gone and torrent.files) and all(file.path in gone for file in torrent.files)


def selecting(torrent: Torrent, rules: ContentRules) -> ContentRules:
    """`rules` for a provider that selects files: what clients do not want is not fetched."""
    if not torrent.layout.files:
        return rules
    return replace(rules, chosen=chosen(torrent), skipped=skipped(torrent))


def collecting(torrent: Torrent, rules: ContentRules) -> ContentRules:
    """`rules` for what a provider holds: what clients do not want now they may want later."""
    return replace(rules, chosen=chosen(torrent)) if torrent.layout.files else rules


def kept(torrent: Torrent, files: Sequence[F]) -> list[F]:
    """Those of `files` that clients did not skip."""
    gone = skipped(torrent)
    return [file for file in files if file.path not in gone] if gone else list(files)


def names(torrent: Torrent, files: Sequence[F]) -> dict[str, PurePosixPath]:
    """Where each of `files`, by its path, is wanted below the content's folder. Raises UnsafePath."""
    own = {file.path: str(place) for file, place in placed_paths(files)}
    places = {wish.path: wish.place for wish in torrent.layout.files if wish.place}
    if not places:
        return {path: PurePosixPath(place) for path, place in own.items()}
    wished = [TorrentFile(places.get(path) or place, 0) for path, place in own.items()]
    return {path: place for path, (_, place) in zip(own, placed_paths(wished), strict=True)}


def wanted_places(torrent: Torrent, files: Sequence[F]) -> list[tuple[F, PurePosixPath]]:
    """Each of `files` that clients did not skip with the place it is wanted at. Raises UnsafePath."""
    if not torrent.layout.files:
        return placed_paths(files)
    places = names(torrent, files)
    return [(file, places[file.path]) for file in kept(torrent, files)]


def folder_of(torrent: Torrent) -> str:
    """The folder that the content is wanted in, below the save path, unless somebody else has it."""
    own = PurePosixPath(content_path(torrent)).name
    return torrent.layout.folder or own or folder_name(torrent.name or torrent.infohash, torrent.files)


def expected_path(torrent: Torrent) -> str:
    """Where the content is, or will be: never the save path itself."""
    placed = content_path(torrent)
    if placed and not is_due(torrent):
        return placed
    return f"{torrent.save_path.rstrip('/')}/{folder_of(torrent)}"


def standing(torrent: Torrent) -> Content | None:
    """What stands on disk, None for nothing."""
    match torrent.phase:
        case Confirming(files=files, content_path=path) | Ready(files=files, content_path=path) if (
            torrent.content is None
        ):
            places = ((file.path, str(place)) for file, place in placed_paths(files))
            return Content(path, tuple(PlacedFile(own, at) for own, at in places), 0)
        case _:
            return torrent.content


def is_due(torrent: Torrent) -> bool:
    """Whether what stands does not follow the layout, or is being changed."""
    if torrent.round is not None:
        return True
    if torrent.content is not None:
        return torrent.content.revision != torrent.layout.revision
    return torrent.layout.revision > 0 and isinstance(torrent.phase, Confirming | Ready)


def is_lacking(torrent: Torrent, content: Content) -> bool:
    """Whether something that is wanted does not stand, or nothing does."""
    match torrent.phase:
        case Placing(files=files) | Confirming(files=files) | Ready(files=files):
            wanted = {file.path for file in kept(torrent, files)} | chosen(torrent)
            return not content.places or not wanted <= {file.path for file in content.places}
        case _:
            return False


def laid_out(torrent: Torrent, folder: str, files: tuple[FileWish, ...]) -> Torrent:
    """The torrent once clients want its content to lie like this."""
    revision = torrent.layout.revision + 1
    return replace(torrent, layout=Layout(folder=folder, files=files, revision=revision))


def relocated(torrent: Torrent, save_path: str) -> Torrent:
    """The torrent once it is wanted below `save_path`: the content follows in its own time."""
    if save_path == torrent.save_path:
        return torrent
    former = tuple(path for path in (*torrent.former, torrent.save_path) if path != save_path)
    moving = replace(torrent, save_path=save_path, former=former)
    return laid_out(moving, torrent.layout.folder, torrent.layout.files)


def standing_at(torrent: Torrent, content: Content | None) -> Torrent:
    """The torrent once this stands; None for what is where the phase says, each file at its own path."""
    standing_now = replace(torrent, content=content, round=None)
    return standing_now if is_due(standing_now) else replace(standing_now, former=())


def arranged(torrent: Torrent, done: Round, at: datetime) -> Torrent:
    """The torrent once a round is done; what is wanted besides is asked of the provider again."""
    content = Content(done.home, done.places, done.revision)
    match torrent.phase:
        case Confirming() | Ready() as phase:
            torrent = standing_at(replace(torrent, phase=replace(phase, content_path=content.path)), content)
            if not is_due(torrent) and is_lacking(torrent, content):
                return replace(torrent, phase=Fetching(phase.remote, at), check_asked=False)
            return torrent
        case _:
            return replace(torrent, content=content, round=None)


def next_round(torrent: Torrent, content: Content, home: str) -> Round:
    """What brings `content`, which stands, nearer to the layout, in the end into the folder `home`.

    Raises UnsafePath.
    """
    files = torrent.phase.files if isinstance(torrent.phase, Placing | Confirming | Ready) else ()
    wished = {file.path: str(place) for file, place in wanted_places(torrent, files)}
    stays = tuple(file for file in content.places if file.path in wished)
    if len(stays) < len(content.places):
        gone = tuple(file.at for file in content.places if file.path not in wished)
        return Round(home=content.path, gone=gone, places=stays, revision=content.revision)
    moving = {file.path: file.at for file in stays if file.at != wished[file.path]}
    blocking = _blocking(moving.values(), [wished[path] for path in moving])
    aside = {
        path: f"{ASIDE}-{torrent.layout.revision}-{number}"
        for number, (path, at) in enumerate(moving.items())
        if at in blocking
    }
    goals = {file.path: aside.get(file.path, file.at) for file in stays} if aside else wished
    to_home = home != content.path and not aside
    return Round(
        home=content.path if aside else home,
        moves=tuple((file.at, goals[file.path]) for file in stays if to_home or goals[file.path] != file.at),
        places=tuple(PlacedFile(file.path, goals[file.path]) for file in stays),
        revision=content.revision if aside else torrent.layout.revision,
    )


def _blocking(sources: Collection[str], goals: Collection[str]) -> set[str]:
    """The sources that are in the way of a goal: the same path, or one leads through the other."""
    above = {folder for goal in goals for folder in _above(goal)}
    reached = {*goals}
    return {at for at in sources if at in reached or at in above or not reached.isdisjoint(_above(at))}


def _above(path: str) -> Iterator[str]:
    return (str(folder) for folder in PurePosixPath(path).parents if folder.name)
