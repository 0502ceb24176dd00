"""The demonstration: python -m compat.demo [--once]"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from compat.demo.daemon import DaemonFailed
from compat.demo.screen import Screen
from compat.demo.story import Story

OK, WRONG, INTERRUPTED = 0, 1, 130


def main() -> int:
    """Show it; return the exit code: 1 when anything was not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m compat.demo")
    parser.add_argument("--once", action="store_true", help="end by itself instead of waiting for Ctrl-C")
    once = parser.parse_args().once
    screen = Screen(sys.stdout)
    try:
        with tempfile.TemporaryDirectory(prefix="qbitproxy-demo-") as folder:
            wrong = asyncio.run(_show(Path(folder), screen, once=once))
    except DaemonFailed as failure:
        screen.say(str(failure))
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    return WRONG if wrong else OK


async def _show(folder: Path, screen: Screen, *, once: bool) -> list[str]:
    story = Story(folder, screen)
    if once:
        return await story.show(None)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return await story.show(stopped)


if __name__ == "__main__":
    sys.exit(main())
