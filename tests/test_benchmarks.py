"""What is measured can be measured: small runs of benchmarks."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import repairing

FILES = 300


@pytest.mark.parametrize("kind", ["torbox", "realdebrid"])
async def test_a_library_is_looked_at_within_its_budget_of_calls(kind: str, tmp_path: Path) -> None:
    look = await repairing.measured(tmp_path, kind, FILES)

    assert look.healthy == FILES
    assert look.calls == (0 if kind == "torbox" else look.items)
    assert f"| {look.files} |" in "\n".join(repairing.table([look]))
