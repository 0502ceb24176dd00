"""A library's link or .strm file made to lead elsewhere, without a moment in which it leads nowhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qbitproxy.core.trail import is_strm
from qbitproxy.files.following import LONGEST_ADDRESS

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
    with _in_place_of(path) as new:
        new.symlink_to(target)
    return True


def written(path: Path) -> str | None:
    """The address that the .strm file at `path` holds; None for what holds anything else. Raises OSError."""
    seen = path.lstat()
    if not is_strm(path.name) or not stat.S_ISREG(seen.st_mode) or seen.st_size > LONGEST_ADDRESS:
        return None
    try:
        address = path.read_bytes().decode().strip()
    except UnicodeDecodeError:
        return None
    return address if _is_one_line(address) else None


def rewrite(path: Path, address: str, before: str) -> bool:
    """Have the .strm file at `path` hold `address`; False when that is none, or it lacks `before` by now.

    It stays whose it was, as readable as it was. What is no .strm file is never replaced. Raises OSError.
    """
    if not _is_one_line(address) or written(path) != before:
        return False
    seen, text = path.stat(), path.read_bytes().replace(before.encode(), address.encode(), 1)
    with _in_place_of(path) as new, new.open("xb") as file:
        os.fchown(file.fileno(), seen.st_uid, seen.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(seen.st_mode))
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return True


def _is_one_line(address: str) -> bool:
    is_text = not any(0xD800 <= ord(letter) < 0xE000 for letter in address)  # names may be mere bytes
    return is_text and len(address.splitlines()) == 1


@contextmanager
def _in_place_of(path: Path) -> Iterator[Path]:
    """A name beside `path`; what is made there takes the place of `path` in the end."""
    short = path.name.encode(errors="surrogateescape")[:200].decode(errors="ignore")
    new = path.with_name(f".{short}{MARK}")
    new.unlink(missing_ok=True)
    try:
        yield new
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
