"""The recordings of real servers, put to the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from compat.replay.allowances import Judge, judge
from compat.replay.player import Outcome
from compat.replay.run import PROFILES, findings, replay_all
from compat.replay.tally import kept, tally

DEADLINE = 400.0  # seconds; a tenth of it where nothing else is going on
TO_MEND = "python -m compat.replay keep && python -m compat.replay report > docs/compatibility.md"

Played = tuple[Mapping[str, Sequence[Outcome]], Judge]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All of them, once for all tests, each with a daemon of its own."""
    known = judge()

    async def all_of_them() -> Mapping[str, Sequence[Outcome]]:
        async with asyncio.timeout(DEADLINE):
            return await replay_all(tmp_path_factory.mktemp("replay"), known)

    return asyncio.run(all_of_them()), known


@pytest.mark.parametrize("recording", PROFILES)
def test_every_exchange_is_as_recorded_or_differs_for_a_reason(played: Played, recording: str) -> None:
    outcomes, known = played

    assert [str(each) for each in findings({recording: outcomes[recording]}, known)] == []


def test_no_reason_is_without_a_difference(played: Played) -> None:
    _, known = played

    assert known.stale() == []


def test_what_is_kept_of_the_outcomes_is_so(played: Played) -> None:
    outcomes, known = played

    assert kept() == tally(outcomes, known), TO_MEND
