"""A mount that hangs: a FUSE file system whose other end never answers."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOSUID_NODEV, DETACH = 6, 2
"""Source: Linux mount(2), umount2(2), man-pages 6.7."""


@contextmanager
def hanging_mount(folder: Path) -> Iterator[Path]:
    """Whoever looks at `folder` waits until the block ends. Skips the test where nobody may mount."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"no FUSE here: {error.strerror}")
    try:
        folder.mkdir(exist_ok=True)
        options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
        if libc.mount(b"hanging", os.fsencode(folder), b"fuse", NOSUID_NODEV, options.encode()):
            pytest.skip(f"nobody may mount here: {os.strerror(ctypes.get_errno())}")
        yield folder
    finally:
        os.close(device)
        libc.umount2(os.fsencode(folder), DETACH)
