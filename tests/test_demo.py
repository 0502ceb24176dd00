"""The demonstration, as a stranger runs it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.support import DEADLINE

ROOT = Path(__file__).parents[1]


async def test_the_demonstration_shows_it_all_and_ends_by_itself() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "compat.demo",
        "--once",
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(DEADLINE):
            shown, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert process.returncode == 0, shown.decode()
    assert b"identical" in shown
