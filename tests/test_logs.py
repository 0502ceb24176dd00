"""Lines of the log that nobody can write down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import structlog
from qbitproxy import logs

logs.set_up("info", "json")
for number in range(10_000):
    structlog.get_logger().info("line", number=number)
print("went on")
"""


def test_a_full_disk_under_the_log_ends_nothing() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 - the program above
            [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=full, text=True, check=False
        )

    assert done.stdout == "went on\n"
