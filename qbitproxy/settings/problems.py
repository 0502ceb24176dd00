"""What is wrong with the settings, in words for the person who wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One thing to mend. None of the texts holds a value from the settings, since it may be a secret."""

    path: str  # TOML path, or the variable, credential or file it came from; "" for the whole
    message: str
    hint: str  # what to write instead, "" when there is nothing to say
    fatal: bool = True  # False: a warning

    def __str__(self) -> str:
        told = f"{self.path}: {self.message}" if self.path else self.message
        return f"{told} ({self.hint})" if self.hint else told


class SettingsError(Exception):
    """The settings cannot be used; `problems` holds everything that is wrong, not just the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


def suggestion(word: str, known: Sequence[str]) -> str:
    """A hint that names the closest known word, or all of them when they are few."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"known here: {', '.join(known)}" if len(known) <= 20 else ""
