"""What is done about a download that its Arr does not import."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from qbitproxy.core.queue_rules import (
    LONGEST_PAUSE,
    RULES,
    Plight,
    QueueItem,
    QueueRule,
    Remedy,
    due,
    is_stuck,
    ours,
    remedy,
)

NOW = datetime(2026, 8, 1, tzinfo=UTC)
PATIENCE = timedelta(minutes=30)
ITEM = QueueItem(
    ids=(1,),
    infohash="a" * 40,
    title="Show",
    category="tv",
    status="completed",
    health="warning",
    state="importBlocked",
    messages=("Not an upgrade for existing episode file(s)",),
)


def saying(*messages: str) -> QueueItem:
    return replace(ITEM, messages=messages)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("No files found are eligible for import in /downloads/Show", Remedy.ANNOUNCE),
        ("Import failed, path does not exist or is not accessible: /downloads/Show", Remedy.ANNOUNCE),
        ("Unable to determine if file is a sample", Remedy.ANNOUNCE),
        ("[/downloads/Show] is not a valid local path. You may need a Remote Path Mapping.", Remedy.IGNORE),
        ("Download doesn't contain intermediate path, Skipping.", Remedy.IGNORE),
        ("Found matching series via grab history, but release was matched to series by ID.", Remedy.IGNORE),
        ("Series title mismatch, automatic import is not possible.", Remedy.IGNORE),
        ("Unknown series", Remedy.IGNORE),
        ("Not an upgrade for existing episode file(s)", Remedy.BLOCK),
        ("Not a Custom Format upgrade for existing movie file(s)", Remedy.BLOCK),
        ("Caution: Found potentially dangerous file with extension .lnk", Remedy.BLOCK),
        ("Caution: Found executable file with extension .exe", Remedy.BLOCK),
        ("Found archive file, might need to be extracted", Remedy.BLOCK),
        ("No audio tracks detected", Remedy.BLOCK),
        ("Sample", Remedy.BLOCK),
        ("Invalid season or episode", Remedy.BLOCK),
        ("Episode 1x02 was unexpected considering the Show.S01E01 folder name", Remedy.BLOCK),
        ("Something that nobody has read before", Remedy.IGNORE),
    ],
)
def test_what_helps_against_what_an_arr_says(message: str, wanted: Remedy) -> None:
    assert remedy(saying(message), RULES) is wanted


def test_of_several_messages_the_one_that_needs_most_care_decides() -> None:
    block, announce, ignore = "Sample", "No files found are eligible", "Unknown series"

    assert remedy(saying(block, announce, ignore), RULES) is Remedy.IGNORE
    assert remedy(saying(block, announce), RULES) is Remedy.ANNOUNCE
    assert remedy(saying(block, "Nobody knows this"), RULES) is Remedy.BLOCK


def test_a_rule_before_the_others_decides() -> None:
    rules = (QueueRule("not an upgrade", Remedy.IGNORE), *RULES)

    assert remedy(ITEM, rules) is Remedy.IGNORE


@pytest.mark.parametrize(
    "item",
    [
        replace(ITEM, status="downloading"),
        replace(ITEM, state="importing"),
        replace(ITEM, state="imported"),
        replace(ITEM, messages=()),
    ],
)
def test_what_is_not_stuck_is_left_alone(item: QueueItem) -> None:
    assert not is_stuck(item)
    assert due(item, Plight(NOW - 2 * PATIENCE), RULES, NOW, PATIENCE) is Remedy.IGNORE


def test_what_may_still_mend_itself_is_left_alone() -> None:
    since = Plight(NOW)

    assert due(ITEM, since, RULES, NOW + PATIENCE - timedelta(seconds=1), PATIENCE) is Remedy.IGNORE
    assert due(ITEM, since, RULES, NOW + PATIENCE, PATIENCE) is Remedy.BLOCK


def test_the_same_download_is_helped_less_and_less_often() -> None:
    item, at = saying("No files found are eligible"), NOW + PATIENCE
    pauses: list[timedelta] = []
    plight = Plight(NOW)

    for tried in range(1, 8):
        before = at
        while due(item, plight, RULES, at, PATIENCE) is Remedy.IGNORE:
            at += timedelta(minutes=10)
        pauses.append(at - before)
        plight = Plight(NOW, tried, at)

    assert pauses == [timedelta(minutes=minutes) for minutes in (0, 60, 120, 240, 360, 360, 360)]
    assert pauses[-1] == LONGEST_PAUSE


def test_only_what_is_surely_our_own_is_ours() -> None:
    mine = "a" * 40

    assert ours([ITEM], mine, "tv") == [ITEM]
    assert ours([ITEM], "b" * 40, "tv") == []
    assert ours([replace(ITEM, category="movies")], mine, "tv") == []
    assert ours([replace(ITEM, category="")], mine, "") == []
    assert ours([ITEM, replace(ITEM, client="another", category="done")], mine, "tv") == []
