"""What came of the cases, one line each."""

from __future__ import annotations

from collections import Counter
from typing import TextIO

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Report:
    """Writes each verdict as it is known."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._verdicts: Counter[str] = Counter()

    def passed(self, case: str) -> None:
        self._tell(PASSED, case)

    def failed(self, case: str, words: str) -> None:
        """`words` say what was expected, what came instead."""
        self._tell(FAILED, f"{case}: {words}")

    def skipped(self, case: str, reason: str) -> None:
        self._tell(SKIPPED, f"{case}: {reason}")

    def say(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()

    def is_clean(self) -> bool:
        """Whether something was judged and nothing failed."""
        return bool(self._verdicts[PASSED]) and not self._verdicts[FAILED]

    def summary(self) -> str:
        return ", ".join(f"{self._verdicts[verdict]} {verdict}" for verdict in (PASSED, FAILED, SKIPPED))

    def _tell(self, verdict: str, words: str) -> None:
        self._verdicts[verdict] += 1
        self.say(f"{verdict:<8} {words}")
