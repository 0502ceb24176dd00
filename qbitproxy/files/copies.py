"""Files of another folder made to appear in ours: as hard links, else as copies."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path

from qbitproxy.files.staging import Modes

BLOCK = 8 << 20  # bytes copied at a time, between which a copy may be cancelled

UNLINKABLE = frozenset(
    {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
)
"""Why there can be no hard link: another file system, another owner, too many links, no such thing there.

Source: Linux link(2), proc_sys_fs(5) on protected_hardlinks, man-pages 6.7.
"""


def hard_linked(source: Path, target: Path) -> bool:
    """Give the file at `source` a second name; say whether that could be. Raises OSError.

    Its mode and its group stay as they are: they are those of the first name too.
    """
    try:
        os.link(source.resolve(), target)  # a link to a symlink would be one
    except OSError as error:
        if error.errno in UNLINKABLE:
            return False
        raise
    return True


async def copy(source: Path, target: Path, modes: Modes, tell: Callable[[int], None]) -> None:
    """Write the bytes of `source` to `target`, tell how many at a time. Raises OSError."""
    with source.open("rb") as reader, target.open("xb") as writer:
        while block := await asyncio.to_thread(reader.read, BLOCK):
            await asyncio.to_thread(writer.write, block)
            tell(len(block))
        await asyncio.to_thread(writer.flush)
        await asyncio.to_thread(os.fdatasync, writer.fileno())
    modes.settle(target)
