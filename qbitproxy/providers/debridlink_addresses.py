"""The addresses that Debrid-Link showed beside its files, kept until each was given out once."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from qbitproxy.core.clock import Clock
from qbitproxy.providers.debridlink_wire import File, Torrent

BELIEVED = timedelta(days=1)
"""How old an address may be for us not to ask again. They have been seen to live far longer."""


class _Shown(Struct, frozen=True):
    at: float  # monotonic seconds
    files: dict[str, File]  # by id


class Addresses:
    """Files with their addresses, by torrent; whoever asks for one again found it dead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: dict[str, _Shown] = {}

    def keep(self, torrent: Torrent) -> None:
        """Take over what was shown of a torrent; what is too old of any goes."""
        oldest = self._clock.monotonic() - BELIEVED.total_seconds()
        self._shown = {known: shown for known, shown in self._shown.items() if shown.at > oldest}
        files = {file.id: file for file in torrent.files or ()}
        self._shown[torrent.id] = _Shown(self._clock.monotonic(), files)

    def take(self, torrent_id: str, file_id: str) -> File | None:
        """A file as it was shown last, the first time it is asked for."""
        shown = self._shown.get(torrent_id)
        if shown is None or self._clock.monotonic() - shown.at >= BELIEVED.total_seconds():
            return None
        return shown.files.pop(file_id, None)

    def forget(self, torrent_id: str) -> None:
        """A torrent that is not there any more."""
        self._shown.pop(torrent_id, None)
