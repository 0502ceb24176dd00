"""What sets the outcomes of one script on two servers apart, against a list of what may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """One place in the outcome of one step at which the servers do not agree."""

    step: str
    at: str  # the keys that lead there, joined by dots; "" is the whole outcome
    original: Any
    ours: Any

    def __str__(self) -> str:
        place = f"{self.step} at {self.at}" if self.at else self.step
        return f"{place}: the original {self.original!r}, ours {self.ours!r}"


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """A difference that is meant; names are patterns like those of files.

    `original` and `ours`, where given, are all that the difference may be.
    """

    clients: str = "*"  # names or patterns, separated by spaces
    step: str
    at: str = ""
    original: Any = ...
    ours: Any = ...
    because: str

    def covers(self, client: str, found: Difference) -> bool:
        return (
            any(fnmatchcase(client, each) for each in self.clients.split())
            and fnmatchcase(found.step, self.step)
            and fnmatchcase(found.at, self.at)
            and self.original in (..., found.original)
            and self.ours in (..., found.ours)
        )


def differences(original: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Difference]:
    """Every difference, by steps in their order. A step that was made on one side only is one."""
    steps = dict.fromkeys([*original, *ours])
    return [
        Difference(step, ".".join(way), theirs, own)
        for step in steps
        for way, theirs, own in _unequal(original.get(step, ABSENT), ours.get(step, ABSENT), ())
    ]


def unexplained(client: str, found: Iterable[Difference], allowed: Sequence[Allowed]) -> list[str]:
    """Differences that nothing on the list covers; what is on the list for this client and covers none."""
    ours = [entry for entry in allowed if any(fnmatchcase(client, each) for each in entry.clients.split())]
    used: set[int] = set()
    complaints = []
    for difference in found:
        covering = [number for number, entry in enumerate(ours) if entry.covers(client, difference)]
        used.update(covering)
        if not covering:
            complaints.append(str(difference))
    idle = [entry for number, entry in enumerate(ours) if number not in used]
    return complaints + [f"allowed, but nothing is: {entry}" for entry in idle]


def _unequal(original: Any, ours: Any, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(original, Mapping) and isinstance(ours, Mapping):
        for key in dict.fromkeys([*original, *ours]):
            yield from _unequal(original.get(key, ABSENT), ours.get(key, ABSENT), (*way, key))
    elif isinstance(original, list) and isinstance(ours, list) and len(original) == len(ours):
        for index, pair in enumerate(zip(original, ours, strict=True)):
            yield from _unequal(*pair, (*way, str(index)))
    elif original != ours:
        yield way, original, ours
