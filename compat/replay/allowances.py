"""The differences that are known, each with its reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from compat.replay.compare import Difference
from compat.replay.recording import Entry

FOLDER = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class Allowance:
    """Differences that share a reason. In every pattern `*` stands for anything, also for nothing."""

    why: str  # one sentence for people
    where: tuple[str, ...]  # "group/name of the entry"
    at: tuple[str, ...] = ("*",)  # places, as compare.Difference names them
    what: str = "*"
    recorded: tuple[str, ...] = ("*",)
    ours: tuple[str, ...] = ("*",)
    recordings: tuple[str, ...] = ("*",)
    sometimes: bool = False  # a matter of time: it need not happen in every run
    piece: str = ""  # of pending ones: whose work it is

    def fits(self, recording: str, entry: Entry, difference: Difference) -> list[tuple[str, str]]:
        """The patterns by which it fits, each with the name of its list; none when it does not."""
        if not _fits(self.what, difference.what):
            return []
        texts = {
            "recordings": recording,
            "where": f"{entry.group}/{entry.name}",
            "at": difference.at,
            "recorded": str(difference.recorded),
            "ours": str(difference.ours),
        }
        fitting = {name: [each for each in self.patterns[name] if _fits(each, texts[name])] for name in texts}
        if not all(fitting.values()):
            return []
        return [(name, each) for name, patterns in fitting.items() for each in patterns]

    @cached_property
    def patterns(self) -> Mapping[str, tuple[str, ...]]:
        """All of them, by the name of their list."""
        return {
            "recordings": self.recordings,
            "where": self.where,
            "at": self.at,
            "recorded": self.recorded,
            "ours": self.ours,
        }


@dataclass
class Judge:
    """Says what is known of a difference, and which allowances nothing needed."""

    allowances: Sequence[Allowance]
    _used: set[tuple[int, str, str]] = field(default_factory=set)

    def allowance(self, recording: str, entry: Entry, difference: Difference) -> Allowance | None:
        """The first one that fits."""
        for each in self.allowances:
            if each.fits(recording, entry, difference):
                return each
        return None

    def left(self, recording: str, entry: Entry, found: Iterable[Difference]) -> list[Difference]:
        """What nobody has a reason for."""
        return [each for each in found if self.allowance(recording, entry, each) is None]

    def note(self, recording: str, entry: Entry, found: Iterable[Difference]) -> None:
        """Remember that these differences are what the list is there for."""
        for difference in found:
            for number, each in enumerate(self.allowances):
                self._used.update((number, *by) for by in each.fits(recording, entry, difference))

    def stale(self) -> list[str]:
        """The patterns that fitted nothing in all that was noted."""
        return [
            f"{each.why} ({name} = {pattern!r})"
            for number, each in enumerate(self.allowances)
            for name, patterns in each.patterns.items()
            for pattern in patterns
            if not each.sometimes and (number, name, pattern) not in self._used
        ]


def read_allowances(name: str) -> list[Allowance]:
    """Those of the file `name`. Raises TypeError for a key that is none."""
    told = tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
    return [
        Allowance(**{key: _frozen(value) for key, value in each.items()})
        for each in told.get("difference", [])
    ]


def judge() -> Judge:
    """All that is known: deliberate ones first, then what is not there yet."""
    return Judge([*read_allowances("allowed.toml"), *read_allowances("pending.toml")])


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _fits(pattern: str, text: str) -> bool:
    return pattern == "*" or _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*"), re.DOTALL)
