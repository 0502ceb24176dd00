"""What Arrs tell us of their libraries."""

from __future__ import annotations

from typing import Any

import structlog
from aiohttp import web
from msgspec import Struct, field

from qbitproxy.web.api.route import Route
from qbitproxy.web.keys import HOOKS, REFERENCES

log = structlog.get_logger()

NO_CHANGE = frozenset({"Test", "Grab", "ManualInteractionRequired"})
"""Events that name somebody of whose files nothing has become."""

LARGEST_ID = 2**31 - 1


class Told(Struct, frozen=True):
    """The body of a webhook, as far as it is of interest. Releases of the Arrs add and leave out members.

    Source: Sonarr develop 97d24acf0, Radarr develop 1b9662d58, Lidarr develop 0501e6156, Readarr develop
    4fb62c072 (Notifications/Webhook/WebhookBase.cs), read 2026-11: each event about files names their owner.
    """

    kind: str = field(name="eventType", default="")
    series: Any = None
    movie: Any = None
    artist: Any = None
    author: Any = None

    @property
    def owner(self) -> int:
        """Whose files it is about, by the Arr's own number; 0 for nobody's."""
        for owner in (self.series, self.movie, self.artist, self.author):
            number = owner.get("id") if isinstance(owner, dict) else None
            if type(number) is int and 0 < number <= LARGEST_ID:
                return number
        return 0


async def arr_event(request: web.Request, body: Told) -> None:
    """Take it as a hint that something became of somebody's files, to be looked at later."""
    arr = request.match_info["name"]
    request.app[HOOKS].hear(arr)
    log.info("arr_told", arr=arr, kind=body.kind[:40], owner=body.owner)
    if body.owner and body.kind not in NO_CHANGE:
        await request.app[REFERENCES].changed(arr, body.owner)


ROUTES = (
    Route(
        method="POST",
        path="/api/arrs/{name}/events",
        handler=arr_event,
        scope="arr",
        says="for the Arr's [own webhook](arrs.md#what-an-arr-tells-us): something became of its library",
    ),
)
