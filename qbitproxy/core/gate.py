"""What speaks against telling an Arr that a torrent is good, by its list of files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase

from msgspec import Struct

from qbitproxy.core.numbering import Numbers, numbers
from qbitproxy.core.release import AUDIO, MEDIA, NEVER, VIDEO, SizedFile, is_extra, suffix

DANGEROUS = (NEVER - {"com"}) | {"jar", "pif", "hta", "wsf"}
"""What Arrs refuse and its like. A file called "www.site.com" is an advertisement, no program."""

_VIDEO_KINDS = frozenset({"sonarr", "radarr", "whisparr"})
_ARCHIVE = re.compile(r"7z|bz2|gz|xz|rar|tar|tb2|tbz2|tgz|zip|[rz]\d\d|0\d\d")
"""Suffixes of archives and of their parts. Source: Sonarr v4, FileExtensions: ArchiveExtensions."""

_PASSWORD = re.compile(
    r"passw(?:or)?d|passwort|(?<![^\W_])pwd?(?![^\W_])|mot[ ._]de[ ._]passe|contraseña|парол|密码|解压",
    re.IGNORECASE,
)
_LOCKED = re.compile(r"password(?:ed|[ ._-]?(?:protected|required))", re.IGNORECASE)
_SMALLEST = (  # bytes of the largest video, far below what an anime of three minutes has
    (re.compile(r"(?<![^\W_])(?:2160p|4k|uhd)(?![^\W_])", re.IGNORECASE), 20 << 20),
    (re.compile(r"(?<![^\W_])1080[pi](?![^\W_])", re.IGNORECASE), 5 << 20),
    (re.compile(r"(?<![^\W_])720p(?![^\W_])", re.IGNORECASE), 3 << 20),
    (re.compile(""), 1 << 20),
)
_SMALLEST_TRACK = 64 << 10  # bytes of the longest track
_SHOWN = 5


class Danger(StrEnum):
    """When a program among the files speaks against a torrent."""

    OFF = "off"
    MAIN = "main"  # nothing else is there, or it is larger than the videos
    ANY = "any"


class Flaw(StrEnum):
    """What is wrong with the content of a torrent."""

    MISSING_EPISODES = "missing_episodes"
    DANGEROUS_FILE = "dangerous_file"
    ONLY_ARCHIVED = "only_archived"
    PASSWORD = "password"  # noqa: S105 - the word itself
    LACKS_REQUIRED = "lacks_required"
    TOO_SMALL = "too_small"


class GateRules(Struct, frozen=True, kw_only=True):
    """What is looked at. The defaults object only to what an Arr could not import."""

    episodes: bool = True  # the episodes that the name states are there
    complete_packs: bool = False  # the episodes of a pack are numbered without a hole
    dangerous: Danger = Danger.MAIN
    archives: bool = True  # there is more than an archive
    passwords: bool = True  # no archive that needs a password
    must_contain: tuple[str, ...] = ()  # extensions or patterns, "|" between alternatives; each is needed
    sizes: bool = True  # what is wanted is large enough to be what it says


class Objection(Struct, frozen=True):
    """One thing that speaks against a torrent."""

    reason: Flaw
    detail: str  # for people; names the file


def objections(
    name: str, kind: str, files: Sequence[SizedFile], wanted: Sequence[SizedFile], rules: GateRules
) -> list[Objection]:
    """What speaks against a torrent called `name` for an Arr of `kind`; empty for a good one.

    `files` are all files of the torrent, `wanted` those that would be placed. What is not known, such as
    the size of a file or an episode that its name does not state, never speaks against it.
    """
    main = [file for file in wanted if not is_extra(file)]
    content = [file for file in main if suffix(file.path) in MEDIA]
    archives = [file for file in files if _is_archive(file)]
    found = (
        (rules.episodes and kind == "sonarr", _missing(numbers(name), content)),
        (rules.complete_packs and kind == "sonarr", _incomplete(numbers(name), content)),
        (rules.dangerous is not Danger.OFF, _dangerous(kind, files, main, rules.dangerous)),
        (rules.archives and not content, _archived(archives, wanted)),
        (rules.passwords and not content, _locked(name, files, archives)),
        (True, _lacking(wanted, rules.must_contain)),
        (rules.sizes, _too_small(name, kind, content)),
    )
    return [objection for asked, objecting in found if asked for objection in objecting]


def _missing(stated: Numbers, content: Sequence[SizedFile]) -> Iterator[Objection]:
    """Silent unless every video states episodes of the same season as the release.

    A single video may hold several episodes and be called like the first.
    """
    held = _held(stated, content)
    episodes = frozenset().union(*held)
    missing = stated.episodes - episodes
    if held and missing and (len(held) > 1 or missing == stated.episodes):
        yield _absent(stated, missing, content)


def _incomplete(stated: Numbers, content: Sequence[SizedFile]) -> Iterator[Objection]:
    episodes = frozenset().union(*_held(stated, content))
    if episodes and not stated.episodes:
        missing = frozenset(range(min(episodes), max(episodes))) - episodes
        if missing:
            yield _absent(stated, missing, content)


def _held(stated: Numbers, content: Sequence[SizedFile]) -> list[frozenset[int]]:
    """The episodes of the stated season that each video is called by; nothing when that is not clear."""
    videos = [numbers(_stem(file)) for file in content if suffix(file.path) in VIDEO]
    clear = all(video.episodes and video.seasons == stated.seasons for video in videos)
    return [video.episodes for video in videos] if clear else []


def _absent(stated: Numbers, missing: Collection[int], content: Sequence[SizedFile]) -> Objection:
    (season,) = stated.seasons
    names = [f"S{season:02}E{episode:02}" for episode in sorted(missing)]
    return Objection(Flaw.MISSING_EPISODES, f"{_listed(names)} not among its files: {_paths(content)}")


def _dangerous(
    kind: str, files: Sequence[SizedFile], main: Sequence[SizedFile], danger: Danger
) -> Iterator[Objection]:
    """Music and books may come with large programs, on enhanced discs or beside textbooks."""
    programs = [file for file in files if suffix(file.path) in DANGEROUS]
    outweighed = kind in _VIDEO_KINDS and 0 < _total(main) < _total(programs)
    if programs and (danger is Danger.ANY or not main or outweighed):
        yield Objection(Flaw.DANGEROUS_FILE, f"a program among its files: {_paths(programs)}")


def _archived(archives: Sequence[SizedFile], wanted: Sequence[SizedFile]) -> Iterator[Objection]:
    """A sample beside the archive is no content. Archives that are wanted are unpacked by somebody else."""
    asked_for = any(_is_archive(file) for file in wanted)
    outweighed = not wanted or 0 < _total(wanted) < _total(archives)
    if archives and outweighed and not asked_for:
        yield Objection(Flaw.ONLY_ARCHIVED, f"nothing to import beside an archive: {_paths(archives)}")


def _locked(name: str, files: Sequence[SizedFile], archives: Sequence[SizedFile]) -> Iterator[Objection]:
    hints = [file for file in files if not _is_archive(file) and _PASSWORD.search(_stem(file))]
    says_so = any(_LOCKED.search(text) for text in (name, *(file.path for file in archives)))
    if archives and (hints or says_so):
        yield Objection(Flaw.PASSWORD, f"needs a password: {_paths(hints or archives)}")


def _lacking(wanted: Sequence[SizedFile], patterns: Sequence[str]) -> Iterator[Objection]:
    for pattern in patterns:
        if not any(_fits(file, each) for each in pattern.lower().split("|") for file in wanted):
            held = _paths(wanted) or "nothing"
            yield Objection(
                Flaw.LACKS_REQUIRED, f"no file is {pattern}, which it must contain; it has {held}"
            )


def _too_small(name: str, kind: str, content: Sequence[SizedFile]) -> Iterator[Objection]:
    ours = AUDIO if kind == "lidarr" else VIDEO if kind in _VIDEO_KINDS else frozenset[str]()
    media = [file for file in content if suffix(file.path) in ours]
    largest = max(media, key=lambda file: file.size, default=None)
    if largest is None or not _total(media):
        return
    smallest = _SMALLEST_TRACK
    if kind in _VIDEO_KINDS:
        smallest = next(size for pattern, size in _SMALLEST if pattern.search(f"{name} {largest.path}"))
    if largest.size < smallest:
        yield Objection(
            Flaw.TOO_SMALL,
            f"{largest.path} has {_amount(largest.size)}, at least {_amount(smallest)} expected",
        )


def _fits(file: SizedFile, pattern: str) -> bool:
    path = file.path.lower()
    if not set(pattern) & set("*?["):
        return suffix(path) == pattern.removeprefix(".")
    return fnmatchcase(path, pattern) or fnmatchcase(path.rpartition("/")[2], pattern)


def _is_archive(file: SizedFile) -> bool:
    return _ARCHIVE.fullmatch(suffix(file.path)) is not None


def _stem(file: SizedFile) -> str:
    name = file.path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _total(files: Sequence[SizedFile]) -> int:
    """Bytes of all of them; 0 when one is not known."""
    return sum(file.size for file in files) if all(file.size for file in files) else 0


def _paths(files: Sequence[SizedFile]) -> str:
    return _listed([file.path for file in files])


def _listed(words: Sequence[str]) -> str:
    rest = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _amount(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB" if size >= 1 << 20 else f"{size / (1 << 10):.1f} KiB"
