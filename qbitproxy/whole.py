"""Small secrets of ours on disk: a kill or a full disk leaves the old ones or the new ones, never half."""

from __future__ import annotations

import os
from pathlib import Path


def put(path: Path, content: bytes) -> None:
    """Have the file at `path` hold `content`, readable by its owner alone.

    For files that one process writes: what a kill left half written beside it is taken away. Blocks; raises
    OSError, and then what stood there is as it was.
    """
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
