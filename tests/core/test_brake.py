"""When a repair job is held back, how fast files are replaced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.core.brake import HOUR, BrakeRules, Signs, brake, may_replace_at
from qbitproxy.core.repair import RepairJob, Scope, Tally, Weighing

NOTHING = Signs()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def held(tally: Tally, signs: Signs = NOTHING, **given: Any) -> tuple[str, ...]:
    job = {"id": "job", "scope": Scope(("sonarr",)), "created_at": NOW, "phase": Weighing()}
    return brake(RepairJob(**job | {"tallies": {"sonarr": tally}} | given), signs, BrakeRules())


@pytest.mark.parametrize(
    ("tally", "why"),
    [
        (Tally(files=100, healthy=100), ()),
        (Tally(files=4, broken=4), ()),
        (Tally(files=100, healthy=90, broken=10), ()),
        (Tally(files=100, healthy=89, broken=11), ("11 of 100 files seem broken",)),
        (Tally(files=9999, healthy=9898, broken=101), ("101 files seem broken, more than 100",)),
        (Tally(files=100, healthy=79, unknown=21), ("nothing is known of 21 of 100 files",)),
        (Tally(files=100, skipped=90, healthy=5, broken=5), ("5 of 10 files seem broken",)),
    ],
)
def test_share_and_count_together_hold_a_job(tally: Tally, why: tuple[str, ...]) -> None:
    assert held(tally) == why
    assert held(tally, released=True) == ()


@pytest.mark.parametrize(
    ("files", "before", "why"),
    [
        (79, 100, ("sonarr has 79 files, it had 100",)),
        (80, 100, ()),
        (0, 4, ()),
        (0, 5, ("sonarr has 0 files, it had 5",)),
    ],
)
def test_a_library_that_shrank_holds_a_job(files: int, before: int, why: tuple[str, ...]) -> None:
    tally, signs = Tally(files=files, healthy=files), Signs(sizes_before={"sonarr": before})

    assert held(tally, signs) == why
    assert held(tally, signs, scope=Scope(("sonarr",), (1,))) == ()


def test_a_mount_without_its_canary_holds_even_a_released_job() -> None:
    signs = Signs(missing_canaries=("/mnt/rd/version.txt",))

    assert held(Tally(), signs, released=True) == ("the canary /mnt/rd/version.txt is missing",)


def test_what_is_broken_while_somebody_fails_holds_a_job() -> None:
    signs, failing = Signs(doubts=("rd lists nothing any more",)), {"radarr": "HTTP 503"}

    assert held(Tally(files=1, healthy=1), signs, failing=failing) == ()
    assert held(Tally(files=1, broken=1), signs, failing=failing) == (
        "radarr does not answer: HTTP 503",
        "rd lists nothing any more",
    )


@given(st.lists(st.integers(0, 600), max_size=60), st.integers(1, 5))
def test_no_hour_sees_more_than_it_may(minutes: list[int], most: int) -> None:
    done: list[datetime] = []
    for minute in sorted(minutes):
        now = NOW + timedelta(minutes=minute)
        at = may_replace_at(now, done, most)
        assert at >= now
        if at == now:
            done.append(now)

    assert all(sum(one - HOUR < other <= one for other in done) <= most for one in done)
