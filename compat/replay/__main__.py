"""Replaying recordings: python -m compat.replay play | keep | report"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from compat.replay.allowances import judge
from compat.replay.report import report
from compat.replay.run import PROFILES, findings, replay_all
from compat.replay.tally import KEPT, encoded, kept, tally

OK, DIFFERS = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; return 1 when something differs that nobody has a reason for."""
    parser = argparse.ArgumentParser(prog="python -m compat.replay", description=__doc__)
    asked = parser.add_subparsers(dest="asked", required=True)
    play = asked.add_parser("play", help="put recordings to the daemon and show what differs")
    play.add_argument("recordings", nargs="*", choices=[[], *PROFILES], metavar="RECORDING")
    asked.add_parser("keep", help="put all recordings to the daemon and keep how they came out")
    asked.add_parser("report", help="print docs/compatibility.md, made of what is kept")
    options = parser.parse_args(arguments)
    if options.asked == "report":
        sys.stdout.write(report(kept()))
        return OK
    return asyncio.run(_play(getattr(options, "recordings", []), keep=options.asked == "keep"))


async def _play(names: Sequence[str], *, keep: bool) -> int:
    known = judge()
    with tempfile.TemporaryDirectory(prefix="qbitproxy-replay-") as folder:
        played = await replay_all(Path(folder), known, names or tuple(PROFILES))
    wrong = [str(each) for each in findings(played, known)]
    wrong += [] if names else [f"nothing needs: {each}" for each in known.stale()]
    for each in wrong:
        sys.stdout.write(f"{each}\n")
    if keep:
        KEPT.write_text(encoded(tally(played, known)), encoding="utf-8")
    return DIFFERS if wrong else OK


if __name__ == "__main__":
    sys.exit(main())
