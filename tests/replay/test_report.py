"""The page about compatibility, made of what is on record."""

from __future__ import annotations

from pathlib import Path

from compat.replay.allowances import read_allowances
from compat.replay.recording import read_recording
from compat.replay.report import UNRECORDED, endpoints, report
from compat.replay.run import PROFILES
from compat.replay.tally import kept
from qbitproxy.web.qbit.routes import READS, WRITES

PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"


def test_the_page_says_what_is_on_record() -> None:
    assert PAGE.read_text(encoding="utf-8") == report(kept()), (
        "python -m compat.replay report > docs/compatibility.md"
    )


def test_the_page_names_every_endpoint() -> None:
    assert (READS | WRITES).keys() <= set(endpoints(kept()))


def test_what_counts_as_unrecorded_is_in_no_recording() -> None:
    recorded = {entry.endpoint for name in PROFILES for entry in read_recording(name).entries}

    assert recorded.isdisjoint(UNRECORDED)
    assert set(UNRECORDED) <= (READS | WRITES).keys()


def test_every_reason_is_a_sentence() -> None:
    reasons = {each.why for each in read_allowances("allowed.toml")}

    assert [why for why in reasons if not (why.endswith(".") and " " in why)] == []


def test_what_is_missing_says_whose_work_it_is() -> None:
    assert [each.why for each in read_allowances("pending.toml") if not each.piece] == []
    assert [each.why for each in read_allowances("allowed.toml") if each.piece] == []
