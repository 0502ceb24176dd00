"""A library's link made to lead elsewhere, without a moment in which it leads nowhere."""

from __future__ import annotations

import os
from pathlib import Path

MARK = ".qbitproxy-new"


def target_of(path: Path) -> str | None:
    """What the link at `path` leads to; None when it is no link. Raises OSError."""
    return str(path.readlink()) if path.is_symlink() else None


def swap(path: Path, target: str, before: str) -> bool:
    """Have the link at `path` lead to `target`; False when it does not lead to `before` any more.

    Whoever has the file open goes on reading what it was. What is no link is never replaced. Raises OSError.
    """
    if target_of(path) != before:
        return False
    new = path.with_name(f".{path.name[:200]}{MARK}")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    os.replace(new, path)
    return True
