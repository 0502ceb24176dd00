"""What is done about a file that is broken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qbitproxy.core.findings import Finding, Left, Stuck, Treatment, candidates, hopeless
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.torrent import Remote
from qbitproxy.core.verdict import Broken, Doubt, Rot, Unknown

FILE = LibraryFile(arr="sonarr", id=1, media_id=1, parts=(1,), path="/a", ours="/a", size=1, title="A")
ALL = ("one", "two", "three")


def a_finding(verdict: Broken | Unknown, provider: str = "two") -> Finding:
    return Finding(
        job="job",
        file=FILE,
        verdict=verdict,
        found_at=datetime(2026, 1, 1, tzinfo=UTC),
        remote=Remote(provider, "1") if provider else None,
    )


@pytest.mark.parametrize(
    ("finding", "asked"),
    [
        (a_finding(Broken(Rot.ITEM_GONE)), ["two", "one", "three"]),
        (a_finding(Broken(Rot.STRAYED)), ["two", "one", "three"]),
        (a_finding(Broken(Rot.LINK_DEAD)), ["one", "three"]),
        (a_finding(Broken(Rot.LINK_DEAD), "three"), ["three", "one", "two"]),
        (a_finding(Broken(Rot.WITHHELD), "three"), ["one", "two"]),
        (a_finding(Broken(Rot.WITHHELD)), ["one", "three"]),
        (a_finding(Broken(Rot.ITEM_GONE), "closed"), ["one", "two", "three"]),
        (a_finding(Broken(Rot.NOT_SHOWN), ""), ["one", "two", "three"]),
        (a_finding(Unknown(Doubt.SERVICE)), []),
    ],
)
def test_the_service_that_had_it_is_asked_first_unless_it_would_show_the_same_item(
    finding: Finding, asked: list[str]
) -> None:
    assert candidates(finding, ALL, {"three"}) == asked


@pytest.mark.parametrize(
    ("verdict", "treatment"),
    [
        (Broken(Rot.ITEM_GONE), Stuck("why")),
        (Broken(Rot.STRAYED), Left("why")),
        (Broken(Rot.NOT_SHOWN), Left("why")),
        (Unknown(Doubt.MOUNT), Left("why")),
    ],
)
def test_only_what_is_gone_may_be_replaced(verdict: Broken | Unknown, treatment: Treatment) -> None:
    assert hopeless(a_finding(verdict), "why") == treatment


def test_a_treatment_goes_by_its_name() -> None:
    assert a_finding(Broken(Rot.STRAYED)).tag == "found"
