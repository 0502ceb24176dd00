"""Content made to appear where it is wanted."""

from __future__ import annotations

from pathlib import Path

from qbitproxy.core.events import Event, Placed
from qbitproxy.core.layout import is_due, kept
from qbitproxy.core.ports import Link
from qbitproxy.core.torrent import Action, PlacedFile, Placing, RemoteFile, Removing, Torrent
from qbitproxy.files import DiskProblem, NotYet
from qbitproxy.library import Telemetry
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.upkeep import arrange

ALMOST = 0.99
"""Progress of a torrent that only waits to be seen: 1 is kept for Ready."""


async def place(phase: Placing, torrent: Torrent, hands: Hands) -> Event:
    """Make what is wanted appear; what stands already, from earlier, moves first."""
    revision = torrent.layout.revision
    places = hands.disk.wanted_places(torrent, phase) if revision else []
    if torrent.content is not None and is_due(torrent):
        return await arrange(torrent.content, torrent, hands)
    path = await _appear(phase, torrent, hands)
    return Placed(str(path), tuple(PlacedFile(file.path, str(at)) for file, at in places), revision)


async def _appear(phase: Placing, torrent: Torrent, hands: Hands) -> Path:
    others = (t for t in hands.library.all() if t.id != torrent.id and t.infohash == torrent.infohash)
    leaving = (t for t in others if isinstance(t.phase, Removing) and not t.stumbles)  # none that is held up
    if any(t.save_path == torrent.save_path for t in leaving):
        raise NotYet(Path(torrent.save_path), "an earlier copy is still being removed")
    match torrent.request.action:
        case Action.SYMLINK:
            return await hands.disk.place_links(torrent, phase, _mount(phase, hands))
        case Action.DOWNLOAD:
            return await _download(phase, torrent, hands)
        case Action.NONE:
            return hands.disk.content_path(torrent, phase)


def _mount(phase: Placing, hands: Hands) -> Path:
    """Where the files are shown. Raises DiskProblem when nothing says where."""
    name, hand = phase.remote.provider, hands.connected(phase.remote.provider)
    if hand.mount is not None:
        return hand.mount
    if hand.local:
        raise DiskProblem(f"nothing says where its files lie: set providers.{name}.mount to its save path")
    raise DiskProblem(
        f"there is no mount to link from: set providers.{name}.mount, or choose the action download"
    )


async def _download(phase: Placing, torrent: Torrent, hands: Hands) -> Path:
    hand = hands.connected(phase.remote.provider)
    total = sum(file.size for file in kept(torrent, phase.files)) or 1
    started, before = hands.clock.monotonic(), -1

    async def link(file: RemoteFile) -> Link:
        return await hands.link(phase.remote.provider, file)

    def on_progress(done: int) -> None:
        nonlocal before
        if before < 0:
            before = done
        elapsed = max(hands.clock.monotonic() - started, 0.001)
        hands.library.observe(
            torrent.id,
            Telemetry(
                progress=min(0.5 + 0.5 * done / total, ALMOST),
                speed=int((done - before) / elapsed),
                done=done,
            ),
        )

    def limit() -> int:
        now = hands.library.get(torrent.id) or torrent
        return now.options.download_limit

    if hand.local:
        return await hands.disk.place_copies(torrent, phase, _mount(phase, hands), on_progress)
    return await hands.disk.place_download(torrent, phase, link, on_progress, limit)
