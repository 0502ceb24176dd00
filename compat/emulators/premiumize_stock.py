"""What Premiumize could serve at once, without a transfer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from compat.content import Release
from compat.emulators.premiumize_drive import Drive, File
from compat.emulators.premiumize_links import Links
from compat.emulators.premiumize_transfers import AT_HAND, Known
from compat.emulators.premiumize_wire import UNCACHED, Refused
from compat.emulators.sources import Unreadable, read_magnet


class Stock:
    """The releases that lie ready on the service's own servers."""

    def __init__(self, known: Mapping[str, Known], drive: Drive, links: Links) -> None:
        self.known, self.drive, self.links = known, drive, links

    def check(self, asked: Sequence[str]) -> dict[str, object]:
        """The answer to a cache check: arrays in the order of what was asked for."""
        releases = [self._release(item) for item in asked]
        return {
            "response": [release is not None for release in releases],
            "transcoded": [False] * len(releases),
            "filename": [release.name if release else None for release in releases],
            "filesize": [str(release.size) if release else None for release in releases],
        }

    def direct(self, infohash: str, origin: str) -> dict[str, object]:
        """Links to all files of a release, at their full price. Raises Refused."""
        release = self._release(infohash)
        if release is None:
            raise Refused("not_found", UNCACHED)
        self.links.points.demand()
        content = [
            {
                "path": path if release.single_file else f"{release.name}/{path}",
                "size": size,
                "link": self.links.mint(self._loose(release, path), origin),
                "stream_link": None,
                "transcode_status": "not_applicable",
            }
            for path, size in release.files.items()
        ]
        self.links.points.spend(release.size)
        first = content[0]
        return {
            "location": first["link"],
            "filename": first["path"],
            "filesize": first["size"],
            "content": content,
        }

    def _release(self, item: str) -> Release | None:
        with suppress(Unreadable):
            infohash = read_magnet(item)[0] if item.lower().startswith("magnet:") else item.lower()
            known = self.known.get(infohash)
            return known.release if known and known.profile in AT_HAND else None
        return None

    def _loose(self, release: Release, path: str) -> File:
        """A file that lies in no drive."""
        name, now = path.rpartition("/")[2], self.drive.clock.now()
        return File("", name, self.drive.root, release.files[path], now, release.infohash, path, release)
