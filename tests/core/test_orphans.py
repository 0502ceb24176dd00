"""When an orphan goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from qbitproxy.core.orphans import Graces, Kind, Orphan, Survey, is_over, is_wished

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SURVEY = Survey(began_at=NOW, ended_at=LATER, files=10)
OLD = Orphan(
    kind=Kind.ITEM,
    provider="rd",
    key="A",
    name="A",
    size=1,
    ours=True,
    found_at=NOW - 8 * DAY,
    seen_at=NOW,
)
WEEK = Graces(item=7 * DAY)


def test_a_persons_wish_counts_once_a_later_survey_found_it() -> None:
    assert is_wished(replace(OLD, asked_at=NOW - DAY), SURVEY, LATER)
    assert is_wished(replace(OLD, asked_at=NOW), SURVEY, LATER)
    assert not is_wished(replace(OLD, asked_at=NOW + timedelta(seconds=1)), SURVEY, LATER)
    assert not is_wished(replace(OLD, asked_at=NOW - DAY, seen_at=NOW - DAY), SURVEY, LATER)
    assert not is_wished(OLD, SURVEY, LATER)


def test_what_was_noted_before_the_clock_was_set_back_counts_as_long_ago() -> None:
    assert is_wished(replace(OLD, asked_at=NOW + DAY), SURVEY, LATER)
    assert not is_wished(replace(OLD, asked_at=NOW + DAY, seen_at=NOW + DAY), SURVEY, LATER)


def test_what_we_would_not_remove_is_not_removed_on_a_wish_either() -> None:
    assert not is_wished(replace(OLD, asked_at=NOW - DAY, why_not="it holds files"), SURVEY, LATER)


def test_ours_goes_once_its_grace_is_over() -> None:
    assert is_over(OLD, SURVEY, WEEK)


@pytest.mark.parametrize(
    ("orphan", "survey", "graces"),
    [
        (replace(OLD, found_at=NOW - 6 * DAY), SURVEY, WEEK),
        (replace(OLD, ours=False), SURVEY, WEEK),
        (replace(OLD, why_not="it holds files"), SURVEY, WEEK),
        (replace(OLD, seen_at=NOW - DAY), SURVEY, WEEK),
        (replace(OLD, found_at=NOW), SURVEY, Graces(item=timedelta())),
        (OLD, replace(SURVEY, doubts=("sonarr is away",)), WEEK),
        (OLD, SURVEY, Graces()),
        (OLD, SURVEY, Graces(link=DAY, folder=DAY)),
    ],
    ids=[
        "young",
        "another's",
        "not ours to remove",
        "not seen",
        "first find",
        "doubt",
        "never",
        "other kinds",
    ],
)
def test_else_it_stays(orphan: Orphan, survey: Survey, graces: Graces) -> None:
    assert not is_over(orphan, survey, graces)


def test_each_kind_has_a_grace_of_its_own() -> None:
    graces = Graces(item=DAY, link=2 * DAY, folder=3 * DAY)

    assert [graces.of(kind) for kind in Kind] == [DAY, 3 * DAY, 2 * DAY]
