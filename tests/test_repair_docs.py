"""The page about repair holds the very table that decides."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from qbitproxy.core.verdict import DECISIONS, Healthy, Listing, Look, Rot, Verdict, Word

PAGE = Path(__file__).parents[1] / "docs" / "repair.md"


def cell(given: Iterable[str], every: Iterable[str]) -> str:
    return "any" if set(given) == set(every) else ", ".join(sorted(given))


def said(verdict: Verdict) -> str:
    name = type(verdict).__name__.lower()
    return name if isinstance(verdict, Healthy) else f"{name}: `{verdict.why}`"


def test_decision_table_is_the_one_in_the_code() -> None:
    rows = [
        f"| {cell(listings, Listing)} | {cell(words, Word)} | {cell(looks, Look)} | {said(verdict)} |"
        for listings, words, looks, verdict in DECISIONS
    ]

    assert "\n".join(rows) in PAGE.read_text()


def test_every_kind_of_rot_is_explained() -> None:
    assert [rot for rot in Rot if f"| `{rot}`: " not in PAGE.read_text()] == []
