"""Why the disk did not do what it was asked, in words a person can act on."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qbitproxy.core.spelling import legible


class DiskProblem(Exception):
    """The disk refuses; a person has to look. `detail` names the path and what to change."""

    def __init__(self, detail: str) -> None:
        self.detail = legible(detail)
        super().__init__(self.detail)


class NotYet(Exception):
    """Something that others make appear is not there so far: look again later."""

    def __init__(self, path: Path, why: str = "is not there yet") -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a DiskProblem that names the path it met, else `path`."""
    try:
        yield
    except OSError as error:
        met = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(path)
        raise DiskProblem(f"{met}: {_advice(error)}") from error


def _advice(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "no space is left; free some, or move files.download_root to a larger disk"
        case errno.EACCES | errno.EPERM:
            who = f"user {os.geteuid()}, group {os.getegid()}"
            return f"permission denied for {who}; give them access to it and to the folders above it"
        case errno.EROFS:
            return "the file system is read-only; under systemd add the folder to ReadWritePaths"
        case errno.ENAMETOOLONG:
            return "the name is too long for this file system"
        case errno.ENOTCONN | errno.EIO | errno.ESTALE:
            return f"{error.strerror}; the mount or the disk behind it is broken, remount it"
    return error.strerror or type(error).__name__
