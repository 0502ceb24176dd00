"""Every client in an environment of its own, with the versions that its lock names.

python -m compat.clients.environments
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

LOCKS = Path(__file__).parent / "locks"
ARRS = "arr-libraries"
"""The environment of libraries that are clients of Arrs: none of ours, so not among the names."""

HOME = Path(os.environ.get("CLIENTS") or Path(__file__).parents[2] / ".clients")
"""Where the environments are kept. Each stays until its lock changes."""

AT_ONCE = 3  # installations, which wait for the registry most of their time
LONGEST = 300  # seconds that one installation may take
NODE_PACKAGES = {"ctrl-qbittorrent": "@ctrl/qbittorrent"}
"""What npm installs, by the name it has here: a folder among the locks."""


class NoEnvironment(Exception):
    """A client could not be installed. Says which, what its installer said."""


def names() -> list[str]:
    """Every client there is a lock of."""
    return sorted(lock.stem for lock in LOCKS.iterdir())


def version(name: str) -> str:
    """The version of the client that its lock pins."""
    if package := NODE_PACKAGES.get(name):
        pinned = json.loads((LOCKS / name / "package.json").read_bytes())
        return str(pinned["dependencies"][package])
    found = re.search(rf"^{re.escape(name)}==(\S+)", (LOCKS / f"{name}.txt").read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"the lock of {name} does not pin it")
    return found[1]


def make(name: str) -> Path:
    """The folder of a client's environment, made first where it is not there or has another lock.

    Any number of processes may ask at once. Raises NoEnvironment.
    """
    folder, mark = HOME / name, HOME / name / ".lock-of-it"
    with _alone(name):
        wanted = _fingerprint(name)
        if not mark.exists() or mark.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            install = _install_node if name in NODE_PACKAGES else _install_python
            install(name, folder)
            mark.write_text(wanted)
    return folder


def make_all() -> None:
    """Make every environment. Raises NoEnvironment for the first that cannot be made."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(make, [*names(), ARRS]))


def _install_python(name: str, folder: Path) -> None:
    _run(name, sys.executable, "-m", "venv", str(folder))
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    _run(name, str(folder / "bin" / "python"), *install, "--requirement", str(_lock(name)))


def _install_node(name: str, folder: Path) -> None:
    shutil.copytree(LOCKS / name, folder)
    npm = shutil.which("npm")
    if npm is None:
        raise NoEnvironment(f"{name} needs npm, which is not installed (Debian: nodejs, npm)")
    _run(name, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder))


def _run(name: str, *command: str) -> None:
    try:
        subprocess.run(  # noqa: S603 - installers, with what the locks say
            command, check=True, timeout=LONGEST, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as late:
        raise NoEnvironment(f"{name} could not be installed within {LONGEST} seconds") from late
    except subprocess.CalledProcessError as failed:
        said = f"{failed.stdout}{failed.stderr}".strip()
        raise NoEnvironment(
            f"{name} could not be installed; is its registry to be reached?\n{said}"
        ) from None


def _lock(name: str) -> Path:
    if name == ARRS:
        return LOCKS.parents[1] / "arr_clients" / "lock.txt"
    return LOCKS / name if name in NODE_PACKAGES else LOCKS / f"{name}.txt"


def _fingerprint(name: str) -> str:
    """Changes with the lock, with the Python that runs it."""
    lock = _lock(name)
    files = sorted(lock.iterdir()) if lock.is_dir() else [lock]
    digest = hashlib.sha256(f"{sys.executable} {sys.version}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Hold the environment's lock file for as long as the block lasts."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        make_all()
    except NoEnvironment as reason:
        sys.exit(str(reason))
