"""The name of one season out of the name of a release that holds several."""

from __future__ import annotations

import re

from qbitproxy.core.numbering import Numbers, marks, numbers
from qbitproxy.core.release import VIDEO, says_nothing, suffix

_COMPLETE = re.compile(
    r"(?<![^\W_])(?:(?:the[ ._])?complete[ ._](?:tv[ ._])?(?:series|collection|seasons?|show)|"
    r"all[ ._]seasons|(?:l['’ ._]?)?int[ée]grale|complete(?=[ ._-]*(?:$|s\d|seasons?)))(?![^\W_])",
    re.IGNORECASE,
)
_QUALITY = re.compile(
    r"(?<![^\W_])(?:\d{3,4}[pi]|[48]k|uhd|web(?:-?dl|-?rip)?|blu-?ray|b[dr]-?rip|(?:bd)?remux|[hps]dtv|hdrip|"
    r"dvd(?:rip|r|\d)?|[xh][. ]?26[45]|hevc|av1|xvid|divx)(?![^\W_])",
    re.IGNORECASE,
)
_UNSEEN = re.compile(r"(?:480|720|1080|2160)[ip]|[xh][\W_]?26[45]|DD\W?5\W1|(?:8|10)b(?:it)?", re.IGNORECASE)
"""What Sonarr takes out before it looks for numbers. Source: Sonarr v4, Parser: SimpleTitleRegex."""

_RUNS_ON = re.compile(r"[\W_]*[a-z]?\d", re.IGNORECASE)
"""What right after "S01" makes Sonarr see a second season or none. Source: as above, ReportTitleRegex."""

_MISREAD = re.compile(
    r"(?<![^\W_])(?:(?:part|vol|ep?|episode|p)[\W_]?\d|part[\W_](?:one|two|three|four|five|six|seven|eight|nine))"
    r"|(?<!\d)\d{1,2}of\d|\d{4}[\W_]\d\d[\W_]\d\d(?!\d)|special",
    re.IGNORECASE,
)
"""What makes Sonarr see an episode, half a season, a date or a special. Source: as above."""

_IDLE = re.compile(
    r"[\W_]*(?:complete|pack|batch|series|seasons?|extras?|specials?|subpack|ovas?|movies?|films?|bonus|and|plus|with|to)?[\W_]*",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"\W*(?:\d{1,3}|(?:19|20)\d\d(?:\W+\d{2,4})?)\W*")
_PREFIX = re.compile(r"\s*(?:\[([^\]]*)\][ ._-]*|www\.\S+\s*-+\s*)", re.IGNORECASE)
_EDGE = " ._-–+&,:([{"


def season_name(name: str, number: int | None, path: str) -> str:
    """What the child for one season is called: "<title>.S<NN>.<what else the name says>".

    Whatever would make an Arr read something else than that one season is left out. `number` None gives
    "<title>.Extras...". A name without a title, such as a hash, lends that of the file at `path`.
    """
    text, group = _ungrouped(name)
    title, rest = _parted(text)
    if not title or says_nothing(title):
        text, group = _ungrouped(path.rpartition("/")[2])
        title, rest = _parted(text)
    quality = _QUALITY.search(rest)
    separator = " " if " " in text else "."
    season = "Extras" if number is None else f"S{number:02}"
    children = [
        _joined([title or "unnamed", season, tail], separator) + group
        for part in (rest, rest[quality.start() :] if quality else "", "")
        if not _MISREAD.search(tail := _tail(part, separator))
    ]
    stated = Numbers(frozenset() if number is None else frozenset({number}))
    return next((child for child in children if numbers(child) == stated), children[-1])


def _ungrouped(name: str) -> tuple[str, str]:
    """(name without what it starts with, "-Group"): the group of an anime, unless it is a site."""
    stem = name.rpartition(".")[0] if suffix(name) in VIDEO else name  # packs end in "DDP5.1.AAC" as well
    prefix = _PREFIX.match(stem)
    if prefix is None:
        return stem, ""
    group = re.sub(r"[^\w-]", "", prefix[1] or "") if "." not in (prefix[1] or "") else ""
    return stem[prefix.end() :], group and f"-{group}"


def _parted(text: str) -> tuple[str, str]:
    """(title, all that follows it but the seasons) of a release name."""
    spans = [(mark.start, mark.end) for mark in marks(text)]
    spans += [found.span() for found in _COMPLETE.finditer(text) if found.start() > 0]
    quality = _QUALITY.search(text, 1)
    start = min((start for start, _ in spans), default=quality.start() if quality else len(text))
    title, rest = text[:start], _blanked(text, spans)[start:]
    if not title.strip(_EDGE):  # "S01-S03.Show.1080p"
        quality = _QUALITY.search(rest)
        start = quality.start() if quality else len(rest)
        title, rest = rest[:start], rest[start:]
    return title.rstrip(_EDGE).lstrip(" ._-–"), rest


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _tail(rest: str, separator: str) -> str:
    """The words of `rest` worth keeping, without brackets."""
    words = re.split(r"[\s_()\[\]{}]+" if separator == " " else r"[\s_.()\[\]{}]+", rest)
    kept = [word.rstrip("-–+&,:") for word in words if not _IDLE.fullmatch(word)]
    while kept and _LOOSE.fullmatch(kept[0]):
        del kept[0]
    tail = _joined(kept, separator)
    return _joined(["COMPLETE", tail], separator) if _RUNS_ON.match(_UNSEEN.sub("", tail)) else tail


def _joined(parts: list[str], separator: str) -> str:
    return separator.join(part for part in parts if part).replace(f"{separator}-", "-")
