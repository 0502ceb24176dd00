"""Content moved between two mounts of the same file system, as two volumes of a container often are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from tests.support import DEADLINE

APART = ("unshare", "--mount", "--map-root-user")


def can_mount(folder: Path) -> bool:
    return bool(which(APART[0])) and ran("mount", "--bind", folder, folder).returncode == 0


def ran(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """What came of a command with mounts of its own."""
    return subprocess.run(  # noqa: S603 - programs of the system and of ours
        [*APART, *command], capture_output=True, text=True, check=False, timeout=DEADLINE * 4
    )


def test_killed_at_any_moment_content_comes_to_another_mount(tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("nothing may be mounted here")

    moved = ran(sys.executable, "-m", "tests.files.two_mounts", tmp_path)

    assert moved.returncode == 0, moved.stderr
