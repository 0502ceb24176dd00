"""The life of a repair job."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.core.repair import (
    OPEN,
    Allowed,
    Broke,
    Cancelled,
    Completed,
    Event,
    Failed,
    Held,
    HeldBack,
    Looked,
    Mended,
    Mending,
    Passed,
    Pending,
    Phase,
    RepairJob,
    Replaced,
    Replacing,
    Scanning,
    Scope,
    StaleEvent,
    State,
    Stopped,
    Tally,
    Unheard,
    Waits,
    Weighing,
    evolve,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEGUN = Scanning()
BROKEN = Tally(files=3, healthy=2, broken=1)


EVENTS: tuple[Event, ...] = (
    Looked(arr="sonarr", after="7", tally=BROKEN),
    Looked(arr="sonarr", after="", tally=BROKEN),
    Looked(arr="radarr", after="", tally=BROKEN),
    Unheard("sonarr", "down"),
    Stopped(),
    HeldBack(("too much",)),
    Passed(),
    Mended(0),
    Mended(1),
    Allowed(),
    Replaced(),
    Waits(NOW, "not yet"),
    Broke("a bug"),
)


def a_job(phase: Phase = BEGUN, **given: Any) -> RepairJob:
    return RepairJob(id="job", scope=Scope(("sonarr", "radarr")), created_at=NOW, phase=phase, **given)


def lived(job: RepairJob, *events: Event) -> RepairJob:
    for event in events:
        job = evolve(job, event, NOW)
    return job


def looked(arr: str, after: str = "", tally: Tally = BROKEN) -> Looked:
    return Looked(arr=arr, after=after, tally=tally)


def test_every_library_is_looked_at_page_by_page() -> None:
    job = lived(a_job(), looked("sonarr", "7"))
    assert job.phase == Scanning(0, "7")

    job = lived(job, looked("sonarr"))
    assert job.phase == Scanning(1)

    job = lived(job, looked("radarr"))
    assert job.phase == Weighing()
    assert job.tallies["sonarr"] == Tally(files=6, healthy=4, broken=2)
    assert job.tally == Tally(files=9, healthy=6, broken=3)
    assert job.state is State.STARTED


def test_an_arr_that_cannot_be_asked_is_left_out() -> None:
    job = lived(a_job(), Unheard("sonarr", "HTTP 503"), Unheard("radarr", "HTTP 500"))

    assert job.phase == Weighing()
    assert job.failing == {"sonarr": "HTTP 503", "radarr": "HTTP 500"}


@pytest.mark.parametrize(
    ("job", "event", "phase"),
    [
        (a_job(Weighing(), tallies={"sonarr": BROKEN}), Passed(), Mending()),
        (a_job(Weighing(), tallies={"sonarr": BROKEN}, dry_run=True), Passed(), Completed(NOW)),
        (a_job(Weighing()), Passed(), Completed(NOW)),
        (a_job(Weighing()), HeldBack(("too much",)), Held(("too much",))),
        (a_job(Mending()), Mended(0), Completed(NOW)),
        (a_job(Mending()), Mended(1), Pending()),
        (a_job(Mending(), auto=True), Mended(1), Replacing()),
        (a_job(Pending()), Allowed(), Replacing()),
        (a_job(Held(("too much",))), Allowed(), Scanning()),
        (a_job(Replacing()), Replaced(), Completed(NOW)),
        (a_job(Replacing()), Broke("a bug"), Failed(NOW, "a bug")),
        (a_job(Held(())), Stopped(), Cancelled(NOW)),
    ],
)
def test_what_happens_leads_on(job: RepairJob, event: Event, phase: Phase) -> None:
    assert lived(job, event).phase == phase


def test_a_released_job_forgets_what_it_saw() -> None:
    held = a_job(Held(("too much",)), tallies={"sonarr": BROKEN}, failing={"radarr": "down"})

    job = lived(held, Allowed())

    assert (job.tallies, job.failing, job.released) == ({}, {}, True)


def test_a_job_that_waits_goes_on_as_if_it_never_had() -> None:
    until = NOW + timedelta(minutes=1)

    job = lived(a_job(), Waits(until, "down"), Waits(until, "down"))
    assert (job.stumbles, job.retry_at, job.waiting_for) == (2, until, "down")

    job = lived(job, looked("sonarr"))
    assert (job.stumbles, job.retry_at, job.waiting_for) == (0, None, "")


@pytest.mark.parametrize(
    ("phase", "state"),
    [
        (Scanning(), State.STARTED),
        (Weighing(), State.STARTED),
        (Mending(), State.STARTED),
        (Pending(), State.PENDING),
        (Replacing(), State.PROCESSING),
        (Held(()), State.HELD),
        (Completed(NOW), State.COMPLETED),
        (Failed(NOW, ""), State.FAILED),
        (Cancelled(NOW), State.CANCELLED),
    ],
)
def test_every_phase_has_a_state(phase: Phase, state: State) -> None:
    assert a_job(phase).state is state


@given(st.lists(st.sampled_from(EVENTS), max_size=30), st.booleans())
def test_files_are_replaced_only_by_policy_or_word(story: list[Event], auto: bool) -> None:
    job, allowed = a_job(tallies={"sonarr": BROKEN}, auto=auto), False
    for event in story:
        before = job
        with suppress(StaleEvent):
            job = evolve(job, event, NOW)
            allowed = allowed or (isinstance(event, Allowed) and before.phase == Pending())
            assert auto or allowed or job.state is not State.PROCESSING
            assert before.state in OPEN
            assert msgspec.json.decode(msgspec.json.encode(job), type=RepairJob) == job


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Scope(("sonarr",)), Scope(("sonarr", "radarr")), True),
        (Scope(("sonarr",)), Scope(("radarr",)), False),
        (Scope(("sonarr",), (1,)), Scope(("sonarr",)), True),
        (Scope(("sonarr",), (1,)), Scope(("sonarr",), (2,)), False),
        (Scope(("sonarr",), (1, 2)), Scope(("sonarr",), (2,)), True),
    ],
)
def test_scopes_overlap_where_a_file_may_be_in_both(one: Scope, other: Scope, overlap: bool) -> None:
    assert one.overlaps(other) is other.overlaps(one) is overlap
