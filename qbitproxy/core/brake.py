"""When a repair job is held back, how fast files are replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from qbitproxy.core.repair import RepairJob

HOUR = timedelta(hours=1)
SAME_ITEM = timedelta(days=7)
"""An episode or movie is not replaced twice in this time."""


class BrakeRules(Struct, frozen=True, kw_only=True):
    """What is too much. A share counts only with at least `fewest` files."""

    fewest: int = 5
    broken_share: float = 0.1  # 0 to 1, of the files looked at
    broken_most: int = 100  # files
    unknown_share: float = 0.2
    shrunk_share: float = 0.2  # of the files that a library had before


class Signs(Struct, frozen=True, kw_only=True):
    """What speaks against doing anything, besides what was found."""

    doubts: Sequence[str] = ()  # lists that are not believed, services that do not answer
    missing_canaries: Sequence[str] = ()  # files that mounts should show
    sizes_before: Mapping[str, int] = {}  # files of each whole library at the last run


def brake(job: RepairJob, signs: Signs, rules: BrakeRules) -> tuple[str, ...]:
    """Why a job that has looked at everything is held; () when it may go on.

    A person who released it has seen the numbers; where a mount or an Arr is not there, no number counts.
    """
    why = [f"the canary {path} is missing" for path in signs.missing_canaries]
    if job.tally.broken:
        why += [f"{arr} does not answer: {detail}" for arr, detail in job.failing.items()]
    if job.released:
        return tuple(why)
    tally = job.tally
    checked = tally.looked_at
    if tally.broken or tally.unknown:
        why += signs.doubts
    if tally.broken > rules.broken_most:
        why.append(f"{tally.broken} files seem broken, more than {rules.broken_most}")
    elif tally.broken >= rules.fewest and tally.broken > rules.broken_share * checked:
        why.append(f"{tally.broken} of {checked} files seem broken")
    if tally.unknown >= rules.fewest and tally.unknown > rules.unknown_share * checked:
        why.append(f"nothing is known of {tally.unknown} of {checked} files")
    if not job.scope.media_ids:
        why += _shrunk(job, signs.sizes_before, rules)
    return tuple(why)


def _shrunk(job: RepairJob, before: Mapping[str, int], rules: BrakeRules) -> list[str]:
    now = {arr: job.tallies[arr].files for arr in job.scope.arrs if arr in job.tallies}
    return [
        f"{arr} has {files} files, it had {before[arr]}"
        for arr, files in now.items()
        if shrunk(files, before.get(arr, 0), rules)
    ]


def shrunk(files: int, before: int, rules: BrakeRules) -> bool:
    """Whether a library lost so much at once that it is not believed."""
    return before - files >= rules.fewest and files < (1 - rules.shrunk_share) * before


def may_replace_at(now: datetime, lately: Sequence[datetime], most: int) -> datetime:
    """When the next file may be replaced, where at most `most` may be in an hour; `now` when it may be now.

    `lately` is when files were replaced, the oldest first.
    """
    within = [at for at in lately if at > now - HOUR]
    return within[-most] + HOUR if len(within) >= most else now
