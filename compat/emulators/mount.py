"""A folder that plays a provider's mount."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from compat.content import Release


class Shown(Protocol):
    """What a provider holds, as far as a mount shows it."""

    @property
    def infohash(self) -> str: ...

    @property
    def original_filename(self) -> str: ...

    @property
    def paths(self) -> list[str]: ...

    @property
    def release(self) -> Release | None: ...


class Hooks(Protocol):
    """A list of callables that are told of what is shown."""

    def append(self, hook: Callable[[Shown], None], /) -> None: ...


class Account(Protocol):
    """An emulated provider that says when content comes, when it goes."""

    @property
    def on_downloaded(self) -> Hooks: ...

    @property
    def on_deleted(self) -> Hooks: ...

    def items(self) -> Sequence[Shown]: ...


class Mount:
    """Shows each torrent as `root` / its name / its files, with their true bytes.

    The name is the torrent's original file name, a folder even for a single file.
    Source: zurg (github.com/debridmediamanager/zurg-testing), whose folders are named so, 2026.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held_back: list[tuple[Release, str, list[str]]] = []
        root.mkdir(parents=True, exist_ok=True)

    @property
    def _aside(self) -> Path:
        return self.root.with_name(f"{self.root.name} while it is down")

    def appear(self, release: Release, *, name: str = "", paths: Sequence[str] = ()) -> Path:
        """Show a release (of it only `paths`, when given) at once; return its folder."""
        self._held_back = [held for held in self._held_back if held[0] is not release]
        folder = self.root / (name or release.name)
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths or release.files:
            release.write_file(path, folder)
        return folder

    def vanish(self, release: Release, *, name: str = "") -> None:
        """Stop showing a release; one that is not shown stays so."""
        self._held_back = [held for held in self._held_back if held[0] is not release]
        shutil.rmtree(self.root / (name or release.name), ignore_errors=True)

    def goes_down(self) -> None:
        """Leave an empty folder where everything was shown, as when what was mounted is gone."""
        self.root.rename(self._aside)
        self.root.mkdir()

    def comes_up(self) -> None:
        """Show again what was shown before it went down."""
        shutil.rmtree(self.root)
        self._aside.rename(self.root)

    def release_all(self) -> None:
        """Show everything that was held back."""
        for release, name, paths in list(self._held_back):
            self.appear(release, name=name, paths=paths)

    def attach(self, account: Account, *, delayed: bool = False) -> None:
        """Show what the account downloads from now on, delayed: once it is released; hide what it deletes."""

        def downloaded(shown: Shown) -> None:
            if shown.release is None:
                return
            if delayed:
                self._held_back.append((shown.release, shown.original_filename, shown.paths))
            else:
                self.appear(shown.release, name=shown.original_filename, paths=shown.paths)

        def deleted(shown: Shown) -> None:
            elsewhere = any(other.infohash == shown.infohash for other in account.items())
            if shown.release is not None and not elsewhere:
                self.vanish(shown.release, name=shown.original_filename)

        account.on_downloaded.append(downloaded)
        account.on_deleted.append(deleted)
