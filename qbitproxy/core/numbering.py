"""Which seasons and episodes a name states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

_NUMBER = r"\d{1,4}"
_GAP = r"[ ._]*"
_FREE = r"(?<![a-z0-9'’])"  # ASCII on purpose: a title in another script may touch the number
_END = r"(?![a-z0-9])"
_TO = r"(?:-|–|~|to|thru|bis|à)"
_AND = r"(?:,|&|\+|and|et|und|y)"
_WORD = (
    r"(?<![^\W_])(?:season|(?:seasons|series)(?![ ._]*(?:19|20)\d\d)|saisons?|temporadas?|staffeln?|"
    r"stagion[ei]|seizoen(?:en)?|sezon[aye]?|sez[oó]na|säsong|sæson|sesong|kausi|évad|сезон[ыа]?)"
)
_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_COUNTED = {
    word: number for words in (_WORDS, "一二三四五六七八九十") for number, word in enumerate(words, start=1)
}
_NUMERAL = rf"(?:{_NUMBER}|{'|'.join(_COUNTED)})"

_MORE = (
    rf"(?P<more>(?:(?:{_GAP}-)?{_GAP}(?:s{_NUMBER})?(?:ep|e){_NUMBER}(?!\d)|x(?!26[45])\d\d|"
    rf"-\d{{1,3}}{_END})*)"
)
_EPISODE = rf"(?:episode|ep|e)[ ._]?(?P<first>{_NUMBER})(?!\d){_MORE}"

# Each names a season; those with `first` name episodes of it, those with `last` a range.
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_FREE}s(?P<season>{_NUMBER})x?[ ._-]{{0,3}}{_EPISODE}",  # S01E05, S1.E5, S01 - Ep 5, S01E05-E07
        rf"(?<!\d)s(?P<season>\d\d)e(?P<first>\d{{2,3}})(?!\d){_MORE}",  # TitleS01E05
        rf"{_FREE}s?(?P<season>\d{{1,2}})x(?!26[45])(?P<first>\d{{2,3}})(?!\d){_MORE}",  # 1x05, not "5.1x264"
        rf"{_FREE}(?P<season>(?:19|20)\d\d)x(?P<first>\d\d)(?!\d){_MORE}",  # 2016x05, not 1920x800
        rf"{_WORD}[ ._]?(?P<season>{_NUMBER})[ ._,-]{{0,3}}{_EPISODE}",  # Season 1 Episode 5
        r"\bcap[ ._]*(?P<season>\d{1,2})(?P<first>\d\d)(?!\d)",  # [Cap.105], on Spanish trackers
        rf"{_FREE}s(?P<season>{_NUMBER})"  # S01, S01-S03
        rf"(?:(?:{_GAP}{_TO}{_GAP}s|-)(?P<last>\d{{1,2}}))?{_END}",
        rf"{_WORD}[ ._:]*(?P<season>{_NUMERAL})"  # Season 1, Season 1-3, Seasons 1, 2 & 3
        rf"(?:(?:-|{_GAP}{_TO}{_GAP}{_WORD}{_GAP}|{_GAP}(?:to|thru|bis|à){_GAP})(?P<last>{_NUMERAL}))?"
        rf"(?P<also>(?:{_GAP}{_AND}{_GAP}\d{{1,2}}(?![^\W_]))*)(?![^\W_])",
        rf"(?<![^\W_])(?:seasons|saisons|temporadas|staffeln|stagioni|сезоны)[ ._:]*(?P<season>{_NUMERAL})"
        rf"{_GAP}{_TO}{_GAP}(?P<last>{_NUMERAL})(?![^\W_])",  # Seasons 1 - 3
        rf"{_FREE}(?P<season>\d{{1,2}})(?:st|nd|rd|th)[ ._]season(?![^\W_])",  # 2nd Season
        rf"{_FREE}(?P<season>\d{{1,2}})[ .ªº-]{{0,2}}(?:й )?"  # 1 сезон
        rf"(?:temporada|évad|sezon|сезон)(?![^\W_])",
        rf"(?:第|シーズン|시즌){_GAP}(?P<season>{_NUMERAL})(?![\dx]){_GAP}[季期]?",
    )
)

_DASHED = re.compile(rf"((?:{_FREE}s|{_WORD}[ ._]?)\d{{1,2}})-(?=\d)", re.IGNORECASE)
_SEQUEL = re.compile(rf"{_WORD}{_GAP}\d{{1,2}}{_GAP}[(\[]?(?:19|20)\d\d(?!\d)", re.IGNORECASE)
_SPECIALS = re.compile(
    r"(?<![^\W_])specials(?![^\W_])|^(?:special|spéciaux|ovas?|oads?|特典)$", re.IGNORECASE
)
_NEXT = re.compile(
    rf"(?P<to>-)?{_GAP}(?:s(?P<season>{_NUMBER}))?(?:ep|e|x)?(?P<number>{_NUMBER})", re.IGNORECASE
)


class Mark(Struct, frozen=True):
    """A place in a name that states seasons, or episodes of one."""

    start: int
    end: int
    seasons: tuple[int, ...]  # the one stated first comes first
    episodes: frozenset[int] = frozenset()  # of the first season


class Numbers(Struct, frozen=True):
    """What a whole name states."""

    seasons: frozenset[int] = frozenset()
    episodes: frozenset[int] = frozenset()  # of its only season; empty: no episode is named


def marks(text: str) -> list[Mark]:
    """Every statement of seasons in `text`, in its order; the same one may be found twice.

    Seasons are 0 to 99, or a year. Absolute numbers, dates, "Part 2" and "103" state none: whether they
    mean a season is for the Arr to say.
    """
    return sorted(_found(text), key=lambda mark: mark.start)


def numbers(text: str) -> Numbers:
    """The seasons that `text` states, with their episodes if it is one season."""
    found = marks(text)
    seasons = frozenset(number for mark in found for number in mark.seasons)
    if len(seasons) != 1:
        return Numbers(seasons)
    return Numbers(seasons, frozenset(number for mark in found for number in mark.episodes))


def season_of(path: str) -> int | None:
    """The season of a file below a torrent's root: by its own name, else by the nearest folder that says.

    0 are the specials. None: nothing says, or a name states several.
    """
    *folders, name = path.split("/")
    season = _season_of_file(name.rpartition(".")[0] or name)
    for folder in reversed(folders):
        if season is not None:
            break
        season = _season_of_folder(folder)
    return season


def _found(text: str) -> Iterator[Mark]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            season = _season(groups["season"])
            if season is None:
                continue
            seasons = [season, *_range(season, _season(groups.get("last"))), *_also(groups.get("also"))]
            episodes: frozenset[int] = frozenset()
            if groups.get("first"):
                others, episodes = _episodes(season, int(groups["first"]), groups.get("more") or "")
                seasons += others
            yield Mark(match.start(), match.end(), tuple(dict.fromkeys(seasons)), episodes)


def _season(text: str | None) -> int | None:
    if text is None:
        return None
    number = int(text) if text.isdecimal() else _COUNTED.get(text.casefold(), -1)
    return number if 0 <= number < 100 or 1900 <= number < 2100 else None


def _range(first: int, last: int | None) -> range:
    return range(first + 1, last + 1 if last is not None and last < 100 else first + 1)


def _also(text: str | None) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text or "")]


def _episodes(season: int, first: int, more: str) -> tuple[list[int], frozenset[int]]:
    """(further seasons, episodes) of "E01" followed by `more`: "-E03", "E02", "-03", "-S02E04"."""
    episodes = {first}
    latest = first
    for match in _NEXT.finditer(more):
        if match["season"] and int(match["season"]) != season:
            return [int(match["season"])], frozenset({first})
        number = int(match["number"])
        episodes |= set(range(latest, number + 1)) if match["to"] else {number}
        latest = number
    return [], frozenset(episodes)


def _season_of_file(stem: str) -> int | None:
    """A film may be called "Season 2 (2008)"; "S4-05" is an episode in a file's name, in others a range."""
    found = marks(_SEQUEL.sub("", _DASHED.sub(r"\1 ", stem)))
    with_episode = (mark.seasons[0] for mark in found if mark.episodes)
    return next(with_episode, _only(found))


def _season_of_folder(folder: str) -> int | None:
    found = marks(folder)
    return 0 if not found and _SPECIALS.search(folder) else _only(found)


def _only(found: Iterable[Mark]) -> int | None:
    seasons = {number for mark in found for number in mark.seasons}
    return seasons.pop() if len(seasons) == 1 else None
