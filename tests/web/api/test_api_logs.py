"""The log as `/api` shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from qbitproxy.recent import Recent
from tests.web.stand import Stand, a_stand


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    recent = Recent()
    for number, level in enumerate(("debug", "info", "warning", "error")):
        recent.note(
            None,
            level,
            {
                "event": "torrent_placed",
                "level": level,
                "timestamp": f"2026-01-01T00:00:0{number}Z",
                "files": 3,
            },
        )
    async with a_stand(tmp_path, recent=recent) as stand:
        yield stand


async def ask(stand: Stand, query: str) -> Any:
    async with stand.client.get(f"/api/logs?{query}", headers=stand.bearer) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_line_says_when_how_important_and_what(stand: Stand) -> None:
    said = await ask(stand, "limit=1")

    assert said == {
        "lines": [
            {"number": 0, "at": "2026-01-01T00:00:00Z", "level": "debug", "text": "torrent placed: files=3"}
        ],
        "last": 0,
    }


@pytest.mark.parametrize(
    ("query", "levels"),
    [
        ("", ["debug", "info", "warning", "error"]),
        ("level=warning", ["warning", "error"]),
        ("after=2", ["error"]),
        ("level=info&after=0&limit=2", ["info", "warning"]),
        ("after=99", []),
    ],
)
async def test_only_the_wanted_lines_are_there(stand: Stand, query: str, levels: list[str]) -> None:
    assert [line["level"] for line in (await ask(stand, query))["lines"]] == levels


async def test_reading_on_from_the_last_line_misses_nothing(stand: Stand) -> None:
    seen, last = list[int](), -1
    for _ in range(3):
        said = await ask(stand, f"limit=2&after={last}")
        seen, last = [*seen, *(line["number"] for line in said["lines"])], said["last"]

    assert (seen, last) == ([0, 1, 2, 3], 3)


@pytest.mark.parametrize("path", ["/logs", "/debug/logs"])
async def test_log_is_text_where_decypharr_has_it(stand: Stand, path: str) -> None:
    answer = await stand.client.get(path, headers=stand.bearer)

    assert answer.content_type == "text/plain"
    lines = (await answer.text()).splitlines()
    assert lines[2] == "2026-01-01T00:00:02Z warning torrent placed: files=3"
    assert (await stand.client.get(path, allow_redirects=False)).status == 303
