"""What is done about content that stands: arranged as clients wish, verified."""

from __future__ import annotations

import structlog

from qbitproxy.core.events import ArrangeBegun, Arranged, Checked, Event
from qbitproxy.core.faults import Missing, Refusal
from qbitproxy.core.layout import collecting, expected_path, kept, next_round, standing
from qbitproxy.core.torrent import Action, Content, Ready, Torrent
from qbitproxy.workers.hands import Hands

log = structlog.get_logger()


async def arrange(content: Content, torrent: Torrent, hands: Hands) -> Event:
    """Begin the next round of changes to `content`, or bring the one under way to its end.

    Raises DiskProblem.
    """
    nothing_on_disk = torrent.request.action is Action.NONE
    if torrent.round is None:
        if nothing_on_disk:
            return ArrangeBegun(next_round(torrent, content, expected_path(torrent)))
        return ArrangeBegun(await hands.disk.next_round(torrent, content))
    if not nothing_on_disk:
        await hands.disk.arrange(torrent, content, torrent.round)
    return Arranged()


async def verify(phase: Ready, torrent: Torrent, hands: Hands) -> Event:
    """Whether the provider holds every file that stands, and our disk shows it.

    Raises Missing when the provider says that a file is gone; whatever else goes wrong says nothing.
    """
    remote, rules = phase.remote, collecting(torrent, hands.rules_for(torrent))
    provider = hands.connected(remote.provider)
    try:
        item = await provider.provider.contents(remote.id, rules)
    except Refusal as refusal:  # it holds nothing that we ask for today, yet what stands came from it
        log.warning("check_refused", torrent=torrent.id, detail=refusal.detail)
        return Checked()
    held = {file.path for file in item.files or ()}
    wanted = kept(torrent, phase.files)
    gone = [file.path for file in wanted if file.path not in held]
    if gone:
        raise Missing(remote.provider, f"it holds {gone[0]} no more")
    content = standing(torrent)
    if torrent.request.action is Action.NONE or content is None:
        return Checked()
    sizes = {file.path: file.size for file in wanted}
    missing = await hands.disk.missing(content, sizes, provider.mount)
    return Checked(item.name, tuple(sorted(missing)))
