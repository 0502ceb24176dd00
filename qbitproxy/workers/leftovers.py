"""What torrents left behind at providers that did not answer, let go of once they do."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import structlog

from qbitproxy.core.events import StaleEvent
from qbitproxy.core.faults import Denied, Fault
from qbitproxy.core.torrent import Accepted, Remote, Removing, Torrent
from qbitproxy.library import UnknownTorrent
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.steps import denied, free

log = structlog.get_logger()

EVERY = timedelta(minutes=1)


class Leftovers:
    """Frees the accounts; a torrent on its way out takes along by itself what it left."""

    def __init__(self, hands: Hands, pulse: Pulse) -> None:
        self._hands, self._pulse = hands, pulse

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._beat()
            for torrent in self._hands.library.all():
                for remote in torrent.left:
                    await self._free(remote, torrent.id)
            await self._hands.clock.sleep(EVERY)

    async def _free(self, remote: Remote, torrent_id: int) -> None:
        self._beat()
        hands, torrent = self._hands, self._hands.library.get(torrent_id)
        if torrent is None or self._is_in_doubt(torrent) or not self._answers(remote.provider):
            return
        try:
            freed = await free(remote, torrent, hands)
        except Fault as fault:
            if isinstance(fault, Denied):
                hands.rest(remote.provider, denied(fault))
            log.info("leftover_not_freed", torrent=torrent.id, provider=remote.provider, detail=fault.detail)
            return
        with suppress(StaleEvent, UnknownTorrent):
            await hands.library.record(torrent.id, freed)

    def _is_in_doubt(self, torrent: Torrent) -> bool:
        """Whether it, or one that would share the remote item, may be about to take it up again."""
        family = (torrent, *self._hands.library.family(torrent))
        return isinstance(torrent.phase, Removing) or any(isinstance(t.phase, Accepted) for t in family)

    def _answers(self, provider: str) -> bool:
        """Whether it may be asked now: one that is switched off may come back."""
        return provider in self._hands.providers and self._hands.resting_until(provider) is None

    def _beat(self) -> None:
        self._pulse.beat("leftovers", 2 * EVERY)
