"""The file system as an Arr sees it, which need not be how others see it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

LINKS_FOLLOWED = 40  # as many as Linux follows
IDENTITY = (("/", Path("/")),)


@dataclass(frozen=True)
class RemotePathMapping:
    """What the Arr puts in place of a path told by the client on `host`."""

    id: int
    host: str  # the client's host setting, whatever its case
    remote_path: str
    local_path: str


@dataclass
class View:
    """Which paths the Arr can see: `sees` holds (prefix as it knows it, real folder), the rest is absent.

    A link is followed as the Arr would follow it: its target, too, has to lie under a prefix it knows.
    """

    sees: Sequence[tuple[str, Path]] = IDENTITY
    mappings: list[RemotePathMapping] = field(default_factory=list)

    def mapped(self, host: str, path: str) -> str:
        """Return a path told by the client with the first mapping that fits applied."""
        for mapping in self.mappings:
            remote = mapping.remote_path.rstrip("/")
            if mapping.host.lower() == host.lower() and _lies_under(path, remote):
                return mapping.local_path.rstrip("/") + path[len(remote) :]
        return path

    def real(self, path: str) -> Path | None:
        """Return where a path of the Arr's really is; None where the Arr sees nothing of the kind."""
        plain = os.path.normpath(path)
        for prefix, folder in sorted(self.sees, key=lambda pair: -len(pair[0])):
            trimmed = prefix.rstrip("/")
            if _lies_under(plain, trimmed):
                return folder / plain[len(trimmed) :].lstrip("/")
        return None

    def seen(self, path: Path) -> str:
        """Return how the Arr calls a real path."""
        for prefix, folder in self.sees:
            if path.is_relative_to(folder):
                return str(PurePosixPath(prefix) / path.relative_to(folder))
        return str(path)

    def folder(self, path: str) -> Path | None:
        """Return the real folder behind a path of the Arr's; None when there is none."""
        real = self.real(path)
        target = real and self.followed(real)
        return real if target and target.is_dir() else None

    def file(self, path: str) -> Path | None:
        """Return the real file behind a path of the Arr's, a broken link too; None when there is none."""
        real = self.real(path)
        if real is None or not os.path.lexists(real) or self.folder(path):
            return None
        return real

    def followed(self, path: Path) -> Path | None:
        """Return what a real path leads to through links, in the Arr's eyes; None for a link to nowhere."""
        for _ in range(LINKS_FOLLOWED):
            if not path.is_symlink():
                return path if path.exists() else None
            target = os.readlink(path)
            if not target.startswith("/"):
                target = f"{self.seen(path.parent)}/{target}"
            real = self.real(target)
            if real is None:
                return None
            path = real
        return None

    def files_under(self, folder: Path, below: str = "") -> Iterator[tuple[str, Path]]:
        """Yield (relative name, real path) of every file below a real folder, in order.

        Source: .NET's recursive enumeration, which enters linked folders as it does others; a broken link
        counts as a file.
        """
        top = self.followed(folder)
        for entry in sorted(top.iterdir()) if top else ():
            target = self.followed(entry)
            if target is not None and target.is_dir():
                yield from self.files_under(entry, f"{below}{entry.name}/")
            else:
                yield f"{below}{entry.name}", entry


def _lies_under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
