"""The environment that the client libraries of the Arrs run in."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
HOME = Path(os.environ.get("CLIENTS") or HERE.parents[1] / ".clients")
LONGEST = 300  # seconds that the installation may take


def python() -> Path:
    """Its Python; made first where it is not there or has another lock. Any number of processes may ask."""
    lock, folder = HERE / "lock.txt", HOME / "arrs"
    wanted = sha256(f"{sys.executable} {sys.version}".encode() + lock.read_bytes()).hexdigest()
    mark, found = folder / ".lock-of-it", folder / "bin" / "python"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "arrs.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            _run(sys.executable, "-m", "venv", str(folder))
            quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
            _run(str(found), *quiet, "--requirement", str(lock))
            mark.write_text(wanted)
    return found


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=LONGEST, stdin=subprocess.DEVNULL)  # noqa: S603 - by the lock
